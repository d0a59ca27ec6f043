//! Decides whether a step of fixes did harm: a new finding, another result, or a failed test.

use std::sync::Arc;

use adr_analysis::{Domain, first_difference};
use adr_diagnostic::{Diagnostic, Severity, Sources};
use hashbrown::{HashMap, HashSet};

use super::edits::Edits;
use super::is_harm;
use crate::check::Checked;
use crate::parse::TOO_MANY_ERRORS;
use crate::plan::{DialPlan, ListKind};
use crate::run_tests::{FAILED_TEST, run_tests};

/// Why a step does harm. Places are those after the step.
pub(super) enum Objection {
    /// A new finding.
    NewFinding { name: &'static str, file: String, offset: u32 },
    /// The dial plan no longer compiles.
    NoPlan,
    /// A number has another result.
    Result { number: String, old: String, new: String },
    /// The sites or their networks are different.
    Views,
    /// A test fails that passed before.
    Test { file: String, offset: u32 },
}

/// One step of fixes.
pub(super) struct Step<'s> {
    pub(super) edits: &'s Edits,
    /// The positions in the report of the findings that it fixes.
    pub(super) fixed: HashSet<usize>,
    /// Whether its fixes must not change a result.
    pub(super) is_safe: bool,
}

/// Why a step does harm; `None` if it does not.
pub(super) fn objection(before: &Checked, after: &Checked, step: &Step<'_>) -> Option<Objection> {
    if let Some(found) = new_finding(before, after, step) {
        let (file, offset) = place(found, after.sources());
        let name = found.name;
        return Some(Objection::NewFinding { name, file, offset });
    }
    // a text with errors has no meaning that could change
    let old = before.plan_with_errors()?;
    let Some(new) = after.plan_with_errors() else {
        return Some(Objection::NoPlan);
    };
    let changed = || step.is_safe.then(|| other_result(old, new)).flatten();
    changed().or_else(|| failed_test(old, new))
}

/// The first finding that has no counterpart before the step.
fn new_finding<'c>(
    before: &Checked,
    after: &'c Checked,
    step: &Step<'_>,
) -> Option<&'c Diagnostic> {
    // lints run only on dial plans without errors, so their findings may have been hidden before
    let least = match before.plan_with_errors() {
        Some(_) => Severity::Warning,
        None => Severity::Error,
    };
    let mut known = Known::of(before, step);
    let found = after.report().diagnostics().iter();
    // tests run only if nothing else is an error; `failed_test` compares their outcomes
    let is_asked = |found: &&Diagnostic| found.name != FAILED_TEST.name && is_harm(found);
    let mut found = found.filter(|found| is_asked(found) && found.severity >= least);
    found.find(|found| !known.has(found, after.sources()))
}

/// The findings before the step that it does not fix. Each of them may be found again once.
struct Known {
    /// By name, file and the offset after the step.
    at_place: HashMap<(&'static str, String, u32), usize>,
    /// Findings in texts that were removed or moved: by name and the text that they point at.
    by_text: HashMap<(&'static str, String), usize>,
    /// For each file, the offset after which errors were not shown.
    shown_up_to: HashMap<String, u32>,
}

impl Known {
    fn of(before: &Checked, step: &Step<'_>) -> Self {
        let mut known =
            Self { at_place: HashMap::new(), by_text: HashMap::new(), shown_up_to: HashMap::new() };
        for (at, found) in before.report().diagnostics().iter().enumerate() {
            if !step.fixed.contains(&at) {
                known.add(found, before.sources(), step.edits);
            }
        }
        known
    }

    fn add(&mut self, found: &Diagnostic, sources: &Sources, edits: &Edits) {
        let (file, offset) = place(found, sources);
        let now = edits.after(&file, offset);
        if found.name == TOO_MANY_ERRORS.name {
            self.shown_up_to.insert(file.clone(), now.unwrap_or(0));
        }
        let count = match now {
            Some(now) => self.at_place.entry((found.name, file, now)).or_default(),
            None => {
                let text = text(found, sources).to_owned();
                self.by_text.entry((found.name, text)).or_default()
            }
        };
        *count += 1;
    }

    /// Whether a finding was there before; true once for each of them.
    fn has(&mut self, found: &Diagnostic, sources: &Sources) -> bool {
        let (file, offset) = place(found, sources);
        let shown = self.shown_up_to.get(&file);
        let is_shown_now = shown.is_some_and(|shown| offset >= *shown);
        let use_up = |count: &mut usize| {
            let known = *count > 0;
            *count -= usize::from(known);
            known
        };
        let key = (found.name, file, offset);
        let text = (found.name, text(found, sources).to_owned());
        self.at_place.get_mut(&key).is_some_and(use_up)
            || self.by_text.get_mut(&text).is_some_and(use_up)
            || is_shown_now
    }
}

/// File and offset of a finding; the start of a file without a name if it has no place.
fn place(found: &Diagnostic, sources: &Sources) -> (String, u32) {
    found.span().map_or_else(Default::default, |span| {
        (sources.get(span.source).name().to_owned(), span.start)
    })
}

fn text<'s>(found: &Diagnostic, sources: &'s Sources) -> &'s str {
    found.span().map_or("", |span| sources.slice(span))
}

/// A number that has another result in a view, if there is one.
fn other_result(old: &DialPlan, new: &DialPlan) -> Option<Objection> {
    let mut seen = HashSet::new();
    if old.sites().len() != new.sites().len() || old.emergency() != new.emergency() {
        return Some(Objection::Views);
    }
    for (old, new) in old.views().zip(new.views()) {
        if (old.name(), old.networks()) != (new.name(), new.networks()) {
            return Some(Objection::Views);
        }
        for kind in ListKind::ALL {
            let (old, new) = (old.list(kind), new.list(kind));
            let is_first = seen.insert((Arc::as_ptr(old), Arc::as_ptr(new)));
            let (old, new) = (old.rules().rules(), new.rules().rules());
            if !is_first || old == new {
                continue;
            }
            if let Some(difference) = first_difference(old, new, Domain::Dialable) {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                return Some(Objection::Result {
                    number: text(&difference.witness),
                    old: text(&difference.old_result),
                    new: text(&difference.new_result),
                });
            }
        }
    }
    None
}

/// A test that passed before and fails now.
fn failed_test(old: &DialPlan, new: &DialPlan) -> Option<Objection> {
    let pairs = run_tests(old).into_iter().zip(run_tests(new));
    let failed = pairs
        .filter(|(before, after)| before.passed() && !after.passed())
        .map(|(_, after)| after.span)
        .next()?;
    let file = new.sources().get(failed.source).name().to_owned();
    Some(Objection::Test { file, offset: failed.start })
}
