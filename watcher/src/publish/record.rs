//! What is known about a generation besides its content: when it was published, and whether it is a
//! rollback.

use adr_bundle::Manifest;
use serde::{Deserialize, Serialize};

use super::sha256_of;

/// The version of the record's form.
const FORMAT_VERSION: u32 = 1;

/// `record.json` beside the manifest of a generation. It is no part of the content, and nobody
/// serves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    format_version: u32,
    /// When it was published: seconds since 1970, by the clock of whoever published.
    pub(super) published: u64,
    /// The rollback that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rollback: Option<Rollback>,
    /// What was rolled back from since somebody last published by hand or changed the rules.
    /// Records of older versions say nothing about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) held: Vec<Held>,
    /// The generation with the same content that was published first; this one is signed or written
    /// anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) again: Option<u64>,
}

/// Content that was rolled back from, and is to stay away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// The generation in which it was current.
    pub(super) generation: u64,
    /// See [`super::content_sha256`].
    pub(super) content: String,
}

/// From where to where a rollback went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The generation that was current before.
    pub from: u64,
    /// The generation whose content is current again.
    pub to: u64,
}

impl Held {
    pub(super) fn of(generation: u64, manifest: &Manifest) -> Self {
        let content = sha256_of(manifest);
        Self { generation, content }
    }
}

impl Record {
    /// The name of the record's file.
    pub(super) const FILE_NAME: &str = "record.json";

    /// A generation that is no rollback.
    pub(super) fn at(published: u64) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            published,
            rollback: None,
            held: Vec::new(),
            again: None,
        }
    }

    /// A rollback that keeps `held` away.
    pub(super) fn of_rollback(published: u64, rollback: Rollback, held: Vec<Held>) -> Self {
        Self { rollback: Some(rollback), held, ..Self::at(published) }
    }

    /// The content of `generation` once more, whose record this is.
    pub(super) fn again(self, published: u64, generation: u64, held: Vec<Held>) -> Self {
        Self { published, held, again: self.again.or(Some(generation)), ..self }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// `None` where it is not one: history then shows what the manifest says.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}
