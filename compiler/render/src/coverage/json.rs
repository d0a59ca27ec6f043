//! Coverage as fields of a JSON document.

use num_bigint::BigUint;
use serde::Serialize;
use serde_json::value::RawValue;

use super::map::{CoverageMap, Row, WrittenRule};
use crate::document::Document;
use crate::domain::name;
use crate::lists::ListName;
use crate::text::{kind_word, shown};

#[derive(Serialize)]
struct Counts<'p> {
    kind: &'static str,
    site: Option<&'p str>,
    domain: &'static str,
    /// The greatest length that is counted; null if every length is counted.
    up_to_characters: Option<usize>,
    rules: Vec<Rule<'p>>,
    lengths: Vec<Length>,
}

/// A written rule. A count is null if the rule has infinitely many numbers.
#[derive(Serialize)]
struct Rule<'p> {
    name: &'p str,
    place: &'p str,
    digits: &'p [usize],
    /// Numbers that it gets.
    numbers: Option<Box<RawValue>>,
    /// Numbers that it matches.
    matches: Option<Box<RawValue>>,
    /// The numbers that it gets in percent of those that it matches, rounded down to tenths.
    percent: Option<f64>,
}

/// Lengths that the rules divide in the same way.
#[derive(Serialize)]
struct Length {
    digits: usize,
    /// The greatest length; null if there is none.
    digits_to: Option<usize>,
    touched: Option<Box<RawValue>>,
    untouched: Option<Box<RawValue>>,
    /// The shortest number that no rule matches.
    untouched_witness: Option<String>,
}

/// The counts, and for each length the shortest number that no rule matches.
#[must_use]
pub fn to_json(map: &CoverageMap, list: ListName<'_>) -> String {
    let counts = Counts {
        kind: kind_word(list.kind),
        site: list.site,
        domain: name(map.domain),
        up_to_characters: map.longest,
        rules: map.rules.iter().map(rule).collect(),
        lengths: map.rows.iter().map(|row| length(row, map)).collect(),
    };
    Document::of(counts).valid(map.is_valid).to_json()
}

/// A number of any size.
fn exact(count: &BigUint) -> Option<Box<RawValue>> {
    RawValue::from_string(count.to_string()).ok()
}

fn rule(written: &WrittenRule) -> Rule<'_> {
    let share = written.share();
    Rule {
        name: &written.name,
        place: &written.place,
        digits: &written.digits,
        numbers: written.numbers.as_ref().and_then(exact),
        matches: written.matches.as_ref().and_then(exact),
        percent: share.map(|share| f64::from(share.permille()) / 10.0),
    }
}

fn length(row: &Row, map: &CoverageMap) -> Length {
    let free = row.regions.iter().filter(|region| region.winner.is_none());
    let witnesses = free.map(|region| region.witness(map.domain));
    let first = witnesses.min_by(|a, b| adr_analysis::Domain::compare(a, b));
    let touched = row.touched.as_ref();
    Length {
        digits: row.lengths.from,
        digits_to: row.lengths.to,
        touched: touched.and_then(|share| exact(&share.won)),
        untouched: touched.and_then(|share| exact(&(&share.matched - &share.won))),
        untouched_witness: first.map(|number| shown(&number)),
    }
}
