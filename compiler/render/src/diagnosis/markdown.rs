//! A diagnosis as Markdown, for a ticket.

use adr_diagnostic::{Severity, visible};
use adr_doctor::{Diagnosis, Found, Step};

use super::picture::words;
use super::verdict;

/// A diagnosis as Markdown: a table of the path, a section for each finding with its commands in
/// code blocks, and lists of remarks and of what could not be seen.
#[must_use]
pub fn to_markdown(diagnosis: &Diagnosis) -> String {
    let subject = visible(&diagnosis.subject);
    let mut text = format!("## {} {}\n\n", diagnosis.area.title(), code(&subject));
    let path: Vec<_> = diagnosis.path.iter().filter(|at| at.step != Step::You).collect();
    if !path.is_empty() {
        text += "| step | outcome | |\n|---|---|---|\n";
        for at in path {
            let detail = cell(&at.detail);
            text += &format!("| {} | {} | {detail} |\n", at.step.title(), words(at.outcome));
        }
        text.push('\n');
    }
    if diagnosis.is_healthy() {
        text += &format!("{}\n\n", verdict(diagnosis));
    }
    let wrong = diagnosis.found.iter().filter(|one| one.severity > Severity::Information);
    text.extend(
        wrong
            .enumerate()
            .map(|(number, found)| section(found, diagnosis.why_before_next(number).as_deref())),
    );
    let normal = diagnosis.found.iter().filter(|one| one.severity == Severity::Information);
    text += &list(
        "Normal, though it looks like a fault",
        normal.map(|found| format!("{}: {}", found.cause.finding.name, found.message)),
    );
    text += &list("Also seen", diagnosis.remarks.iter().cloned());
    let unseen = diagnosis.unseen.iter().map(|one| format!("{}: {}", one.what, one.why));
    text += &list("Could not be looked at", unseen);
    text.trim_end().to_owned() + "\n"
}

fn section(found: &Found, why_first: Option<&str>) -> String {
    let (word, name) = (found.severity.word(), found.cause.finding.name);
    let mut text = format!("### {word}: {name}\n\n{}.\n\n", prose(&found.message));
    text.extend(found.evidence.iter().map(|fact| format!("- {}\n", prose(fact))));
    if !found.evidence.is_empty() {
        text.push('\n');
    }
    text += &format!("Cause: {}.\n\n", prose(found.cause.finding.headline));
    for fix in &found.fixes {
        text += &format!("Fix, {}: {}.\n\n", fix.place, prose(&fix.what));
        if !fix.commands.is_empty() {
            let commands: Vec<_> = fix.commands.iter().map(|command| visible(command)).collect();
            text += &block(&commands.join("\n"));
        }
    }
    if let Some(why) = why_first {
        text += &format!("First because {}.\n\n", prose(why));
    }
    let sources: Vec<String> = found.cause.sources.iter().map(ToString::to_string).collect();
    text + &format!("Sources: {}.\n\n", prose(&sources.join("; ")))
}

fn list(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("- {}\n", prose(&item))).collect();
    match items.is_empty() {
        true => items,
        false => format!("### {title}\n\n{items}\n"),
    }
}

/// A text as code of one line.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    format!("{fence}{text}{fence}")
}

/// A text as a block of code.
fn block(text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("{fence}text\n{text}\n{fence}\n\n")
}

/// The most backticks that follow one another.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A text in a cell of a table, in which a bar ends even code.
fn cell(text: &str) -> String {
    match text.contains('|') {
        true => escaped(&visible(text)),
        false => prose(text),
    }
}

/// A text of one line: what stands between backticks becomes code, and nothing in it acts as
/// Markdown or HTML.
fn prose(text: &str) -> String {
    let text = visible(text);
    let mut shown = String::new();
    let mut rest = &*text;
    while let Some((before, (quoted, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        shown += &escaped(before);
        if !quoted.is_empty() {
            shown += &code(quoted);
        }
        rest = after;
    }
    shown + &escaped(rest)
}

/// A text without effect: each character that Markdown or HTML reads gets a backslash.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>#|~&$@".contains(c) {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}
