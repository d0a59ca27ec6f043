//! One client core, as the server knows it.

use std::cmp::Reverse;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::core_status::{Freshness, Transport, known_word};
use crate::report::Refusal;

/// Most rows in one answer to `GET /-/clients`.
pub const MAX_ROWS: usize = 1_000;

/// A client core, and what the server knows about it. The default is a core of which nothing is
/// known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRow {
    /// The core's name.
    pub client: String,
    /// The address from which it reported or connected last; `None` if unknown.
    pub address: Option<IpAddr>,
    /// How far it is with the current generation.
    pub state: ClientState,
    /// The generation that it runs according to its last report; 0 for none, or without a report.
    pub generation: u64,
    /// SHA-256 of the manifest of that generation, lower-case hexadecimal; empty for none.
    pub sha256: String,
    /// The core's version; empty if unknown.
    pub version: String,
    /// How it learns of changes: as its open stream or long poll shows, else as it reported.
    #[serde(default, deserialize_with = "known_word")]
    pub transport: Option<Transport>,
    /// Whether its rules may be held back, as it reported.
    #[serde(default, deserialize_with = "known_word")]
    pub freshness: Option<Freshness>,
    /// Seconds since the server last heard of it; 0 while it holds a stream.
    pub last_seen_seconds: u64,
    /// The newest generation that it rejected, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Why it does not run the current generation, or what it rejected: one phrase for people,
    /// without control characters. Empty if there is nothing to say.
    pub reason: String,
    /// The node that knows this; empty if the server knows no other node.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub node: String,
}

impl ClientRow {
    /// Sets the state of a connected core, and the reason, by comparing it with a generation: its
    /// number, and the SHA-256 of its manifest.
    pub fn compare_with(&mut self, (generation, sha256): (u64, &str)) {
        let before = self.state;
        let runs = self.generation == generation && self.sha256 == sha256 && generation > 0;
        self.state = match (runs, &self.refusal) {
            (true, _) => ClientState::Current,
            (false, Some(_)) => ClientState::Refused,
            (false, None) => ClientState::Behind,
        };
        // a core that has not reported runs nothing, and its reason says so
        if before != self.state || self.generation == generation {
            let progress = (!runs).then(|| Self::progress(self.generation, generation));
            self.reason = Self::describe(progress, self.refusal.as_ref());
        }
    }

    /// What a core that reported runs instead of the generation that is served, a phrase.
    #[must_use]
    pub fn progress(generation: u64, served: u64) -> String {
        match generation {
            0 => "runs no generation".to_owned(),
            same if same == served => format!("runs another generation with the number {same}"),
            other => format!("runs generation {other}"),
        }
    }

    /// The reason of a row: why the core does not run what is served, and what it rejected.
    #[must_use]
    pub fn describe(progress: Option<String>, refusal: Option<&Refusal>) -> String {
        let refused = refusal.map(|refusal| {
            let detail = if refusal.detail.is_empty() { "" } else { ", " };
            let (reason, text) = (refusal.reason.word(), &refusal.detail);
            format!("rejected generation {}: {reason}{detail}{text}", refusal.generation)
        });
        let parts: Vec<String> = progress.into_iter().chain(refused).collect();
        parts.join("; ")
    }

    /// Which of two rows about one core counts: that with the greater value. A core is where it is
    /// connected, or else where it was heard of last. If two servers heard of it at the same time,
    /// the one that waits for it counts.
    #[must_use]
    pub fn precedence(&self) -> impl Ord + use<> {
        let is_absent = matches!(self.state, ClientState::Expected | ClientState::Disconnected);
        let is_missing = ClientState::MISSING.contains(&self.state);
        (!is_absent, Reverse(self.last_seen_seconds), is_missing)
    }
}

/// How far a client core is with the current generation of its server.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ClientState {
    /// It runs the current generation: number and SHA-256 are the same.
    Current,
    /// It rejected a generation, and runs another one than the current one.
    Refused,
    /// It was known before the server started, and has 15 minutes to come back.
    Expected,
    /// It closed its stream and did not come back within 10 seconds, or has not reported for 15
    /// minutes. It does not count.
    Disconnected,
    /// It runs another generation, or has not reported yet. Also any word that this version does
    /// not know.
    #[default]
    #[serde(other)]
    Behind,
}

impl ClientState {
    /// All states.
    pub const ALL: [Self; 5] =
        [Self::Current, Self::Behind, Self::Refused, Self::Expected, Self::Disconnected];

    /// The states of cores that `--wait` waits for.
    pub const MISSING: [Self; 3] = [Self::Behind, Self::Refused, Self::Expected];

    /// The word in JSON and in queries.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Behind => "behind",
            Self::Refused => "refused",
            Self::Expected => "expected",
            Self::Disconnected => "disconnected",
        }
    }

    /// The state with this word.
    ///
    /// ```
    /// use adr_protocol::ClientState;
    ///
    /// assert_eq!(ClientState::of_word("behind"), Some(ClientState::Behind));
    /// assert_eq!(ClientState::of_word("asleep"), None);
    /// ```
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_reads_back_from_its_word() {
        for state in ClientState::ALL {
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(json, format!("\"{}\"", state.word()));
            assert_eq!(serde_json::from_str::<ClientState>(&json).unwrap(), state);
            assert_eq!(ClientState::of_word(state.word()), Some(state));
        }
        assert_eq!(
            serde_json::from_str::<ClientState>("\"later\"").unwrap(),
            ClientState::Behind,
            "an unknown state is not success"
        );
    }
}
