//! Words about a client core in its reports: how it learns of changes, and whether its rules may be
//! held back.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

/// How a core learns of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A stream of server-sent events.
    Events,
    /// A request that the server answers when something changes.
    LongPoll,
    /// A request for the manifest by HTTP in regular intervals.
    Poll,
    /// The same by TFTP.
    Tftp,
}

impl Transport {
    /// The word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::LongPoll => "long-poll",
            Self::Poll => "poll",
            Self::Tftp => "tftp",
        }
    }
}

/// Whether the rules that a core runs may be held back by somebody between it and its server.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// A server has confirmed lately that they are current.
    #[default]
    Current,
    /// No server has confirmed them for an hour, or for three checks if these are rarer.
    Silent,
    /// Less than a quarter of the lifetime of their signature is left. adrc renews signatures at
    /// half of it.
    Expiring,
    /// Their signature has expired.
    Expired,
}

impl Freshness {
    /// All values, the best first.
    pub const ALL: [Self; 4] = [Self::Current, Self::Silent, Self::Expiring, Self::Expired];

    /// The word in JSON and in metrics.
    ///
    /// ```
    /// assert_eq!(adr_protocol::Freshness::Expiring.word(), "expiring");
    /// ```
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Silent => "silent",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
        }
    }
}

/// Reads a word; one of a later version, or anything else, reads as `None`.
pub(crate) fn known_word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_is_the_one_in_json() {
        for freshness in Freshness::ALL {
            let json = serde_json::to_string(&freshness).unwrap();
            assert_eq!(json, format!("\"{}\"", freshness.word()));
        }
        for transport in [Transport::Events, Transport::LongPoll, Transport::Poll, Transport::Tftp]
        {
            let json = serde_json::to_string(&transport).unwrap();
            assert_eq!(json, format!("\"{}\"", transport.word()));
        }
    }
}
