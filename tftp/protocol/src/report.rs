//! What a client core reports to the server that it follows.

use serde::{Deserialize, Serialize};

/// Most bytes of a report.
pub const REPORT_BYTES: usize = 4096;

/// Most characters of a refusal's detail.
pub const DETAIL_CHARACTERS: usize = 200;

/// What a core says it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The core's name: see [`is_client_name`].
    pub client: String,
    /// The generation that it runs; 0 for none.
    pub generation: u64,
    /// SHA-256 of that generation's manifest; empty for none.
    pub sha256: String,
    /// The core's version; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The newest generation that it did not take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// A generation that a core did not take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The generation; 0 where it is not known.
    pub generation: u64,
    /// Why, in one word.
    pub reason: Reason,
    /// One line for people, at most [`DETAIL_CHARACTERS`], without dialled numbers.
    #[serde(default)]
    pub detail: String,
}

/// Why a core did not take a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No server answered.
    Unreachable,
    /// The manifest is not one.
    BadManifest,
    /// A file is not what the manifest says, or no view has these files.
    NotVerified,
    /// No signature, or one that the pinned key did not make.
    BadSignature,
    /// The signature has expired.
    Expired,
    /// The generation is smaller than the one that runs.
    Older,
    /// A client would call a file invalid.
    InvalidFile,
    /// The copy could not be kept on disk.
    Disk,
    /// Anything else; words that this version does not know.
    #[serde(other)]
    Other,
}

impl Reason {
    /// The word on the wire and in metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::BadManifest => "bad-manifest",
            Self::NotVerified => "not-verified",
            Self::BadSignature => "bad-signature",
            Self::Expired => "expired",
            Self::Older => "older",
            Self::InvalidFile => "invalid-file",
            Self::Disk => "disk",
            Self::Other => "other",
        }
    }
}

/// Whether a text may name a core: 8 to 64 characters of `0-9 a-z -`.
#[must_use]
pub fn is_client_name(name: &str) -> bool {
    (8..=64).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_reads_as_its_word_and_unknown_ones_as_other() {
        let read = |word: &str| serde_json::from_str::<Reason>(&format!("\"{word}\"")).unwrap();
        for reason in [
            Reason::Unreachable,
            Reason::BadManifest,
            Reason::NotVerified,
            Reason::BadSignature,
            Reason::Expired,
            Reason::Older,
            Reason::InvalidFile,
            Reason::Disk,
            Reason::Other,
        ] {
            assert_eq!(read(reason.word()), reason);
            let written = serde_json::to_string(&reason).unwrap();
            assert_eq!(written, format!("\"{}\"", reason.word()));
        }
        assert_eq!(read("moonlight"), Reason::Other);
    }

    #[test]
    fn fields_of_later_versions_are_ignored() {
        let text = r#"{"client":"core-0001","generation":0,"sha256":"","mood":"fine"}"#;
        assert_eq!(serde_json::from_str::<Report>(text).unwrap().refused, None);
    }

    #[test]
    fn names_of_cores() {
        assert!(is_client_name("5f3a-0001") && is_client_name(&"a".repeat(64)));
        for name in ["", "short", "Upper-case", "with space", "new\nline-", &"a".repeat(65)] {
            assert!(!is_client_name(name), "{name:?}");
        }
    }
}
