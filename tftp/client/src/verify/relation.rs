//! How the manifest of a server relates to the running one: the table that decides whether a core
//! may follow that server, and whether it replaces its rules.
//!
//! | number | manifest | content | relation |
//! |---|---|---|---|
//! | greater | | | [`Newer`](Relation::Newer) |
//! | equal | equal | | [`Same`](Relation::Same) |
//! | equal | differs | equal | [`SameRules`](Relation::SameRules) |
//! | equal | differs | differs | [`Conflict`](Relation::Conflict) |
//! | smaller | | equal | [`SameRules`](Relation::SameRules) |
//! | smaller | | differs | [`Older`](Relation::Older) |
//!
//! The content is everything but the number of the generation and the version of the adrc that
//! wrote the manifest. A greater number always counts, also with equal content: a core that kept
//! its smaller one would later accept a generation between the two.

use std::cmp::Ordering;

use adr_bundle::Manifest;
use adr_protocol::State;

use crate::snapshot::Provenance;

/// A generation of a server: its number, and the manifest that has it. Nodes that do not publish
/// into one sequence may have equal rules under different identities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The number of the generation.
    pub generation: u64,
    /// SHA-256 of the manifest, lower-case hexadecimal; empty if it is not known.
    pub sha256: String,
}

impl Identity {
    /// Whether both name the same generation. An unknown manifest counts as the same.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let is_unknown = self.sha256.is_empty() || other.sha256.is_empty();
        self.generation == other.generation && (is_unknown || self.sha256 == other.sha256)
    }
}

impl From<&State> for Identity {
    fn from(state: &State) -> Self {
        Self { generation: state.generation, sha256: state.sha256.clone() }
    }
}

/// How the manifest of a server relates to the running one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// A later generation, which may replace the running one.
    Newer,
    /// The running generation.
    Same,
    /// The running rules under another identity. The core keeps the identity that it has.
    SameRules,
    /// An older generation with other rules, which never replaces the running one.
    Older,
    /// Other rules under the number of the running generation.
    Conflict,
}

/// Decides the relation of a candidate to what runs. `has_same_content` is called only if it
/// matters.
///
/// ```
/// use adr_client::verify::{Identity, Relation, relation};
///
/// let identity = |generation, sha256: &str| Identity { generation, sha256: sha256.into() };
/// let running = identity(7, "5d0c");
/// assert_eq!(relation(&identity(8, "91ab"), &running, || false), Relation::Newer);
/// assert_eq!(relation(&identity(6, "91ab"), &running, || true), Relation::SameRules);
/// assert_eq!(relation(&identity(6, "91ab"), &running, || false), Relation::Older);
/// ```
#[must_use]
pub fn relation(
    candidate: &Identity,
    running: &Identity,
    has_same_content: impl FnOnce() -> bool,
) -> Relation {
    match candidate.generation.cmp(&running.generation) {
        Ordering::Greater => Relation::Newer,
        Ordering::Equal if candidate.sha256 == running.sha256 => Relation::Same,
        order => match (has_same_content(), order) {
            (true, _) => Relation::SameRules,
            (false, Ordering::Equal) => Relation::Conflict,
            (false, _) => Relation::Older,
        },
    }
}

/// Whether a manifest has the content of the running one.
pub(super) fn has_content_of(candidate: &Manifest, running: &Provenance) -> bool {
    let running = Manifest::parse(&running.manifest);
    running.is_ok_and(|running| candidate.same_content(&running))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(generation: u64, sha256: &str) -> Identity {
        Identity { generation, sha256: sha256.to_owned() }
    }

    #[test]
    fn relation_follows_its_table() {
        let table = [
            (8, "other", false, Relation::Newer),
            (8, "other", true, Relation::Newer),
            (7, "running", true, Relation::Same),
            (7, "running", false, Relation::Same),
            (7, "other", true, Relation::SameRules),
            (7, "other", false, Relation::Conflict),
            (6, "other", true, Relation::SameRules),
            (6, "other", false, Relation::Older),
            (0, "", false, Relation::Older),
        ];
        for (generation, sha256, has_same_content, expected) in table {
            let found = relation(&identity(generation, sha256), &identity(7, "running"), || {
                has_same_content
            });
            assert_eq!(found, expected, "{generation} {sha256} {has_same_content}");
        }
    }

    #[test]
    fn unknown_manifest_is_compared_by_its_number() {
        assert!(identity(7, "").is(&identity(7, "a")) && identity(7, "a").is(&identity(7, "a")));
        assert!(!identity(7, "a").is(&identity(7, "b")) && !identity(7, "").is(&identity(6, "")));
    }
}
