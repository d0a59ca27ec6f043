//! Reports of a client core to the server that it follows.

use serde::{Deserialize, Serialize};

use crate::core_status::{Freshness, Transport, known_word};

/// Largest report in bytes.
pub const REPORT_BYTES: usize = 4096;

/// Longest detail of a refusal, in characters.
pub const DETAIL_CHARACTERS: usize = 200;

/// The generation that a core runs, and the one that it refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The core's name; see [`is_client_name`].
    pub client: String,
    /// The running generation; 0 for none.
    pub generation: u64,
    /// SHA-256 of its manifest, lower-case hexadecimal; empty for none.
    pub sha256: String,
    /// The core's version; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// How it learns of changes. A word of a later version reads as `None`.
    #[serde(default, deserialize_with = "known_word", skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    /// Whether its rules may be held back. A word of a later version reads as `None`.
    #[serde(default, deserialize_with = "known_word", skip_serializing_if = "Option::is_none")]
    pub freshness: Option<Freshness>,
    /// The newest generation that the core refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// A generation that a core refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The generation; 0 if unknown.
    pub generation: u64,
    /// Why.
    pub reason: Reason,
    /// One line for administrators, at most [`DETAIL_CHARACTERS`], without dialed numbers.
    #[serde(default)]
    pub detail: String,
}

/// Why a core refused a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No server answered.
    Unreachable,
    /// The manifest is malformed.
    BadManifest,
    /// A file differs from the manifest, or no view has these files.
    NotVerified,
    /// The signature is missing, or was not made with the pinned key.
    BadSignature,
    /// The signature has expired.
    Expired,
    /// The generation is older than the running one.
    Older,
    /// A client would reject a file as invalid.
    InvalidFile,
    /// The copy could not be written to disk.
    Disk,
    /// Any other reason, or a word that this version does not know.
    #[serde(other)]
    Other,
}

impl Reason {
    /// The word in JSON and in metrics.
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

    /// Whether a core refuses the generation for this reason until another one is published. For
    /// any other reason a core tries again within seconds and may succeed.
    ///
    /// ```
    /// use adr_protocol::Reason;
    ///
    /// assert!(Reason::BadSignature.is_lasting());
    /// assert!(!Reason::Unreachable.is_lasting());
    /// ```
    #[must_use]
    pub fn is_lasting(self) -> bool {
        match self {
            Self::BadSignature | Self::Expired | Self::Older | Self::InvalidFile => true,
            // without a manifest, a core does not know which generation it did not get
            Self::Unreachable
            | Self::BadManifest
            | Self::NotVerified
            | Self::Disk
            | Self::Other => false,
        }
    }
}

/// Whether a text is a valid name of a core: 8 to 64 characters of `0-9 a-z -`.
#[must_use]
pub fn is_client_name(name: &str) -> bool {
    (8..=64).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_reads_back_from_its_word_and_unknown_words_as_other() {
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
    fn unknown_fields_of_later_versions_are_ignored() {
        let text = r#"{"client":"core-0001","generation":0,"sha256":"","mood":"fine",
            "transport":"pigeon","freshness":7}"#;
        let report = serde_json::from_str::<Report>(text).unwrap();
        assert_eq!((report.refused, report.transport, report.freshness), (None, None, None));
    }

    #[test]
    fn client_name_has_8_to_64_allowed_characters() {
        assert!(is_client_name("5f3a-0001") && is_client_name(&"a".repeat(64)));
        for name in ["", "short", "Upper-case", "with space", "new\nline-", &"a".repeat(65)] {
            assert!(!is_client_name(name), "{name:?}");
        }
    }
}
