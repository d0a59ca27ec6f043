//! What adrc asks CUCM, and what the answers hold.

use adr_cucm::axl::{Change, ChangeCursor, ListChange};
use adr_cucm::{CucmRule, FlaggedPatterns, RuleKind};

/// A question to CUCM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Where the change queue ends now.
    Baseline,
    /// What changed since this place: one small request.
    Changes(ChangeCursor),
    /// The lists.
    Lists(Parts),
}

/// A question without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuestionKind {
    Baseline,
    Changes,
    Lists,
}

impl Question {
    pub(super) fn kind(&self) -> QuestionKind {
        match self {
            Self::Baseline => QuestionKind::Baseline,
            Self::Changes(_) => QuestionKind::Changes,
            Self::Lists(_) => QuestionKind::Lists,
        }
    }
}

/// What adrc reads of CUCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The dial rules of both kinds.
    pub rules: bool,
    /// Route and translation patterns, for their emergency flags.
    pub patterns: bool,
}

impl Parts {
    /// Everything.
    pub const ALL: Self = Self { rules: true, patterns: true };

    /// Whether there is anything to read.
    #[must_use]
    pub fn any(self) -> bool {
        self.rules || self.patterns
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self { rules: self.rules || other.rules, patterns: self.patterns || other.patterns }
    }

    /// What changes affect. A change of an unknown type may affect everything.
    pub(super) fn changed_by(changes: &[Change]) -> Self {
        let of_rules = RuleKind::ALL.map(RuleKind::operation_name);
        let part = |change: &Change| {
            let kind = change.kind.as_str();
            let (rules, patterns) = (of_rules.contains(&kind), PATTERN_TYPES.contains(&kind));
            Self { rules: rules || !patterns, patterns: patterns || !rules }
        };
        let nothing = Self { rules: false, patterns: false };
        changes.iter().map(part).fold(nothing, Self::or)
    }
}

/// The types of the change queue that hold emergency flags.
const PATTERN_TYPES: [&str; 2] = ["RoutePattern", "TransPattern"];

/// The question about changes of everything that adrc reads.
pub(super) fn list_change(since: Option<ChangeCursor>) -> ListChange {
    let mut question = ListChange::of_rules(since);
    question.types.extend(PATTERN_TYPES.map(str::to_owned));
    question
}

/// The lists as read, without what was not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    pub(super) rules: Option<Vec<CucmRule>>,
    pub(super) flagged: Option<FlaggedPatterns>,
}

impl Lists {
    /// The lists in the order of the answers, which CUCM does not promise.
    #[must_use]
    pub fn new(rules: Option<Vec<CucmRule>>, flagged: Option<FlaggedPatterns>) -> Self {
        let rules = rules.map(|mut rules| {
            rules.sort_by(|a, b| {
                let by_key = (a.kind, &a.uuid).cmp(&(b.kind, &b.uuid));
                by_key.then_with(|| a.name.cmp(&b.name))
            });
            rules
        });
        Self { rules, flagged }
    }
}
