//! A brace too many: one finding, in place of one for each line after it.
//!
//! After a `}` too many, a parser takes the rest of a block for the level outside, and reports
//! every line of it. So where a text has several errors, it is read once more with one suspected
//! brace left out; if that explains more than one error, the brace is what is reported, and with it
//! only the errors that stay.

use adr_diagnostic::{Diagnostic, SourceId};

use super::brace::stray_brace;
use super::parser::SUSPECTS;
use super::reading::{Reading, reading};

/// Most strays that are told of one text.
const STRAYS: usize = 8;

/// Bytes up to which a text is read again for each suspect; a larger one is read again once.
const SMALL: usize = 1 << 20;

/// The better reading of `text` where one brace less makes its errors fewer; `first` is the reading
/// as it is.
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

/// The text with a blank for the brace at `at`, so that every place stays what it is.
fn without(text: &str, at: u32) -> Option<String> {
    let at = at as usize;
    let before = text.get(..at)?;
    let after = text.get(at..)?.strip_prefix(['{', '}'])?;
    Some([before, " ", after].concat())
}
