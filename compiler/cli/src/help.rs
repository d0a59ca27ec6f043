//! What `--help` and the manual pages say beyond the list of options.
//!
//! Each command has a Markdown page in `help/`: a description, and sections whose items are
//! ``- `term`: text``. The pages are the source of `--help`, of `adrc man` and of
//! `docs/reference/command-line.md`:
//!
//! | section | items | `--help` | manual page |
//! |---|---|---|---|
//! | description | paragraphs | after the headline | DESCRIPTION |
//! | Examples | a command line, and what it does | yes | EXAMPLES |
//! | Exit status | a number, and when the command ends with it | yes | EXIT STATUS |
//! | Environment | names of variables, which the page of `adrc` describes | for `adrc` | ENVIRONMENT |
//! | Files | a path, and what it is | no | FILES |
//! | See also | names of commands, and paths of pages in `docs/` | yes | SEE ALSO |

pub(crate) mod man;
mod page;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use clap::Command;
use clap::builder::StyledStr;
use clap::builder::styling::Styles;

use page::{Item, Page};

/// Columns of the text that follows the options.
const COLUMNS: usize = 80;

/// Commands in the groups of `adrc help`.
pub(crate) const GROUPS: [(&str, &[&str]); 4] = [
    (
        "Write, test and analyze rules",
        &[
            "new", "check", "fmt", "test", "dial", "lookup", "explain", "diff", "prove",
            "coverage", "optimize", "invert",
        ],
    ),
    (
        "Publish and serve",
        &[
            "compile", "watch", "plan", "apply", "history", "rollback", "key", "serve", "cluster",
            "core", "reload", "status",
        ],
    ),
    ("CUCM and clients", &["import", "push", "deploy", "provision", "doctor", "presence"]),
    ("Other", &["completions", "man", "help"]),
];

/// Commands, as typed after `adrc`, with their pages. The first one is `adrc` itself.
const PAGES: &[(&str, &str)] = &[
    ("", include_str!("help/adrc.md")),
    ("apply", include_str!("help/apply.md")),
    ("check", include_str!("help/check.md")),
    ("cluster", include_str!("help/cluster.md")),
    ("cluster doctor", include_str!("help/cluster-doctor.md")),
    ("cluster export", include_str!("help/cluster-export.md")),
    ("cluster import", include_str!("help/cluster-import.md")),
    ("cluster init", include_str!("help/cluster-init.md")),
    ("cluster status", include_str!("help/cluster-status.md")),
    ("compile", include_str!("help/compile.md")),
    ("completions", include_str!("help/completions.md")),
    ("core", include_str!("help/core.md")),
    ("coverage", include_str!("help/coverage.md")),
    ("deploy", include_str!("help/deploy.md")),
    ("dial", include_str!("help/dial.md")),
    ("diff", include_str!("help/diff.md")),
    ("doctor", include_str!("help/doctor.md")),
    ("doctor client", include_str!("help/doctor-client.md")),
    ("doctor cucm", include_str!("help/doctor-cucm.md")),
    ("doctor presence", include_str!("help/doctor-presence.md")),
    ("doctor views", include_str!("help/doctor-views.md")),
    ("explain", include_str!("help/explain.md")),
    ("fmt", include_str!("help/fmt.md")),
    ("history", include_str!("help/history.md")),
    ("import", include_str!("help/import.md")),
    ("invert", include_str!("help/invert.md")),
    ("key", include_str!("help/key.md")),
    ("key new", include_str!("help/key-new.md")),
    ("lookup", include_str!("help/lookup.md")),
    ("man", include_str!("help/man.md")),
    ("new", include_str!("help/new.md")),
    ("optimize", include_str!("help/optimize.md")),
    ("plan", include_str!("help/plan.md")),
    ("presence", include_str!("help/presence.md")),
    ("prove", include_str!("help/prove.md")),
    ("prove emergency", include_str!("help/prove-emergency.md")),
    ("prove equal", include_str!("help/prove-equal.md")),
    ("prove unchanged", include_str!("help/prove-unchanged.md")),
    ("provision", include_str!("help/provision.md")),
    ("provision verify", include_str!("help/provision-verify.md")),
    ("push", include_str!("help/push.md")),
    ("reload", include_str!("help/reload.md")),
    ("rollback", include_str!("help/rollback.md")),
    ("serve", include_str!("help/serve.md")),
    ("status", include_str!("help/status.md")),
    ("test", include_str!("help/test.md")),
    ("watch", include_str!("help/watch.md")),
];

/// Gives `adrc` and each of its commands what their pages say.
pub(crate) fn with_pages(adrc: Command) -> Command {
    let styles = adrc.get_styles().clone();
    PAGES.iter().fold(adrc, |adrc, (name, text)| {
        let path: Vec<&str> = name.split_whitespace().collect();
        change(adrc, &path, |command| with_page(command, &Page::parse(text), &styles))
    })
}

/// The command line that the page of a command shows first.
pub(crate) fn first_example(name: &str) -> Option<&'static str> {
    let (_, text) = PAGES.iter().find(|(known, _)| *known == name)?;
    let page = Page::parse(text);
    Some(page.section("Examples")?.items.first()?.term)
}

/// Changes the subcommand at a path of names.
fn change(command: Command, path: &[&str], with: impl FnOnce(Command) -> Command) -> Command {
    match path.split_first() {
        None => with(command),
        Some((name, rest)) => command.mut_subcommand(name, |inner| change(inner, rest, with)),
    }
}

fn with_page(command: Command, page: &Page, styles: &Styles) -> Command {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let description = page.paragraphs.join("\n\n");
    command.long_about(format!("{about}.\n\n{description}")).after_long_help(sections(page, styles))
}

/// The sections that follow the options.
fn sections(page: &Page, styles: &Styles) -> StyledStr {
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let mut text = String::new();
    for section in page.sections.iter().filter(|section| section.title != "Files") {
        if section.title == "Environment" && section.items.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{header}{}:{header:#}", section.title);
        for Item { term, text: meaning } in &section.items {
            let lines = match term.len() {
                ..3 => wrapped(meaning, 5).split_off(3),
                _ => format!("\n{}", wrapped(meaning, 6)),
            };
            let _ = writeln!(text, "  {literal}{term}{literal:#}{lines}");
        }
        if !section.names.is_empty() {
            let names: Vec<String> = section.names.iter().map(|name| typed(name)).collect();
            let _ = writeln!(text, "{}", wrapped(&names.join(", "), 2));
        }
        text.push('\n');
    }
    text.trim_end().to_owned().into()
}

/// A command as it is typed; a path of a page remains a path.
fn typed(name: &str) -> String {
    match name {
        "" => "adrc".to_owned(),
        page if page.starts_with("docs/") => page.to_owned(),
        command => format!("adrc {command}"),
    }
}

/// Wraps a text to lines of at most [`COLUMNS`], each indented by `indent` spaces.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{:indent$}{word}", "")),
        }
    }
    lines.join("\n")
}
