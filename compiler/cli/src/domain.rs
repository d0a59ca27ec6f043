//! `--domain`: what counts as a number.

use adr_analysis::{Domain, longest_covered};
use adr_engine::Rule;
use clap::ValueEnum;

use crate::words::grouped;

/// The input domains of the analyses.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Numbers {
    /// 0-9, with a + in front or without
    Digits,
    /// 0-9 + * # in any order
    #[default]
    Dialable,
    /// Any characters
    Anything,
}

impl From<Numbers> for Domain {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::Digits => Self::Digits,
            Numbers::Dialable => Self::Dialable,
            Numbers::Anything => Self::Anything,
        }
    }
}

/// What a domain is called in options and in JSON.
pub(crate) fn name(domain: Domain) -> &'static str {
    match domain {
        Domain::Digits => "digits",
        Domain::Dialable => "dialable",
        Domain::Anything => "anything",
    }
}

/// What an answer about some lists covers: "every number that can be dialled", with the longest
/// length that it covers where values that only a client accepts lead beyond that.
pub(crate) fn every(domain: Domain, lists: &[&[Rule]]) -> String {
    let words = words(domain);
    match longest_covered(lists) {
        None => format!("every {words}"),
        Some(longest) => {
            let longest = grouped(&longest.to_string());
            format!("every {words}, up to {longest} characters long")
        }
    }
}

/// "a number that can be dialled".
pub(crate) fn a_number(domain: Domain) -> String {
    format!("a {}", words(domain))
}

/// The words for a domain in a sentence: "for every …".
fn words(domain: Domain) -> &'static str {
    match domain {
        Domain::Digits => "number of digits, with a + in front or without",
        Domain::Dialable => "number that can be dialled",
        Domain::Anything => "string of characters",
    }
}
