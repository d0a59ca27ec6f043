//! What servers tell client cores, and what cores report; see docs/protocol.md.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::manifest::Manifest;

/// The name under which the signature on a manifest lies beside it.
pub const SIGNATURE_FILE_NAME: &str = "manifest.json.minisig";

/// What a core asks for, by the names under which it does: the manifest, the signature on it, and the files of rules.
pub const CORE_FILES: [&str; 4] = [
    Manifest::FILE_NAME,
    SIGNATURE_FILE_NAME,
    "CUPC/AppDialRules.xml",
    "CUPC/DirLookupDialRules.xml",
];

/// Most bytes of an event that a core holds.
pub const EVENT_BYTES: usize = 64 * 1024;

/// Most bytes of a report.
pub const REPORT_BYTES: usize = 4096;

/// Most characters of a refusal's detail.
pub const DETAIL_CHARACTERS: usize = 200;

/// What is current: everything that a signal carries. The default says that nothing is published yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The current generation; 0 when nothing is published yet.
    pub generation: u64,
    /// SHA-256 of the manifest's bytes, lower-case hexadecimal; empty when nothing is published yet.
    pub sha256: String,
    /// Milliseconds over which cores spread their fetches; 0 to fetch at once.
    pub window: u64,
}

impl State {
    /// One line of JSON, without a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How long the core of this name waits before it fetches: its place in the window, the same each time for one
    /// generation, and evenly spread over names. Always less than the window.
    #[must_use]
    pub fn delay(&self, client: &str) -> Duration {
        let place = Sha256::digest(format!("{client}\n{}", self.generation));
        let place = place
            .iter()
            .take(8)
            .fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        let delay = (u128::from(self.window) * u128::from(place)) >> u64::BITS;
        Duration::from_millis(u64::try_from(delay).unwrap_or(u64::MAX))
    }
}

/// A state as an event tells it: with the files of that generation, where they are small and everybody would ask for them at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// What is current.
    #[serde(flatten)]
    pub state: State,
    /// Files by the names under which the client could ask for them; none, or all of [`CORE_FILES`] that there are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

impl Announcement {
    /// The event that announces it, with its final empty line.
    ///
    /// ```
    /// use adr_tree::{Announcement, State};
    ///
    /// let state = State { generation: 7, sha256: "5d0c".into(), window: 0 };
    /// let mut announcement = Announcement::from(state);
    /// assert_eq!(
    ///     announcement.to_event(),
    ///     "id: 7\nevent: state\ndata: {\"generation\":7,\"sha256\":\"5d0c\",\"window\":0}\n\n"
    /// );
    /// announcement.files.insert("manifest.json".into(), "{}\n".into());
    /// assert!(announcement.to_event().ends_with(",\"files\":{\"manifest.json\":\"{}\\n\"}}\n\n"));
    /// ```
    #[must_use]
    pub fn to_event(&self) -> String {
        let generation = self.state.generation;
        let data = serde_json::to_string(self).unwrap_or_default();
        format!("id: {generation}\nevent: state\ndata: {data}\n\n")
    }
}

impl From<State> for Announcement {
    /// Without files.
    fn from(state: State) -> Self {
        Self {
            state,
            files: BTreeMap::new(),
        }
    }
}

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
        && name
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(generation: u64, window: u64) -> State {
        State {
            generation,
            sha256: "ab".into(),
            window,
        }
    }

    #[test]
    fn places_fill_the_window_evenly() {
        let window = 60_000;
        let mut seconds = [0_u32; 60];
        for client in 0..100_000 {
            let delay = state(7, window).delay(&format!("core-{client:08}"));
            seconds[usize::try_from(delay.as_secs()).unwrap()] += 1;
        }
        let mean = 100_000 / 60;
        assert!(
            seconds
                .iter()
                .all(|count| (mean / 2..mean * 2).contains(count)),
            "{seconds:?}"
        );
    }

    #[test]
    fn a_place_is_kept_for_a_generation_and_changes_with_it() {
        let at = |generation| state(generation, 60_000).delay("core-00000001");
        assert_eq!(at(7), at(7));
        assert_ne!(at(7), at(8));
        assert_eq!(state(7, 0).delay("core-00000001"), Duration::ZERO);
        assert!(state(7, u64::MAX).delay("core-00000001") < Duration::from_millis(u64::MAX));
    }

    #[test]
    fn the_formula_is_the_one_of_the_page() {
        // printf 'core-00000001\n7' | sha256sum | cut -c-16
        let digest = 0x3486_9526_0c45_024d_u64;
        let delay = (u128::from(1_000_000_u64) * u128::from(digest)) >> 64;
        let delay = Duration::from_millis(u64::try_from(delay).unwrap());
        assert_eq!(state(7, 1_000_000).delay("core-00000001"), delay);
    }

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
        let text = r#"{"generation":7,"sha256":"ab","window":5,"colour":"red"}"#;
        assert_eq!(serde_json::from_str::<State>(text).unwrap(), state(7, 5));
        let text = r#"{"client":"core-0001","generation":0,"sha256":"","mood":"fine"}"#;
        assert_eq!(serde_json::from_str::<Report>(text).unwrap().refused, None);
    }

    #[test]
    fn files_come_through_an_event_byte_by_byte() {
        let file = "<a b=\"c\">\u{feff}\u{2028}\\ä\0\r\n</a>\n";
        let announcement = Announcement {
            state: state(7, 0),
            files: BTreeMap::from([("CUPC/AppDialRules.xml".to_owned(), file.to_owned())]),
        };
        let event = announcement.to_event();
        let data = event.split('\n').nth(2).unwrap();
        let read: Announcement = serde_json::from_str(&data["data: ".len()..]).unwrap();
        assert_eq!(read, announcement);
        let before = r#"{"generation":7,"sha256":"ab","window":0}"#;
        let read: Announcement = serde_json::from_str(before).unwrap();
        assert_eq!(read, Announcement::from(state(7, 0)));
    }

    #[test]
    fn names_of_cores() {
        assert!(is_client_name("5f3a-0001") && is_client_name(&"a".repeat(64)));
        for name in [
            "",
            "short",
            "Upper-case",
            "with space",
            "new\nline-",
            &"a".repeat(65),
        ] {
            assert!(!is_client_name(name), "{name:?}");
        }
    }
}
