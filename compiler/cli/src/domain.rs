//! `--domain`: what counts as a number.

use adr_analysis::Domain;
use clap::ValueEnum;

use crate::target::Target;

/// The input domains of the analyses.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Numbers {
    /// 0-9, with a + in front or without
    Digits,
    /// 0-9 + * # in any order
    Dialable,
    /// Any characters
    Anything,
}

/// The domain of a command: that of `--domain`, of the project, or the command's own default.
pub(crate) fn domain(given: Option<Numbers>, target: &Target, default: Domain) -> Domain {
    given.map(Domain::from).or(target.domain).unwrap_or(default)
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
