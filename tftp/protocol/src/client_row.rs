//! One client core, as the server knows it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::core_status::{Freshness, Transport, known_word};
use crate::report::Refusal;

/// Most rows in one answer to `GET /-/clients`.
pub const MAX_ROWS: usize = 1_000;

/// A client core, and what the server knows about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The generation that it rejected last, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Why it does not run the current generation, or what it rejected: one phrase for people,
    /// without control characters. Empty if there is nothing to say.
    pub reason: String,
}

/// How far a client core is with the current generation of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
