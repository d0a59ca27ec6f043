//! Why a push did not succeed.

use std::fmt;

use adr_cucm::{CucmRule, RuleKind, SchemaVersion};
use adr_cucm_client::CallError;
use adr_push::PlanError;

use super::journal::JournalError;
use crate::emergency::EmergencyRewritten;

/// Why a push did not succeed. The message is one line; [`help`](Self::help) says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The lists cannot be read.
    #[error(transparent)]
    Read(#[from] CallError),
    /// The release has no usable operations for dial rules.
    #[error("CUCM speaks AXL {version}, which cannot change dial rules")]
    OldRelease {
        /// The AXL version.
        version: SchemaVersion,
    },
    /// The dial plan breaks emergency calls of the cluster.
    #[error(transparent)]
    Emergency(#[from] EmergencyRewritten),
    /// A rule in CUCM is not one.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The record of the push cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is no unfinished push.
    #[error("no push to this cluster is unfinished")]
    NothingToUndo,
    /// Somebody else changed rules after the plan was made.
    #[error("{difference}: somebody changed rules in CUCM after the plan was made")]
    Changed {
        /// The first difference from the plan.
        difference: Difference,
    },
    /// Somebody else changed rules during the push.
    #[error(
        "{difference}: somebody changed rules in CUCM during the push, after {done} of {total} calls"
    )]
    ChangedMeanwhile {
        /// The first difference from the plan.
        difference: Difference,
        /// How many calls succeeded.
        done: usize,
        /// How many calls there are.
        total: usize,
    },
    /// A call failed.
    #[error("call {} of {total}, to {what}: {source}", done + 1)]
    Call {
        /// How many calls succeeded.
        done: usize,
        /// How many calls there are.
        total: usize,
        /// What the call is to do.
        what: String,
        /// Why it failed.
        source: CallError,
    },
    /// The lists cannot be read after a call that may have succeeded, or after the last one.
    #[error("after {done} of {total} calls, the rules cannot be read back: {source}")]
    ReadBack {
        /// How many calls succeeded for certain.
        done: usize,
        /// How many calls there are.
        total: usize,
        /// Why.
        source: CallError,
    },
    /// All calls succeeded, but CUCM holds other lists.
    #[error("{difference}: CUCM answered every call, but holds other rules")]
    Mismatch {
        /// The first difference from the plan.
        difference: Difference,
    },
}

/// The first place at which a list of CUCM differs from an expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The list.
    pub kind: RuleKind,
    /// The place, from 1.
    pub place: usize,
    /// The name of the expected rule; `None` if the list should be shorter.
    pub expected: Option<String>,
    /// The name of the rule in CUCM; `None` if the list is shorter.
    pub found: Option<String>,
}

impl PushError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        const RESUME: &str =
            "`adrc push` again resumes the push, and `adrc push --rollback` goes back";
        match self {
            Self::Read(error) => error.help().to_owned(),
            Self::OldRelease { .. } => {
                "CUCM 10.0 or newer is needed; use `adrc deploy` or `adrc serve` instead".to_owned()
            }
            Self::Emergency(error) => error.help(),
            Self::Plan(error) => error.help().to_owned(),
            Self::Journal(error) => error.help(),
            Self::NothingToUndo => {
                "to go back after a finished push, push the earlier dial plan".to_owned()
            }
            Self::Changed { .. } => {
                "nothing is changed; run it again, and review the plan".to_owned()
            }
            Self::Call { source, .. } | Self::ReadBack { source, .. } => {
                format!("{}; {RESUME}", source.help())
            }
            Self::ChangedMeanwhile { .. } | Self::Mismatch { .. } => {
                format!("agree on who edits the rules; {RESUME}")
            }
        }
    }

    /// Whether somebody else works on the same rules.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Changed { .. }
                | Self::ChangedMeanwhile { .. }
                | Self::Journal(JournalError::InUse { .. })
        )
    }
}

impl Difference {
    /// The first difference between an expected list and the one in CUCM, both in order. Keys are
    /// compared where the expected record has one.
    pub(super) fn first(kind: RuleKind, expected: &[CucmRule], found: &[CucmRule]) -> Option<Self> {
        let is_same = |expected: &CucmRule, found: &CucmRule| {
            let uuid = expected.uuid.clone().or_else(|| found.uuid.clone());
            CucmRule { uuid, ..expected.clone() } == *found
        };
        let longest = expected.len().max(found.len());
        let at = (0..longest).find(|at| match (expected.get(*at), found.get(*at)) {
            (Some(expected), Some(found)) => !is_same(expected, found),
            _ => true,
        })?;
        let name = |list: &[CucmRule]| list.get(at).map(|rule| rule.name.clone());
        Some(Self { kind, place: at + 1, expected: name(expected), found: name(found) })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            RuleKind::Application => "application",
            RuleKind::DirectoryLookup => "directory lookup",
        };
        write!(f, "{kind} rule {}: ", self.place)?;
        match (&self.expected, &self.found) {
            (Some(expected), Some(found)) if expected == found => {
                write!(f, "`{}` has other values", found.escape_debug())
            }
            (Some(expected), Some(found)) => write!(
                f,
                "CUCM has `{}` in place of `{}`",
                found.escape_debug(),
                expected.escape_debug()
            ),
            (Some(expected), None) => {
                write!(f, "CUCM does not have `{}`", expected.escape_debug())
            }
            (None, Some(found)) => write!(f, "CUCM also has `{}`", found.escape_debug()),
            (None, None) => f.write_str("the lists differ"),
        }
    }
}
