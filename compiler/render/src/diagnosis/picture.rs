//! The path as a picture, and a line for each step.

use adr_diagnostic::visible;
use adr_doctor::{Diagnosis, Outcome, Step, StepOutcome};
use anstyle::Style;

use super::lines::wrapped;
use crate::Terminal;
use crate::style::{Styles, styled};

/// Columns of the words for outcomes.
const OUTCOME: usize = 11;

/// The steps in a row, such as `you ── DNS ── TCP ─✗ TLS ┄┄ certificate`, on as many lines as the
/// width needs. Empty for a path without steps.
pub(super) fn picture(diagnosis: &Diagnosis, terminal: Terminal) -> String {
    let styles = terminal.styles();
    let mut text = String::new();
    let mut column = 0;
    for at in &diagnosis.path {
        let title = at.step.title();
        let connector = if at.step == Step::You { "" } else { connector(at.outcome) };
        let length = title.chars().count() + connector.chars().count();
        if column + length > terminal.width.max(40) && column > 0 {
            text.push('\n');
            column = 0;
        }
        if column == 0 {
            text.push_str("  ");
            column = 2;
        }
        let style = style(at.outcome, styles);
        if !connector.is_empty() {
            text += &styled(style, connector);
        }
        text += &styled(style, title);
        column += length;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// A line for each step: how it ended, its name, and the fact beside it. Steps that were not
/// reached share a line.
pub(super) fn steps(diagnosis: &Diagnosis, terminal: Terminal) -> String {
    let titles = diagnosis.path.iter().map(|at| at.step.title().chars().count());
    let longest = titles.max().unwrap_or(0);
    let line = |at: &StepOutcome| {
        let indent = 2 + OUTCOME + 2 + longest + 2;
        let facts = wrapped(&visible(&at.detail), indent, terminal.width);
        let title = at.step.title();
        let text = match facts.get(indent..) {
            None => title.to_owned(),
            Some(facts) => format!("{title:<longest$}  {}", facts.trim_end()),
        };
        beside(at.outcome, &text, terminal)
    };
    let is_reached = |at: &&StepOutcome| at.outcome != Outcome::NotReached;
    let seen = diagnosis.path.iter().filter(|at| at.step != Step::You).filter(is_reached);
    let text: String = seen.map(line).collect();
    text + &not_reached(diagnosis, terminal)
}

/// The line of the steps that were not reached; empty without some.
fn not_reached(diagnosis: &Diagnosis, terminal: Terminal) -> String {
    let left_out = diagnosis.path.iter().filter(|at| at.outcome == Outcome::NotReached);
    let titles: Vec<&str> = left_out.map(|at| at.step.title()).collect();
    if titles.is_empty() {
        return String::new();
    }
    let indent = 2 + OUTCOME + 2;
    let titles = wrapped(&titles.join(", "), indent, terminal.width);
    beside(Outcome::NotReached, titles.trim(), terminal)
}

/// A line with the word for an outcome and a text beside it.
fn beside(outcome: Outcome, text: &str, terminal: Terminal) -> String {
    let style = style(outcome, terminal.styles());
    format!("  {}  {text}\n", styled(style, format_args!("{:<OUTCOME$}", words(outcome))))
}

/// How a step ended, for people.
pub(super) fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Good => "good",
        Outcome::Suspect => "suspect",
        Outcome::Bad => "WRONG",
        Outcome::NotReached => "not reached",
        Outcome::NotSeen => "not seen",
    }
}

/// What leads to a step that ended so; readable without color.
fn connector(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Good => " ── ",
        Outcome::Suspect => " ─! ",
        Outcome::Bad => " ─✗ ",
        Outcome::NotReached => " ┄┄ ",
        Outcome::NotSeen => " ?? ",
    }
}

fn style(outcome: Outcome, styles: Styles) -> Style {
    match outcome {
        Outcome::Good => styles.good,
        Outcome::Suspect => styles.warning,
        Outcome::Bad => styles.error,
        Outcome::NotReached | Outcome::NotSeen => styles.faint,
    }
}
