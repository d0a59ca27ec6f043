//! Stray braces: one finding about the brace, instead of one for each line after it.
//!
//! After an extra `}`, the parser reads the rest of a block on the outer level, and reports every
//! line of it. If a text has several errors, it is therefore read again without a suspected brace.
//! If this removes more than one error, the report has the brace and only the errors that remain.

use adr_diagnostic::{Diagnostic, SourceId};

use super::brace::stray_brace;
use super::parser::SUSPECTS;
use super::reading::{Reading, reading};

/// Most stray braces that are reported for one text.
const STRAYS: usize = 8;

/// Size in bytes up to which a text is read again for each suspected brace. A larger text is read
/// again once.
const SMALL: usize = 1 << 20;

/// The reading of `text` without stray braces, if this has fewer errors; otherwise `first`, the
/// reading of the whole text.
pub(super) fn without_strays(source: SourceId, text: &str, first: Reading) -> Reading {
    if first.errors() < 2 {
        return first;
    }
    let suspects = if text.len() > SMALL { 1 } else { SUSPECTS };
    let mut best = first;
    let mut strays: Vec<Diagnostic> = Vec::new();
    let mut text = text.to_owned();
    while strays.len() < STRAYS && best.errors() > 1 {
        let trials = best.suspects.iter().take(suspects).filter_map(|at| {
            let shorter = without(&text, *at)?;
            let trial = reading(source, &shorter);
            Some((*at, shorter, trial))
        });
        let Some((at, shorter, trial)) = trials.min_by_key(|(_, _, trial)| trial.errors()) else {
            break;
        };
        if trial.errors() + 1 >= best.errors() {
            break;
        }
        strays.push(stray_brace(source, &text, at));
        (text, best) = (shorter, trial);
    }
    best.add(strays);
    best
}

/// The text with a blank in place of the brace at `at`, so that all offsets stay the same.
fn without(text: &str, at: u32) -> Option<String> {
    let at = at as usize;
    let before = text.get(..at)?;
    let after = text.get(at..)?.strip_prefix(['{', '}'])?;
    Some([before, " ", after].concat())
}
