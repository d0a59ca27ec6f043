//! The rules of a cluster as one rule source.

use std::fmt;
use std::sync::Arc;

use adr_cucm::{Converted, convert};
use adr_cucm_client::Profile;
use adr_diagnostic::{Report, Severity, Sources};
use adr_render::cucm_source::{CucmSource, Placement};

use super::snapshot::Snapshot;

/// The rules of a cluster as one rule source. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// The rule source, to be loaded together with files.
    pub text: Arc<str>,
    /// How many dial rules it has.
    pub rules: usize,
    /// How many emergency numbers CUCM flags; `None` if this release has no such flag.
    pub emergency: Option<usize>,
    /// How many flagged patterns contribute no emergency number, because their numbers are not a
    /// finite set, are blocked, or cannot be dialed by a rule.
    pub unchecked: usize,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, rules, emergency, unchecked } = self;
        f.debug_struct("Text")
            .field("bytes", &text.len())
            .field("rules", rules)
            .field("emergency", emergency)
            .field("unchecked", unchecked)
            .finish()
    }
}

/// A rule of CUCM that no client can apply, with its place: a phrase in one line. While CUCM has
/// such a rule, nothing new is published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnusableRules(String);

impl Text {
    /// The rule source of a snapshot, in the view that the cluster owns.
    ///
    /// # Errors
    ///
    /// CUCM holds a rule that no client can apply. The text without it would send numbers
    /// elsewhere.
    pub fn of(origin: &str, profile: &Profile, snapshot: &Snapshot) -> Result<Self, UnusableRules> {
        let rules = snapshot.rules.iter().cloned().map(Into::into).collect();
        let rules = convert(rules);
        let networks: Vec<String> = profile.clients.iter().map(ToString::to_string).collect();
        let placement = match &profile.view {
            Some(name) => Placement::Site { name, networks: &networks },
            None => Placement::Default,
        };
        let emergency = Some(&*snapshot.flagged);
        let source = CucmSource { origin, rules: &rules, emergency, placement };
        if has_error(&rules.report) {
            let (sources, report) = source.with_findings();
            return Err(first_error(&sources, &report, &rules));
        }
        Ok(Self {
            text: source.text().into(),
            rules: snapshot.rules.len(),
            emergency: snapshot.flagged.is_known.then(|| snapshot.flagged.numbers().len()),
            unchecked: snapshot.flagged.patterns.iter().filter(|it| it.numbers.is_err()).count(),
        })
    }
}

fn has_error(report: &Report) -> bool {
    report.count(Severity::Error) > 0
}

fn first_error(sources: &Sources, report: &Report, rules: &Converted) -> UnusableRules {
    let errors = |report: &Report| {
        let mut found = report.diagnostics().to_vec();
        found.retain(|found| found.severity == Severity::Error);
        found
    };
    let (located, known) = (errors(report), errors(&rules.report));
    let first = located.first().or(known.first());
    UnusableRules(first.map_or_else(String::new, |found| {
        let line = found.span().map(|span| sources.position(span).line);
        let line = line.map_or_else(String::new, |line| format!("line {line}, "));
        format!("{line}{}: {}", found.name, found.message)
    }))
}
