//! Coverage for programs.

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
    /// The longest numbers that are counted; null where numbers of every length are.
    up_to_characters: Option<usize>,
    rules: Vec<Rule<'p>>,
    lengths: Vec<Length>,
}

/// A written rule; counts are null where there is no end to its numbers.
#[derive(Serialize)]
struct Rule<'p> {
    name: &'p str,
    place: &'p str,
    digits: &'p [usize],
    /// Numbers that it gets.
    numbers: Option<Box<RawValue>>,
    /// Numbers that it matches.
    matches: Option<Box<RawValue>>,
    /// What it gets of those, in percent, rounded down to tenths.
    percent: Option<f64>,
}

/// Lengths that are divided alike.
#[derive(Serialize)]
struct Length {
    digits: usize,
    /// The longest; null where there is none.
    digits_to: Option<usize>,
    touched: Option<Box<RawValue>>,
    untouched: Option<Box<RawValue>>,
    /// The shortest number that no rule touches.
    untouched_witness: Option<String>,
}

/// The counts, with the shortest number that no rule touches for each length.
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
