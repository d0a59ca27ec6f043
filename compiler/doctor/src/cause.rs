//! Causes: the ways in which things go wrong that the doctor can name.

use std::fmt;

use adr_diagnostic::Finding;

use crate::found::Found;
use crate::step::{Area, Step};
use crate::{client, cucm, nodes, presence};

/// One way in which things go wrong. Each is a `static` in a file of its own, with a page for
/// `adrc explain`.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// Name, severity, headline and page.
    pub finding: Finding,
    /// The step of the path at which it stops. A cause at an earlier step is repaired first.
    pub step: Step,
    /// Where it is documented.
    pub sources: &'static [Source],
}

/// Where a cause is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The log of an administrator of 2010, which this project started from.
    Blog,
    /// A guide of the vendor; its title.
    Guide(&'static str),
    /// A public standard; its name.
    Standard(&'static str),
    /// Public posts and code; what they are about.
    Public(&'static str),
}

/// A cause, and how it is found in what was seen.
#[derive(Debug)]
pub(crate) struct Check<O: 'static> {
    pub(crate) cause: &'static Cause,
    /// Every place at which the cause is found; empty if it is not.
    pub(crate) find: fn(&O) -> Vec<Found>,
}

impl fmt::Display for Source {
    /// The source in a few words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blog => f.write_str("the blog of an administrator (2010)"),
            Self::Guide(title) => write!(f, "guide of the vendor: {title}"),
            Self::Standard(name) => f.write_str(name),
            Self::Public(about) => write!(f, "public posts and code: {about}"),
        }
    }
}

impl Cause {
    /// Reports this cause. The message begins in lower case, has no final stop, and puts texts of
    /// the user in backticks.
    #[must_use]
    pub fn found(&'static self, message: impl Into<String>) -> Found {
        Found::new(self, message.into())
    }
}

/// Every cause that the doctor can name: of each area, in the order in which they are judged.
#[must_use]
pub fn causes() -> Vec<(Area, &'static Cause)> {
    let presence = presence::CHECKS.iter().map(|check| (Area::Presence, check.cause));
    let client = client::CHECKS.iter().map(|check| (Area::Client, check.cause));
    let cucm = cucm::CHECKS.iter().map(|check| (Area::Cucm, check.cause));
    let nodes = nodes::CHECKS.iter().map(|check| (Area::Nodes, check.cause));
    presence.chain(client).chain(cucm).chain(nodes).collect()
}

/// What all checks find, in the order of the checks. [`Diagnosis::of`](crate::Diagnosis::of) sorts
/// it by step.
pub(crate) fn run<O>(checks: &'static [Check<O>], observations: &O) -> Vec<Found> {
    checks.iter().flat_map(|check| (check.find)(observations)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_pages_say_how_to_fix_it() {
        let causes = causes();
        for (number, (_, cause)) in causes.iter().enumerate() {
            let Finding { name, page, .. } = cause.finding;
            assert!(page.contains("Fix: "), "{name}");
            assert!(page.lines().all(|line| line.len() <= 100), "{name}");
            assert!(!cause.sources.is_empty(), "{name}");
            assert!(causes[..number].iter().all(|(_, other)| other.finding.name != name), "{name}");
        }
    }
}
