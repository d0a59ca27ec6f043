//! The result of an examination.

use std::cmp::Reverse;

use adr_diagnostic::Severity;

use crate::found::Found;
use crate::step::{Area, Step};

/// The result of an examination.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// What kind of thing was looked at.
    pub area: Area,
    /// What was looked at, such as the gateway.
    pub subject: String,
    /// How each step of the path ended, in the order of [`Area::steps`].
    pub path: Vec<StepOutcome>,
    /// What was found, with the first thing to repair first.
    pub found: Vec<Found>,
    /// What could not be looked at.
    pub unseen: Vec<Unseen>,
    /// The names of causes that could not be judged, although their step was looked at, with the
    /// input that they need.
    pub unjudged: Vec<(&'static str, &'static str)>,
    /// Facts that are normal and look like faults, and results that are not findings: one sentence
    /// each.
    pub remarks: Vec<String>,
    /// Whether anything was looked at. If not, it means nothing that nothing was found.
    pub has_looked: bool,
}

impl Diagnosis {
    /// A diagnosis of what was looked at: for each such step a short fact, which may be empty, and
    /// what the checks found, in their order.
    ///
    /// Findings are sorted: errors by step, then warnings by step, then information by step. A step
    /// with an error is bad, a step with a warning is suspect, and any other step that was looked
    /// at is good. A step that nobody looked at is not reached if a step before it is bad.
    ///
    /// ```
    /// use adr_doctor::{Area, Diagnosis, Outcome, Step};
    ///
    /// let seen = [(Step::Dns, "10.1.1.5".to_owned())];
    /// let diagnosis = Diagnosis::of(Area::Presence, "owa.apps.local", &seen, Vec::new());
    /// assert!(diagnosis.is_healthy());
    /// assert_eq!(diagnosis.outcome(Step::Dns), Some(Outcome::Good));
    /// assert_eq!(diagnosis.outcome(Step::Tcp), Some(Outcome::NotSeen));
    /// ```
    #[must_use]
    pub fn of(
        area: Area,
        subject: impl Into<String>,
        seen: &[(Step, String)],
        mut found: Vec<Found>,
    ) -> Self {
        found.sort_by_key(|one| (Reverse(one.severity), one.cause.step));
        let mut path: Vec<StepOutcome> = Vec::new();
        let mut is_stopped = false;
        for step in area.steps() {
            let looked = seen.iter().find(|(at, _)| at == step);
            let here = found.iter().filter(|one| one.cause.step == *step);
            let outcome = match here.map(|one| one.severity).max() {
                Some(Severity::Error) => Outcome::Bad,
                Some(Severity::Warning) => Outcome::Suspect,
                _ if looked.is_some() || *step == Step::You => Outcome::Good,
                _ if is_stopped => Outcome::NotReached,
                _ => Outcome::NotSeen,
            };
            is_stopped |= outcome == Outcome::Bad;
            let detail = looked.map(|(_, fact)| fact.clone()).unwrap_or_default();
            path.push(StepOutcome { step: *step, outcome, was_seen: looked.is_some(), detail });
        }
        let (subject, has_looked) = (subject.into(), !seen.is_empty() || !found.is_empty());
        let (unseen, unjudged, remarks) = (Vec::new(), Vec::new(), Vec::new());
        Self { area, subject, path, found, unseen, unjudged, remarks, has_looked }
    }

    /// How a step of the path ended; `None` for a step of another path.
    #[must_use]
    pub fn outcome(&self, step: Step) -> Option<Outcome> {
        self.path.iter().find(|at| at.step == step).map(|at| at.outcome)
    }

    /// Whether a step of the path was looked at itself; false for a step of another path.
    #[must_use]
    pub fn was_seen(&self, step: Step) -> bool {
        self.path.iter().any(|at| at.step == step && at.was_seen)
    }

    /// Whether there are neither errors nor warnings.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.worst().is_none_or(|worst| worst == Severity::Information)
    }

    /// The names of what was found, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.found.iter().map(|found| found.cause.finding.name).collect()
    }

    /// Why a finding comes before the next one, as a sentence without a final stop; `None` for the
    /// last finding, and for information.
    #[must_use]
    pub fn why_before_next(&self, number: usize) -> Option<String> {
        let (this, next) = (self.found.get(number)?, self.found.get(number + 1)?);
        if next.severity == Severity::Information {
            return None;
        }
        let (at, after) = (this.cause.step.title(), next.cause.step.title());
        let later = next.cause.finding.name;
        if this.severity > next.severity {
            return Some(format!("`{later}` is a warning, and errors come before warnings"));
        }
        Some(match this.cause.step == next.cause.step {
            false if self.stops_at(this.cause.step) => format!(
                "the step {at} comes before the step {after}, and no later step of the path was \
                 reached"
            ),
            false => format!("the step {at} comes before the step {after}"),
            true if this.cause == next.cause => {
                format!("both are `{later}`, in the order in which they were seen")
            }
            true => format!("`{later}` is at the same step and may end with it"),
        })
    }

    /// Whether there are steps of the path after one, and none of them was reached.
    fn stops_at(&self, step: Step) -> bool {
        let place = self.path.iter().position(|at| at.step == step);
        let later = place.map(|place| &self.path[place + 1..]).unwrap_or_default();
        !later.is_empty() && later.iter().all(|at| at.outcome == Outcome::NotReached)
    }

    /// The worst severity of what was found.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.found.iter().map(|found| found.severity).max()
    }
}

/// How a step of the path ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutcome {
    /// The step.
    pub step: Step,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it was looked at itself. A finding at a step may come from what was seen before it.
    pub was_seen: bool,
    /// A short fact beside the step, such as `10.1.1.5 in 3 ms`; may be empty.
    pub detail: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was looked at, and nothing stops there.
    Good,
    /// A warning concerns it, and nothing stops there for certain.
    Suspect,
    /// Something stops there.
    Bad,
    /// An earlier step stops before it.
    NotReached,
    /// Nobody asked for it, or it cannot be seen from here; [`Diagnosis::unseen`] says why.
    NotSeen,
}

impl Outcome {
    /// A word for programs: `good`, `suspect`, `bad`, `not-reached` or `not-seen`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Suspect => "suspect",
            Self::Bad => "bad",
            Self::NotReached => "not-reached",
            Self::NotSeen => "not-seen",
        }
    }
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What, such as "permissions of the account".
    pub what: String,
    /// Why, and what would make it visible: "no account is given; `--account USER` looks at it".
    pub why: String,
}
