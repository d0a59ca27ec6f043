//! The file `SHA256SUMS` of a folder: which content adrc wrote into which file.
//!
//! While files are written, a file has two lines: the hash of its old content and that of the new
//! one. If the run fails, the next one knows both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use adr_bundle::sha256;

/// The first line. `sha256sum` reads it as a comment.
const FIRST_LINE: &str = "# Written by adrc provision.";

/// Characters of a hash.
const HASH_CHARACTERS: usize = 64;

/// Hashes of the contents that adrc wrote, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record(BTreeMap<String, BTreeSet<String>>);

impl Record {
    /// Reads the file; `None` if adrc did not write it.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return None;
        }
        let mut record = Self::default();
        for line in lines {
            let (hash, path) = line.split_once("  ")?;
            let is_hash = hash.len() == HASH_CHARACTERS
                && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !is_hash || !is_inside(path) {
                return None;
            }
            record.add(path, hash.to_owned());
        }
        Some(record)
    }

    /// The text of the file.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        for (path, hashes) in &self.0 {
            text.extend(hashes.iter().map(|hash| format!("{hash}  {path}\n")));
        }
        text
    }

    /// Adds a content of a file.
    pub(super) fn add(&mut self, path: &str, hash: String) {
        self.0.entry(path.to_owned()).or_default().insert(hash);
    }

    /// Makes this the only content of a file.
    pub(super) fn set(&mut self, path: &str, hash: String) {
        self.0.insert(path.to_owned(), BTreeSet::from([hash]));
    }

    /// Removes files that do not exist any longer.
    pub(super) fn retain(&mut self, exists: impl Fn(&str) -> bool) {
        self.0.retain(|path, _| exists(path));
    }

    /// Whether adrc wrote this content.
    pub(super) fn has(&self, path: &str, content: &[u8]) -> bool {
        self.0.get(path).is_some_and(|hashes| hashes.contains(&sha256(content)))
    }

    /// The paths, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Whether a path stays below the folder.
pub(super) fn is_inside(path: &str) -> bool {
    let is_name = |part: Component<'_>| matches!(part, Component::Normal(_));
    !path.is_empty() && Path::new(path).components().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_is_read_back_and_other_text_is_not() {
        let mut record = Record::default();
        record.add("a", sha256(b"1"));
        record.add("a", sha256(b"2"));
        record.add("sites/b c/a", sha256(b"3"));
        let text = record.text();
        assert_eq!(Record::parse(text.as_bytes()), Some(record.clone()));
        assert!(record.has("a", b"1") && record.has("a", b"2") && !record.has("a", b"3"));
        let line = format!("{}  a\n", sha256(b"1"));
        for other in [
            String::new(),
            line.clone(),
            format!("{text}ours\n"),
            format!("{text}00  a\n"),
            format!("{text}{}  ../a\n", sha256(b"1")),
            text.replace('#', ""),
        ] {
            assert_eq!(Record::parse(other.as_bytes()), None, "{other}");
        }
    }
}
