//! `--domain`: what counts as a number.

use adr_analysis::Domain;
use clap::ValueEnum;

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

/// The words for a domain in a sentence: "for every …".
pub(crate) fn words(domain: Domain) -> &'static str {
    match domain {
        Domain::Digits => "number of digits, with a + in front or without",
        Domain::Dialable => "number that can be dialled",
        Domain::Anything => "string of characters",
    }
}
