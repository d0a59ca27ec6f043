//! `record.json`: when a generation was published, and whether it is a rollback.

use adr_bundle::Manifest;
use serde::{Deserialize, Serialize};

use super::annotation::Annotation;
use super::content::manifest_content_sha256;

/// The format version of the records that are written. Version 1, which called
/// [`Record::blocked`] `held` and [`Record::renewal_of`] `again`, is read as well.
const FORMAT_VERSION: u32 = 2;

/// The name of the record's file.
pub(crate) const RECORD_FILE_NAME: &str = "record.json";

/// Whether a text is a record.
pub(crate) fn is_record(text: &[u8]) -> bool {
    Record::parse(text).is_some()
}

/// The record of a generation, a file beside its manifest. It is not part of the content and
/// is never served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    format_version: u32,
    /// When it was published, in seconds since 1970 by the publisher's clock.
    pub(super) published: u64,
    /// Version of the adrc that published it; empty in records of versions that kept it in the
    /// manifest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) tool: String,
    /// The rollback that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rollback: Option<Rollback>,
    /// What was rolled back since the last publication by hand or the last change of the rules.
    #[serde(default, alias = "held", skip_serializing_if = "Vec::is_empty")]
    pub(super) blocked: Vec<BlockedContent>,
    /// The first generation that was published with the same content; set if this one was published
    /// only because a signature expired or a file was damaged.
    #[serde(default, alias = "again", skip_serializing_if = "Option::is_none")]
    pub(super) renewal_of: Option<u64>,
    /// The key of the sources it was made from, see [`super::SourcesIdentity`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sources: Option<String>,
    /// Who published the content, from which commit, and why.
    #[serde(default, flatten)]
    pub(super) annotation: Annotation,
}

/// Content that was rolled back. Publishers that honor rollbacks do not publish it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockedContent {
    /// The generation that had this content.
    pub(super) generation: u64,
    /// See [`super::content_sha256`].
    pub(super) content: String,
}

/// The generations of a rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The generation that was current before.
    pub from: u64,
    /// The generation whose content is current again.
    pub to: u64,
}

impl BlockedContent {
    /// The content of a generation, by its manifest.
    pub(super) fn of(generation: u64, manifest: &Manifest) -> Self {
        Self { generation, content: manifest_content_sha256(manifest) }
    }
}

impl Record {
    /// The name of the record's file.
    pub(super) const FILE_NAME: &str = RECORD_FILE_NAME;

    /// The record of new content.
    pub(super) fn new(published: u64) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            published,
            tool: String::new(),
            rollback: None,
            blocked: Vec::new(),
            renewal_of: None,
            sources: None,
            annotation: Annotation::default(),
        }
    }

    /// The record with the key of the sources.
    pub(super) fn of_sources(self, sources: Option<String>) -> Self {
        Self { sources, ..self }
    }

    /// The record with what is known about the publication.
    pub(super) fn annotated(self, annotation: Annotation) -> Self {
        Self { annotation, ..self }
    }

    /// A record that says nothing but when it was published.
    pub(super) fn of_time(&self) -> Self {
        Self::new(self.published)
    }

    /// The record with the version of adrc that publishes.
    pub(super) fn written_by(self, tool: &str) -> Self {
        Self { tool: tool.to_owned(), ..self }
    }

    /// The record of a rollback.
    pub(super) fn of_rollback(
        published: u64,
        rollback: Rollback,
        blocked: Vec<BlockedContent>,
    ) -> Self {
        Self { rollback: Some(rollback), blocked, ..Self::new(published) }
    }

    /// The record of a renewal of `generation`, whose record this is. The renewal of a rollback is
    /// a rollback too, and the annotation is that of the content.
    pub(super) fn renewed(
        self,
        published: u64,
        generation: u64,
        blocked: Vec<BlockedContent>,
    ) -> Self {
        let renewal_of = self.renewal_of.or(Some(generation));
        let (rollback, annotation) = (self.rollback, self.annotation);
        Self { rollback, blocked, renewal_of, annotation, ..Self::new(published) }
    }

    /// The generations whose content is blocked. Old versions of adrc did not list them; then it is
    /// the generation that was rolled back.
    pub(super) fn blocked_generations(&self) -> Vec<u64> {
        match self.rollback {
            Some(rollback) if self.blocked.is_empty() => vec![rollback.from],
            _ => self.blocked.iter().map(|blocked| blocked.generation).collect(),
        }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// `None` if the text is not a record.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_of_version_1_is_read_and_renewed_as_version_2() {
        let text = br#"{"format_version":1,"published":7,"rollback":{"from":2,"to":1},
            "held":[{"generation":2,"content":"00"}],"again":3}"#;
        let record = Record::parse(text).unwrap();
        let blocked = vec![BlockedContent { generation: 2, content: "00".to_owned() }];
        assert_eq!((&record.blocked, record.renewal_of), (&blocked, Some(3)));
        let renewed = record.renewed(8, 4, blocked);
        let expected = r#"{"format_version":2,"published":8,"rollback":{"from":2,"to":1},"blocked":[{"generation":2,"content":"00"}],"renewal_of":3}"#;
        assert_eq!(renewed.to_json(), format!("{expected}\n"));
        assert_eq!(Record::parse(expected.as_bytes()), Some(renewed));
    }
}
