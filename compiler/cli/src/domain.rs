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
