//! What the admin port asks of the process that serves, because the server itself neither publishes
//! nor reads rules.

use std::fmt::Debug;
use std::time::SystemTime;

/// Answers what only the process around a server knows. Every method may block: the admin port
/// calls them in threads of their own, a few at a time, and stops waiting after some seconds.
///
/// The unit type is the backend of a process that knows nothing more.
///
/// ```
/// use adr_server::Backend;
///
/// assert!(().history(10).is_none());
/// ```
pub trait Backend: Debug + Send + Sync {
    /// The newest `most` generations of the published folder, and what rollbacks block there;
    /// `None` if the process serves no published folder. The error is a sentence for the page.
    fn history(&self, most: usize) -> Option<Result<History, String>> {
        let _ = most;
        None
    }

    /// Applies the rules of a published file to a number. `None` if the process cannot read rules;
    /// the page then has no form for numbers.
    fn dial(&self, trial: &Trial<'_>) -> Option<Trace> {
        let _ = trial;
        None
    }

    /// Whether [`dial`](Self::dial) answers.
    fn can_dial(&self) -> bool {
        false
    }
}

impl Backend for () {}

/// The generations of a published folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The newest first.
    pub generations: Vec<PastGeneration>,
    /// What rollbacks block; `None` if nothing.
    pub blocked: Option<BlockedByRollback>,
}

/// A generation that the published folder keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastGeneration {
    /// Its number.
    pub generation: u64,
    /// When it was published; `None` if unknown.
    pub published: Option<SystemTime>,
    /// Why it was published, in the words of the person who did it.
    pub message: Option<String>,
    /// The user who published it.
    pub user: Option<String>,
    /// The commit of its rules; a final `+` stands for changes after the commit.
    pub commit: Option<String>,
    /// What else is known, for example that it is a rollback; may be empty.
    pub remark: String,
    /// Whether readers of the folder see it now.
    pub is_current: bool,
}

/// Generations that were rolled back. adrc does not publish their content again by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedByRollback {
    /// Their numbers.
    pub generations: Vec<u64>,
    /// When the last of them was rolled back; `None` if unknown.
    pub since: Option<SystemTime>,
}

/// A number to apply rules to. It is neither logged nor counted anywhere.
#[derive(Clone, Copy)]
pub struct Trial<'t> {
    /// Name of the file with the rules.
    pub file: &'t str,
    /// Its content.
    pub content: &'t [u8],
    /// The number as typed.
    pub number: &'t str,
}

/// The effect of rules on a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The number without spaces and punctuation.
    pub cleaned: String,
    /// What a client dials or looks up.
    pub result: String,
    /// What else is to say about the number or the file, one sentence each.
    pub remarks: Vec<String>,
    /// The rules above the one that decides, and then that rule.
    pub steps: Vec<TraceStep>,
    /// How many rules above the deciding one are not among the steps.
    pub omitted: usize,
}

/// A rule of a [`Trace`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceStep {
    /// Its position in the file, from 1.
    pub position: usize,
    /// Its place, `FILE:LINE`.
    pub place: String,
    /// Which numbers it matches, and what it does.
    pub rule: String,
    /// Whether it decides.
    pub wins: bool,
    /// What it did to the number, or why it does not match.
    pub reason: String,
}
