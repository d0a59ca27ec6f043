//! The results of dialed numbers, as fields of a JSON document.

use serde::Serialize;

use crate::lists::Rules;
use crate::trace::{Skipped, Step, steps};

/// The fields of a JSON document about dialed numbers.
#[derive(Serialize)]
pub struct DialedNumbers<'d> {
    /// `application` or `lookup`.
    pub kind: &'static str,
    /// The site; `None` for the default view.
    pub site: Option<&'d str>,
    /// In the order of the input.
    pub numbers: Vec<DialedNumber>,
}

/// One number, and what a client dials for it.
#[derive(Serialize)]
pub struct DialedNumber {
    number: String,
    cleaned: String,
    result: String,
    /// `null` where no rule matches; left out where the rules are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Option<Winner>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Vec<Step>>,
}

/// The rule that decides.
#[derive(Serialize)]
struct Winner {
    /// Position in the list, counted from 1.
    position: usize,
    name: String,
    place: String,
}

impl DialedNumber {
    /// A number as given, the number after cleaning, and the result. Bytes that are not UTF-8
    /// become U+FFFD.
    #[must_use]
    pub fn new(number: &[u8], cleaned: &[u8], result: &[u8]) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Self {
            number: text(number),
            cleaned: text(cleaned),
            result: text(result),
            rule: None,
            trace: None,
        }
    }

    /// Adds the rule that decides, by its position in the list, counted from 0.
    #[must_use]
    pub fn by(mut self, rules: &Rules, winner: Option<usize>) -> Self {
        let winner = winner.map(|at| Winner {
            position: at + 1,
            name: rules.name(at),
            place: rules.place(at),
        });
        self.rule = Some(winner);
        self
    }

    /// Adds the trace of the number after cleaning.
    #[must_use]
    pub fn traced(mut self, rules: &Rules, cleaned: &[u8], skipped: Option<Skipped>) -> Self {
        self.trace = skipped.map(|skipped| steps(rules, cleaned, skipped));
        self
    }
}
