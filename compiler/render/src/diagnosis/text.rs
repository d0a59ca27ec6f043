//! A diagnosis as text for people.

use adr_diagnostic::{Severity, visible};
use adr_doctor::{Diagnosis, Fix, Found};
use anstyle::Style;

use super::lines::{labeled, wrapped};
use super::picture::{picture, steps};
use super::verdict;
use crate::Terminal;
use crate::style::{Styles, styled};
use crate::text::count;

/// Columns before the text of a part of a finding.
const INDENT: usize = 12;

/// The widest text. Longer lines are hard to read.
const WIDEST: usize = 100;

/// A diagnosis as text: the path, what was found with the first thing to repair first, what is
/// normal, and what could not be seen.
#[must_use]
pub fn to_text(diagnosis: &Diagnosis, terminal: Terminal) -> String {
    let terminal = Terminal { width: terminal.width.min(WIDEST), ..terminal };
    let styles = terminal.styles();
    let subject = format!("{} {}", diagnosis.area.title(), visible(&diagnosis.subject));
    let mut text = format!("{}\n\n", styled(styles.heading, subject.trim_end()));
    if !diagnosis.path.is_empty() {
        text += &picture(diagnosis, terminal);
        text += &format!("\n{}\n", steps(diagnosis, terminal));
    }
    let (normal, wrong): (Vec<_>, Vec<_>) = diagnosis
        .found
        .iter()
        .enumerate()
        .partition(|(_, found)| found.severity == Severity::Information);
    for (number, found) in wrong {
        text += &finding(found, diagnosis.why_before_next(number), terminal);
        text.push('\n');
    }
    text += &list(
        "normal, though it looks like a fault",
        normal
            .iter()
            .map(|(_, found)| format!("{}: {}", found.cause.finding.name, with_evidence(found))),
        terminal,
    );
    text += &list("also seen", diagnosis.remarks.iter().cloned(), terminal);
    text += &list(
        "could not be looked at",
        diagnosis.unseen.iter().map(|unseen| format!("{}: {}", unseen.what, unseen.why)),
        terminal,
    );
    text + &summary(diagnosis, terminal)
}

/// The last line: how much was found.
fn summary(diagnosis: &Diagnosis, terminal: Terminal) -> String {
    let (styles, width) = (terminal.styles(), terminal.width);
    if diagnosis.is_healthy() {
        let style = if diagnosis.has_looked { styles.good } else { styles.bad };
        return format!("{}\n", styled(style, verdict(diagnosis)));
    }
    let number = |severity| diagnosis.found.iter().filter(|one| one.severity == severity).count();
    let counts = [(number(Severity::Error), "error"), (number(Severity::Warning), "warning")];
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<_> = counts.map(|(number, what)| count(*number, what)).collect();
    let name = diagnosis.found.first().map_or("NAME", |first| first.cause.finding.name);
    let line = format!("{}; `adrc explain {name}` explains the first", counts.join(", "));
    wrapped(&line, 0, width)
}

fn with_evidence(found: &Found) -> String {
    match found.evidence.is_empty() {
        true => found.message.clone(),
        false => format!("{} ({})", found.message, found.evidence.join("; ")),
    }
}

/// A titled list; empty if it has no items.
fn list(title: &str, items: impl Iterator<Item = String>, terminal: Terminal) -> String {
    let items: String = items
        .map(|item| format!("  - {}", wrapped(&visible(&item), 4, terminal.width).trim_start()))
        .collect();
    match items.is_empty() {
        true => items,
        false => format!("{}\n{items}\n", styled(terminal.styles().heading, title)),
    }
}

/// A finding with everything that belongs to it.
fn finding(found: &Found, why_first: Option<String>, terminal: Terminal) -> String {
    let (styles, width) = (terminal.styles(), terminal.width);
    let word = styled(severity_style(found.severity, styles), found.severity.word());
    let name = styled(styles.heading, found.cause.finding.name);
    let mut text = format!("{word}: {name}\n");
    text += &wrapped(&visible(&found.message), 2, width);
    text.push('\n');
    for (number, fact) in found.evidence.iter().enumerate() {
        let label = if number == 0 { "evidence" } else { "" };
        text += &labeled(label, &visible(fact), INDENT, width);
    }
    text += &labeled("cause", found.cause.finding.headline, INDENT, width);
    let many = found.fixes.len() > 1;
    for (number, one) in found.fixes.iter().enumerate() {
        let label = match (number, many) {
            (0, false) => "fix".to_owned(),
            (0, true) => "fix 1".to_owned(),
            _ => format!("    {}", number + 1),
        };
        text += &fix(one, &label, terminal);
    }
    if let Some(why) = why_first {
        text += &labeled("why first", &visible(&why), INDENT, width);
    }
    let sources: Vec<String> = found.cause.sources.iter().map(ToString::to_string).collect();
    text + &labeled("sources", &sources.join("; "), INDENT, width)
}

/// A fix: what to do and where, and its commands. Commands are never wrapped, so that they can be
/// copied.
fn fix(fix: &Fix, label: &str, terminal: Terminal) -> String {
    let colon = if fix.commands.is_empty() { "" } else { ":" };
    let what = format!("{}: {}{colon}", fix.place, fix.what);
    let mut text = labeled(label, &visible(&what), INDENT, terminal.width);
    for command in &fix.commands {
        let command = styled(terminal.styles().heading, visible(command));
        text += &format!("{:INDENT$}  {command}\n", "");
    }
    text
}

fn severity_style(severity: Severity, styles: Styles) -> Style {
    match severity {
        Severity::Error => styles.error,
        Severity::Warning => styles.warning,
        Severity::Information => styles.heading,
    }
}
