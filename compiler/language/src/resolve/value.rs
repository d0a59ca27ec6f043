//! Converts elements of a value to what their field needs.

use adr_diagnostic::{Diagnostic, Finding, Span};
use adr_engine::{DialString, DialStringError, Rule};
use compact_str::CompactString;

use super::atom::Atom;
use super::context::Context;
use crate::range::{DialRange, RangeError, known};

pub(super) static FINDINGS: &[&Finding] = &[&BAD_DIAL_STRING, &BAD_NUMBER];

pub(super) static BAD_DIAL_STRING: Finding = Finding::error(
    "bad-dial-string",
    "a value is not a dial string",
    include_str!("../pages/bad-dial-string.md"),
);

pub(super) static BAD_NUMBER: Finding = Finding::error(
    "bad-number",
    "a number of digits is not a number, or outside its limits",
    include_str!("../pages/bad-number.md"),
);

/// A value, or the finding about it.
pub(super) type ValueResult<T> = Result<T, Box<Diagnostic>>;

/// The numbers that an entry of begins-with stands for.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// One dial string.
    One(DialString),
    /// Consecutive numbers of one length.
    Range(Box<DialRange>),
}

impl Pattern {
    /// The minimum length of a number that begins with it.
    pub(super) fn width(&self) -> u32 {
        let width = match self {
            Self::One(text) => text.len(),
            Self::Range(range) => range.width(),
        };
        u32::try_from(width).unwrap_or(u32::MAX)
    }
}

/// Lengths of the numbers that a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lengths {
    /// Every length.
    Any,
    /// From the first to the second one, both included.
    Between(u32, u32),
}

/// The upper side of an open range, which `longest-number` limits.
pub(super) const OPEN: u32 = u32::MAX;

/// What a rule removes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Remove {
    Count(u32, Option<Span>),
    Matched(Span),
    AllBut(u32, Span),
    Keep,
}

/// An entry of begins-with.
pub(super) fn pattern(atom: &Atom, span: Span) -> ValueResult<Pattern> {
    match atom {
        Atom::Range(sides) => {
            let range = range_of(&sides.0, &sides.1, span)?;
            Ok(Pattern::Range(Box::new(range)))
        }
        _ => text(atom, span).map(Pattern::One),
    }
}

/// One dial string.
pub(super) fn text(atom: &Atom, span: Span) -> ValueResult<DialString> {
    let found = match atom {
        Atom::Text(text) => return dial_string(text, span),
        Atom::Any => BAD_DIAL_STRING.found("`any` is not a dial string"),
        Atom::Matched => BAD_DIAL_STRING.found("`matched` is not a dial string"),
        Atom::Range(sides) => {
            let message =
                format!("`{}..{}` is a range, and one dial string is expected", sides.0, sides.1);
            BAD_DIAL_STRING.found(message)
        }
    };
    Err(Box::new(found.at(span)))
}

/// The numbers that an element of an emergency line stands for, with ranges expanded.
pub(super) fn numbers_of(
    atom: &Atom,
    span: Span,
    context: &mut Context<'_>,
) -> ValueResult<Vec<DialString>> {
    let numbers = match pattern(atom, span)? {
        Pattern::One(number) if context.allows_entries(1, span) => vec![number],
        Pattern::Range(range) if context.allows_entries(range.count(), span) => {
            range.numbers().map(|number| known(&number)).collect()
        }
        _ => Vec::new(),
    };
    Ok(numbers)
}

