//! What was seen of a cluster of nodes.

use serde::{Deserialize, Serialize};

/// Everything that was seen. What was not looked at is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Observations {
    /// The address of the cluster, without passwords.
    pub cluster: String,
    /// Whether the nodes share a folder: then there are no servers of NATS.
    pub is_folder: bool,
    /// Why the cluster did not answer; `None` if it did.
    pub failure: Option<Failure>,
    /// How many servers of NATS there are; `None` if that is not known.
    pub servers: Option<usize>,
    /// The buckets of the cluster.
    pub buckets: Vec<Bucket>,
    /// The current generation, read after the reports of the nodes; `None` if there is none, or the
    /// cluster did not answer.
    pub current: Option<Current>,
    /// The number of the generation that was current before the doctor listened to the nodes, 0 for
    /// none; `None` if it was not looked at.
    pub current_before: Option<u64>,
    /// The nodes that reported within 15 minutes; `None` if the reports were not read.
    pub nodes: Option<Vec<Node>>,
}

/// Why a cluster did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// At which step.
    pub kind: FailureKind,
    /// The reason, a phrase.
    pub reason: String,
}

/// The kinds of failures, in the order of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// No server answered.
    Unreachable,
    /// The handshake of TLS failed.
    Tls,
    /// The login was rejected, or a permission is missing.
    Denied,
    /// The buckets do not exist.
    NotPrepared,
    /// The servers cannot have buckets: JetStream is off.
    #[serde(rename = "no-jetstream")]
    NoJetStream,
    /// A bucket holds something else.
    Foreign,
}

/// A bucket of NATS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// How many copies it should have; `None` if no server says so, because none leads it.
    pub replicas: Option<usize>,
    /// The server that leads; `None` without a quorum.
    pub leader: Option<String>,
    /// The copies besides that of the leader.
    pub copies: Vec<Copy>,
}

/// A copy of a bucket at a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// The server's name.
    pub server: String,
    /// Whether it runs.
    pub is_online: bool,
    /// Whether it has everything.
    pub is_current: bool,
}

/// The current generation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Current {
    /// Its number.
    pub generation: u64,
    /// SHA-256 of its manifest, lower-case hexadecimal.
    pub sha256: String,
    /// What is missing or differs from the manifest, a phrase; `None` if it is whole.
    pub damage: Option<String>,
    /// Why its signature does not verify, a phrase; `None` if it does, or no key was given.
    pub signature: Option<String>,
}

/// A node, by its report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What it serves; 0 for nothing.
    pub generation: u64,
    /// SHA-256 of the manifest of that.
    pub sha256: String,
    /// The version of adrc.
    pub version: String,
    /// Whether it was stopped as planned.
    pub has_ended: bool,
    /// Whether its report did not change while the doctor listened.
    pub is_silent: bool,
    /// The age of its last report in seconds, by the clocks of both.
    pub silent_seconds: u64,
    /// How far its clock is ahead of that of this machine, in seconds; 0 if it is silent.
    pub clock_ahead_seconds: i64,
}

/// Digits of a SHA-256 that messages show.
const DIGITS: usize = 12;

/// The beginning of a SHA-256.
pub(crate) fn short(sha256: &str) -> &str {
    sha256.get(..DIGITS).unwrap_or(sha256)
}

impl Observations {
    /// The reason of a failure of this kind.
    pub(crate) fn failed(&self, kind: FailureKind) -> Option<&String> {
        self.failure.as_ref().filter(|failure| failure.kind == kind).map(|failure| &failure.reason)
    }

    /// Whether what is published can be read: nobody answers for a bucket without a leader.
    pub(crate) fn is_readable(&self) -> bool {
        self.failure.is_none() && self.buckets.iter().all(|bucket| bucket.leader.is_some())
    }

    /// Whether a running node serves a generation that the cluster does not have.
    pub(crate) fn is_foreign(&self, node: &Node) -> bool {
        let (number, sha256) = self.newest();
        let is_other = node.generation == number && node.sha256 != sha256;
        self.failure.is_none()
            && !node.has_ended
            && !node.is_silent
            && node.generation > 0
            && (node.generation > number || is_other)
    }

    /// Whether a running node serves an older generation, or none. A node has time to get one that
    /// was published while the doctor listened.
    pub(crate) fn is_behind(&self, node: &Node) -> bool {
        let (number, _) = self.newest();
        let number = self.current_before.map_or(number, |before| before.min(number));
        self.failure.is_none() && !node.has_ended && !node.is_silent && node.generation < number
    }

    /// The node whose folder has a later generation than the cluster; the latest one of several. A
    /// node that was stopped has its folder too.
    pub(crate) fn latest_ahead(&self) -> Option<&Node> {
        let (number, _) = self.newest();
        let nodes = self.nodes.iter().flatten();
        nodes.filter(|node| node.generation > number).max_by_key(|node| node.generation)
    }

    /// Number and SHA-256 of the current generation.
    fn newest(&self) -> (u64, &str) {
        self.current.as_ref().map_or((0, ""), |current| (current.generation, &current.sha256))
    }

    /// The current generation in words.
    pub(crate) fn current_words(&self) -> String {
        match &self.current {
            Some(Current { generation, sha256, .. }) => {
                format!("generation {generation} with SHA-256 {}", short(sha256))
            }
            None => "none".to_owned(),
        }
    }
}
