//! The command line: one enum of commands. Each command has its arguments in its own file.

use clap::builder::styling::{AnsiColor, Styles};
use std::fmt::Write;

use clap::{Command, CommandFactory, Parser, Subcommand};

use crate::command::{
    apply, check, cluster, compile, completions, core, coverage, deploy, dial, diff, doctor,
    explain, fmt, history, import, invert, key, man, new, optimize, plan, presence, prove,
    provision, push, reload, rollback, serve, status, test as test_lines, watch,
};
use crate::console::Color;
use crate::help::{self, GROUPS};
use crate::version;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Compiles, tests and serves dial rules for Cisco Unified Communications Manager.
#[derive(Debug, Parser)]
#[command(
    name = "adrc",
    version,
    long_version = version::long(),
    styles = STYLES,
    max_term_width = 100,
    after_help = "Begin with `adrc new plan.adr`. `adrc help COMMAND` shows examples and exit statuses."
)]
pub(crate) struct Arguments {
    /// Show findings and errors only
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Color output: auto (on a terminal), always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        hide_short_help = true,
        help_heading = "Global options"
    )]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Verb,
}

/// What `adrc help` does, which clap adds to the commands.
const HELP: &str = "Print the help of a command";

impl Arguments {
    /// The command line, with its commands in groups, and with the pages of [`crate::help`].
    pub(crate) fn documented() -> Command {
        let command = Self::command();
        let header = STYLES.get_header();
        let literal = STYLES.get_literal();
        let mut text = String::new();
        for (group, names) in GROUPS {
            let _ = writeln!(text, "{header}{group}:{header:#}");
            for name in names {
                let about = command.find_subcommand(name).and_then(Command::get_about);
                let about = about.map_or_else(|| HELP.to_owned(), ToString::to_string);
                let _ = writeln!(text, "  {literal}{name:<13}{literal:#}{about}");
            }
            text.push('\n');
        }
        let template = format!(
            "{{about}}\n{{usage-heading}} {{usage}}\n\n{text}{header}Options:{header:#}\n{{options}}{{after-help}}"
        );
        help::with_pages(command.help_template(template))
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Check rules: report every finding with its position and how to fix it
    #[command(visible_alias = "lint")]
    Check(check::Check),
    /// Compile rules into the files that clients read, and publish them
    #[command(visible_alias = "publish")]
    Compile(compile::Compile),
    /// Compile and publish rules whenever a file is saved
    Watch(watch::Watch),
    /// Show which calls would change, and write a change plan
    Plan(plan::Plan),
    /// Publish exactly the content of a change plan, or nothing
    Apply(apply::Apply),
    /// List the generations of a published folder
    History(history::History),
    /// Publish an earlier generation again
    Rollback(rollback::Rollback),
    /// Prepare a cluster of several nodes, and show how they are
    Cluster(cluster::Cluster),
    /// Make CUCM's own dial rules equal to those of a dial plan
    Push(push::Push),
    /// Put the files of a dial plan onto the TFTP servers of CUCM
    Deploy(deploy::Deploy),
    /// Compile, publish and serve rules to clients by TFTP and HTTP
    Serve(serve::Serve),
    /// Format rule sources
    Fmt(fmt::Fmt),
    /// Show what a client dials for a number
    Dial(dial::Dial),
    /// Show what a client looks up in the directory for a caller's number
    Lookup(dial::Dial),
    /// Run the test lines of a dial plan
    Test(test_lines::Test),
    /// Show which calls change between two dial plans
    Diff(diff::Diff),
    /// Draw and count the numbers that each rule gets
    Coverage(coverage::Coverage),
    /// Find the smallest list of rules with the same results
    Optimize(optimize::Optimize),
    /// Write lookup rules that undo application rules
    Invert(invert::Invert),
    /// Prove that plans are equal, numbers unchanged, or emergency calls safe
    Prove(prove::Prove),
    /// Explain a finding, or list all findings
    Explain(explain::Explain),
    /// Convert the rules of a CUCM, or of a file, to rule source
    Import(import::Import),
    /// Write a commented rule source to start from
    #[command(visible_alias = "init")]
    New(new::New),
    /// Run a client core, through which programs of this user dial
    Core(core::Core),
    /// Make a client core ask its servers now
    Reload(reload::Reload),
    /// Show what a client core runs, and which server it follows
    Status(status::Status),
    /// Create keys that sign generations
    Key(key::Key),
    /// Write the files that configure Windows clients
    Provision(provision::Provision),
    /// Find out what is wrong with a CUCM, its clients or its presence server
    Doctor(doctor::Doctor),
    /// Show what others see of a contact with a phone and a calendar
    Presence(presence::Presence),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Print a manual page, or write all of them into a folder
    Man(man::Man),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let mut command = Arguments::command();
        command.build();
        let commands: BTreeSet<&str> = command.get_subcommands().map(Command::get_name).collect();
        let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        assert_eq!(grouped.len(), commands.len());
        assert_eq!(grouped.into_iter().collect::<BTreeSet<_>>(), commands);
    }
}
