//! What is known about a generation besides its content: when it was published, and whether it is a rollback.

use serde::{Deserialize, Serialize};

/// The version of the record's form.
const FORMAT_VERSION: u32 = 1;

/// `record.json` beside the manifest of a generation. It is no part of the content, and nobody serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    format_version: u32,
    /// When it was published: seconds since 1970, by the clock of whoever published.
    pub(super) published: u64,
    /// The rollback that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rollback: Option<Rollback>,
}

/// From where to where a rollback went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The generation that was current before.
    pub from: u64,
    /// The generation whose content is current again.
    pub to: u64,
}

impl Record {
    /// The name of the record's file.
    pub(super) const FILE_NAME: &str = "record.json";

    pub(super) fn at(published: u64, rollback: Option<Rollback>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            published,
            rollback,
        }
    }

    pub(super) fn to_json(self) -> String {
        serde_json::to_string(&self).unwrap_or_default() + "\n"
    }

    /// `None` where it is not one: history then shows what the manifest says.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}
