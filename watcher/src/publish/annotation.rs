//! Who published a generation, from which commit, and why.

use serde::{Deserialize, Serialize};

/// Who published a generation, from which commit, and why. Readers of a folder see it in
/// `record.json` and in `adrc history`; it is never served to clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// Why, in the user's words: one line of at most [`Annotation::MESSAGE_CHARACTERS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The user of the operating system who published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The git commit that the rule sources were read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
}

impl Annotation {
    /// Most characters of a message.
    pub const MESSAGE_CHARACTERS: usize = 500;
}

/// The state of rule sources in a git repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The hash of the commit, hexadecimal.
    pub id: String,
    /// Whether the rule sources differ from the commit.
    pub modified: bool,
}
