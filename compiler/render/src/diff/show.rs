//! Differences as JSON and JUnit.

use adr_analysis::{Difference, Domain, longest_covered};
use adr_diagnostic::render::{Outcome, TestCase, junit_cases};
use num_bigint::BigUint;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Compared;
use super::changes::{result, to_table};
use super::names::Rename;
use crate::document::Document;
use crate::domain::name;
use crate::text::{kind_word, list_words, shown};

/// The fields of a comparison in a JSON document.
#[derive(Serialize)]
pub struct Comparison<'c> {
    equal: bool,
    /// What counts as a number.
    domain: &'static str,
    /// The largest domain without a difference; null if every domain has one.
    equal_for: Option<&'static str>,
    /// The greatest length that is compared; null if every length is compared.
    up_to_characters: Option<usize>,
    differences: Vec<Row<'c>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<&'c [Rename]>,
}

#[derive(Serialize)]
struct Row<'c> {
    kind: &'static str,
    site: Option<&'c str>,
    begins_with: String,
    except: Vec<String>,
    digits: usize,
    /// The greatest length; null if there is none.
    digits_to: Option<usize>,
    /// How many numbers of the domain these are; null if infinitely many.
    count: Option<Box<RawValue>>,
    /// How many of them consist of digits, with or without a `+` in front.
    count_of_digits: Option<Box<RawValue>>,
    witness: String,
    old: String,
    new: String,
    old_rule: Option<String>,
    new_rule: Option<String>,
}

/// The differences and, if `names` is given, the rules that are renamed, moved and so on.
#[must_use]
pub fn to_json(compared: &[Compared<'_>], domain: Domain, names: Option<&[Rename]>) -> String {
    let is_valid = |list: &Compared<'_>| list.old.is_valid() && list.new.is_valid();
    let document = Document::of(comparison(compared, domain, names));
    document.valid(compared.iter().all(is_valid)).to_json()
}

/// The same fields for a document that has further fields.
#[must_use]
pub fn comparison<'c>(
    compared: &'c [Compared<'_>],
    domain: Domain,
    names: Option<&'c [Rename]>,
) -> Comparison<'c> {
    let rows = compared.iter().flat_map(|compared| {
        let row = move |difference: &Difference| Row {
            kind: kind_word(compared.kind),
            site: compared.site.as_deref(),
            begins_with: shown(&difference.region.begins_with),
            except: difference.region.except.iter().map(|hole| shown(hole)).collect(),
            digits: difference.region.lengths.from,
            digits_to: difference.region.lengths.to,
            count: exact(difference.count(domain)),
            count_of_digits: exact(difference.count(Domain::Digits)),
            witness: shown(&difference.witness),
            old: shown(&difference.old_result),
            new: shown(&difference.new_result),
            old_rule: difference.old.map(|at| compared.old.name(at)),
            new_rule: difference.new.map(|at| compared.new.name(at)),
        };
        compared.differences.iter().map(row)
    });
    let differences: Vec<Row<'_>> = rows.collect();
    Comparison {
        equal: differences.is_empty(),
        domain: name(domain),
        equal_for: super::equal_for(compared, domain).map(name),
        up_to_characters: longest_covered(&super::lists_of(compared)),
        differences,
        names,
    }
}

/// A count of any size.
fn exact(count: Option<BigUint>) -> Option<Box<RawValue>> {
    RawValue::from_string(count?.to_string()).ok()
}

/// A JUnit document with one case for each list, which fails if calls change.
pub fn to_junit(compared: &[Compared<'_>], domain: Domain, file: &str) -> String {
    let case = |compared: &Compared<'_>| TestCase {
        name: list_words(compared.site.as_deref(), compared.kind),
        file: file.to_owned(),
        line: 1,
        outcome: match compared.differences.first() {
            None => Outcome::Passed,
            Some(first) => Outcome::Failed {
                message: format!(
                    "{} was {}, becomes {}",
                    shown(&first.witness),
                    result(&first.old_result, &first.witness),
                    result(&first.new_result, &first.witness)
                ),
                detail: to_table(compared, domain),
            },
        },
    };
    junit_cases("adrc diff", &compared.iter().map(case).collect::<Vec<_>>())
}