/// A range of dial strings; the finding points at `span`.
pub(super) fn range_of(low: &str, high: &str, span: Span) -> ValueResult<DialRange> {
    let (low, high) = (dial_string(low, span)?, dial_string(high, span)?);
    DialRange::new(low.as_str(), high.as_str()).map_err(|reason| {
        let (message, help) = match reason {
            RangeError::Empty => (
                format!("a side of the range `{low}..{high}` is empty"),
                "only `digits` and `rest` may be open; write `2000..2449`".to_owned(),
            ),
            RangeError::Lengths => (
                format!(
                    "the sides of the range `{low}..{high}` have {} and {} characters",
                    low.len(),
                    high.len()
                ),
                "write one range for each length, such as `8..9, 10..12`".to_owned(),
            ),
            RangeError::Characters => (
                format!("the sides of the range `{low}..{high}` differ in more than digits"),
                "write what they have in common first, such as `+4412..+4415`".to_owned(),
            ),
            RangeError::Descending => {
                (format!("the range `{low}..{high}` goes down"), format!("write `{high}..{low}`"))
            }
        };
        Box::new(BAD_DIAL_STRING.found(message).at(span).with_help(help))
    })
}

/// Checks a dial string; the finding points at `span`.
pub(super) fn dial_string(text: &str, span: Span) -> ValueResult<DialString> {
    DialString::new(text).map_err(|error| {
        let shown: CompactString = text.chars().take(40).collect();
        let found = match error {
            DialStringError::Character { .. } => {
                let found =
                    BAD_DIAL_STRING.found(format!("in `{}`: {error}", shown.escape_debug()));
                found.with_help("a dial string is made of `0-9 + * #`; there are no wildcards")
            }
            DialStringError::TooLong { .. } => {
                BAD_DIAL_STRING.found(format!("this dial string has {error}"))
            }
        };
        Box::new(found.at(span))
    })
}

/// Lengths of at least `lowest`.
pub(super) fn lengths(atom: &Atom, lowest: u32, span: Span) -> ValueResult<Lengths> {
    let (low, high) = match atom {
        Atom::Any => return Ok(Lengths::Any),
        Atom::Matched => return Err(not_a_number("matched", span)),
        Atom::Text(text) => return length(text, lowest, span),
        Atom::Range(sides) if sides.1.is_empty() => (number(&sides.0, lowest, span)?, OPEN),
        Atom::Range(sides) => (number(&sides.0, lowest, span)?, number(&sides.1, lowest, span)?),
    };
    if low > high {
        let found = BAD_NUMBER.found(format!("this range goes down, from {low} to {high}"));
        return Err(Box::new(found.at(span).with_help(format!("write `{high}..{low}`"))));
    }
    Ok(Lengths::Between(low, high))
}

/// One number of digits of at least `lowest`.
pub(super) fn length(text: &str, lowest: u32, span: Span) -> ValueResult<Lengths> {
    let length = number(text, lowest, span)?;
    Ok(Lengths::Between(length, length))
}

/// The value of `remove`.
pub(super) fn remove(atom: &Atom, span: Span) -> ValueResult<Remove> {
    match atom {
        Atom::Matched => Ok(Remove::Matched(span)),
        _ => Ok(Remove::Count(count(atom, 0, span)?, Some(span))),
    }
}

/// One number of digits of at least `lowest`.
pub(super) fn count(atom: &Atom, lowest: u32, span: Span) -> ValueResult<u32> {
    match atom {
        Atom::Text(text) => number(text, lowest, span),
        Atom::Any => Err(not_a_number("any", span)),
        Atom::Matched => Err(not_a_number("matched", span)),
        Atom::Range(_) => {
            let found = BAD_NUMBER.found("a range is used where one number is expected");
            Err(Box::new(found.at(span).with_help("write one number")))
        }
    }
}

pub(super) fn number(text: &str, lowest: u32, span: Span) -> ValueResult<u32> {
    let limit = Rule::DIGITS_LIMIT;
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = plain.then(|| text.parse::<u32>().unwrap_or(u32::MAX));
    let message = match value {
        Some(value) if (lowest..=limit).contains(&value) => return Ok(value),
        Some(_) => format!("`{text}` is not between {lowest} and {limit}"),
        None => return Err(not_a_number(text, span)),
    };
    Err(Box::new(BAD_NUMBER.found(message).at(span)))
}

fn not_a_number(text: &str, span: Span) -> Box<Diagnostic> {
    let message = format!("`{}` is not a number", text.escape_debug());
    Box::new(BAD_NUMBER.found(message).at(span))
}
