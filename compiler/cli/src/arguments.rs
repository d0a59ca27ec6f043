//! The command line: one enum of verbs, each with its arguments in its own file.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use crate::command::{
    apply, check, compile, completions, core, coverage, dial, diff, explain, fmt, history, import,
    invert, key, man, new, optimize, plan, prove, reload, rollback, serve, test as tests, watch,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Compiles, checks and tries dial rules for Cisco Unified Communications Manager.
#[derive(Debug, Parser)]
#[command(
    name = "adrc",
    version,
    styles = STYLES,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "A PATH is an .adr file, a folder of them, a deployed .xml file or a published folder.\n\
                  Begin with `adrc new plan.adr`.\n\n\
                  Exit status: 0 clean or done; 1 findings, differences or failed tests;\n\
                  2 wrong usage, or the job could not be done; 3 somebody else holds the lock, or a plan is stale;\n\
                  5 published, and clients did not all run it in time."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Verb,
}

/// What `adrc` does.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Report every mistake in rules, with its place and what to write
    Check(check::Check),
    /// Write the files that clients read, as one generation of a published folder
    #[command(visible_alias = "publish")]
    Compile(compile::Compile),
    /// Publish rules whenever they are saved
    Watch(watch::Watch),
    /// Show what publishing would change, and write it down as a plan
    Plan(plan::Plan),
    /// Publish exactly what a plan says, or nothing
    Apply(apply::Apply),
    /// List the generations of a published folder
    History(history::History),
    /// Publish the content of an older generation again
    Rollback(rollback::Rollback),
    /// Serve rules to phones by TFTP and HTTP: compile, publish and serve in one process
    Serve(serve::Serve),
    /// Lay out rule sources in the one standard way
    Fmt(fmt::Fmt),
    /// Say what clients send out for a number
    Dial(dial::Try),
    /// Say what clients search in the directory for a caller's number
    Lookup(dial::Try),
    /// Run the tests that stand beside the rules
    Test(tests::Test),
    /// Show which calls change between two plans, exactly
    Diff(diff::Diff),
    /// Show which numbers rules touch: a picture, and exact counts
    Coverage(coverage::Coverage),
    /// Find the smallest list that treats every number alike
    Optimize(optimize::Optimize),
    /// Write the lookup rules that undo application rules
    Invert(invert::Invert),
    /// Prove that plans are equal, that numbers stay as they are, that emergency calls go through
    Prove(prove::Prove),
    /// Explain a finding, or list all of them
    Explain(explain::Explain),
    /// Make a readable rule source of a deployed file
    Import(import::Import),
    /// Write a commented rule source to begin with
    New(new::New),
    /// Run a client core: applications of this machine dial through it
    Core(core::Core),
    /// Tell a client core to ask its servers now
    Reload(reload::Reload),
    /// Make keys that sign what is published
    Key(key::Key),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Print the manual page
    Man(man::Man),
}
