//! The value of the key `current`: what is current, and what is kept.

use adr_bundle::sha256;
use adr_watcher::publication::{GenerationDocument, SealedGeneration};
use adr_watcher::publish::Base;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// The version of the format.
const FORMAT_VERSION: u32 = 1;

/// Most generations that are kept.
const MAX_KEPT: usize = 10_000;

/// The value of the key `current`. Its first fields are those of [`adr_protocol::State`], so that a
/// subscriber of announcements reads it in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Current {
    format_version: u32,
    generation: u64,
    sha256: String,
    window: u64,
    /// The generations that are kept, ascending; the current one is the last.
    pub(crate) kept: Vec<Kept>,
}

/// A generation that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) generation: u64,
    /// SHA-256 of its manifest.
    pub(crate) sha256: String,
    /// SHA-256 of its whole document: of two documents with the same manifest, each has a name of
    /// its own, and only one of them is published.
    pub(crate) document: String,
    /// Whether it only renews the signature of another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_renewal: bool,
}

impl Kept {
    /// The entry of a generation, and the bytes of its document as they are stored.
    pub(crate) fn of(sealed: &SealedGeneration) -> (Self, Vec<u8>) {
        let Base { generation, sha256: manifest } = sealed.base();
        let text = serde_json::to_vec(sealed.document()).unwrap_or_default();
        let (document, is_renewal) = (sha256(&text), is_renewal(sealed.document()));
        (Self { generation, sha256: manifest, document, is_renewal }, text)
    }

    /// The name of its document in the object store.
    pub(crate) fn document_name(&self) -> String {
        format!("generation.{}.{}", self.generation, self.document)
    }

    pub(crate) fn base(&self) -> Base {
        Base { generation: self.generation, sha256: self.sha256.clone() }
    }
}

impl Current {
    /// What is current after `next` was published on top of `before`. The newest `keep` generations
    /// are kept; a renewal replaces the renewal before it, as in a folder.
    pub(crate) fn after(before: Option<&Self>, next: Kept, keep: usize, window: u64) -> Self {
        let mut kept = before.map(|before| before.kept.clone()).unwrap_or_default();
        if next.is_renewal && kept.last().is_some_and(|last| last.is_renewal) {
            kept.pop();
        }
        let excess = (kept.len() + 1).saturating_sub(keep.clamp(1, MAX_KEPT));
        kept.drain(..excess.min(kept.len()));
        let (generation, sha256) = (next.generation, next.sha256.clone());
        kept.push(next);
        Self { format_version: FORMAT_VERSION, generation, sha256, window, kept }
    }

    pub(crate) fn base(&self) -> Base {
        Base { generation: self.generation, sha256: self.sha256.clone() }
    }

    /// Whether the current generation is this one, with the same signature and record.
    pub(crate) fn is(&self, generation: &Kept) -> bool {
        self.kept.last() == Some(generation)
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a value, which somebody else may have written.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Version {
            format_version: u32,
        }
        let foreign = |reason: String| Fault::Foreign(format!("the key `current` {reason}"));
        let not_ours = |_| foreign("was not written by adrc".to_owned());
        let Version { format_version } = serde_json::from_slice(text).map_err(not_ours)?;
        if format_version != FORMAT_VERSION {
            let reason = format!("has format {format_version}; this adrc reads {FORMAT_VERSION}");
            return Err(foreign(reason));
        }
        let current: Self = serde_json::from_slice(text).map_err(not_ours)?;
        let is_sorted = current.kept.is_sorted_by(|a, b| a.generation < b.generation);
        let is_last = current.kept.last().is_some_and(|last| last.base() == current.base());
        let are_hashes =
            current.kept.iter().all(|kept| is_sha256(&kept.sha256) && is_sha256(&kept.document));
        if !is_sorted || !is_last || !are_hashes || current.kept.len() > MAX_KEPT {
            return Err(foreign("contradicts itself".to_owned()));
        }
        Ok(current)
    }
}

/// Whether a text is 64 hexadecimal digits in lower case.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a record says that its generation renews another one.
fn is_renewal(document: &GenerationDocument) -> bool {
    #[derive(Deserialize)]
    struct Record {
        #[serde(alias = "again")]
        renewal_of: Option<u64>,
    }
    let record: Option<Record> = serde_json::from_str(&document.record).ok();
    record.is_some_and(|record| record.renewal_of.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(generation: u64, is_renewal: bool) -> Kept {
        let (sha256, document) = (format!("{generation:064x}"), "d".repeat(64));
        Kept { generation, sha256, document, is_renewal }
    }

    fn numbers(current: &Current) -> Vec<u64> {
        current.kept.iter().map(|kept| kept.generation).collect()
    }

    #[test]
    fn newest_generations_are_kept_and_renewals_replace_each_other() {
        let mut current = Current::after(None, kept(1, false), 3, 0);
        for (generation, is_renewal, expected) in [
            (2, false, vec![1, 2]),
            (3, true, vec![1, 2, 3]),
            (4, true, vec![1, 2, 4]),
            (7, false, vec![2, 4, 7]),
        ] {
            current = Current::after(Some(&current), kept(generation, is_renewal), 3, 0);
            assert_eq!(numbers(&current), expected);
            assert_eq!(Current::parse(current.to_json().as_bytes()), Ok(current.clone()));
        }
        let one = Current::after(Some(&current), kept(8, false), 0, 0);
        assert_eq!(numbers(&one), [8]);
    }

    #[test]
    fn value_reads_as_the_state_that_is_announced() {
        let current = Current::after(None, kept(7, false), 3, 60_000);
        let state: adr_protocol::State = serde_json::from_str(&current.to_json()).unwrap();
        assert_eq!((state.generation, state.window), (7, 60_000));
        assert_eq!(state.sha256, current.sha256);
    }

    #[test]
    fn foreign_value_is_rejected() {
        let mut later = Current::after(None, kept(1, false), 3, 0);
        later.format_version = 2;
        let mut torn = Current::after(None, kept(1, false), 3, 0);
        torn.generation = 2;
        let mut short = Current::after(None, kept(1, false), 3, 0);
        short.kept[0].sha256 = "../x".into();
        short.sha256 = "../x".into();
        for text in [later.to_json(), torn.to_json(), short.to_json(), "7".into(), String::new()] {
            assert!(matches!(Current::parse(text.as_bytes()), Err(Fault::Foreign(_))), "{text}");
        }
    }
}
