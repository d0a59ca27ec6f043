//! Invisible characters: control characters, and those that change the direction of writing.

use adr_diagnostic::{Applicability, Diagnostic, Edit, Finding, Fix, SourceId, Span};

use super::parser::offset;
use crate::limits::ERRORS_PER_FILE;

pub(super) static CONTROL_CHARACTER: Finding = Finding::error(
    "control-character",
    "the text contains an invisible control character",
    include_str!("../pages/control-character.md"),
);

/// The findings about invisible characters, at most [`ERRORS_PER_FILE`] of them, and the number of
/// others.
#[derive(Default)]
pub(super) struct Unseen {
    pub(super) found: Vec<Diagnostic>,
    /// The number of findings above the limit.
    pub(super) left_out: usize,
}

/// Looks for invisible characters in the whole text, including comments.
pub(super) fn check(source: SourceId, text: &str) -> Unseen {
    let mut unseen = Unseen::default();
    if !text.as_bytes().chunks(CHUNK).any(may_hold) {
        return unseen;
    }
    let mut characters = text.char_indices().peekable();
    // where a run of the same character would continue, and the character
    let mut run = None;
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if !is_unseen(character, next) {
            continue;
        }
        if run == Some((at, character)) {
            run = Some((at + character.len_utf8(), character));
            unseen.extend_last(at + character.len_utf8());
            continue;
        }
        run = Some((at + character.len_utf8(), character));
        if unseen.found.len() < ERRORS_PER_FILE {
            let end = at + character.len_utf8();
            let span = Span::new(source, offset(at), offset(end));
            unseen.found.push(finding(span, character));
        } else {
            unseen.left_out += 1;
        }
    }
    unseen
}

impl Unseen {
    /// Extends the last finding to `end`, unless it is only counted.
    fn extend_last(&mut self, end: usize) {
        if self.left_out > 0 {
            return;
        }
        let Some(last) = self.found.last_mut() else {
            return;
        };
        let edits = last.fix.iter_mut().flat_map(|fix| &mut fix.edits);
        let labels = last.labels.iter_mut().map(|label| &mut label.span);
        for span in labels.chain(edits.map(|edit| &mut edit.span)) {
            span.end = offset(end);
        }
    }

    /// Removes errors on lines with an invisible character: they have the same cause.
    pub(super) fn silence_lines(&self, text: &str, errors: &mut Vec<Diagnostic>) {
        let spans: Vec<Span> = self.found.iter().filter_map(Diagnostic::span).collect();
        if spans.is_empty() {
            return;
        }
        errors.retain(|error| {
            let Some(span) = error.span() else {
                return true;
            };
            let line = line_around(text, span.start as usize);
            let after = spans.partition_point(|unseen| (unseen.start as usize) < line.start);
            spans.get(after).is_none_or(|unseen| unseen.start as usize > line.end)
        });
    }
}

/// Bytes that are tested at a time: few enough for the first-level cache, many enough for vector
/// instructions.
const CHUNK: usize = 4096;

/// Whether some byte may belong to an invisible character. May be true although none does.
fn may_hold(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, byte| {
        let control = (*byte < 0x20) & (*byte != b'\t') & (*byte != b'\n');
        let lead = (*byte == 0xc2) | (*byte == 0xd8) | (*byte == 0xe2);
        found | control | lead | (*byte == 0x7f)
    })
}

fn is_unseen(character: char, next: Option<char>) -> bool {
    match character {
        '\t' | '\n' => false,
        '\r' => next != Some('\n'),
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    }
}

fn finding(span: Span, character: char) -> Diagnostic {
    let code = u32::from(character);
    let message = match character {
        '\0' => "a NUL byte in the text".to_owned(),
        '\r' => "a carriage return that no line feed follows".to_owned(),
        _ if character.is_control() => format!("control character U+{code:04X} in the text"),
        _ => format!("character U+{code:04X}, which changes the writing direction, in the text"),
    };
    let (help, replacement) = match character {
        '\r' => ("end lines with LF or CRLF", "\n"),
        _ => ("delete it, and check what the line means without it", ""),
    };
    CONTROL_CHARACTER.found(message).at(span).with_help(help).with_fix(Fix {
        message: help.to_owned(),
        edits: vec![Edit { span, replacement: replacement.to_owned() }],
        applicability: Applicability::Unsafe,
    })
}

fn line_around(text: &str, at: usize) -> std::ops::Range<usize> {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |line_end| line_end + 1);
    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
    start..end
}
