//! The current generation of a server, and when a client core fetches it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The subject of NATS on which the nodes of a cluster publish each [`State`] as one line of JSON.
pub const STATE_SUBJECT: &str = "adrc.state";

/// The current generation of a server. The default means that nothing is published yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Number of the generation; 0 if nothing is published yet.
    pub generation: u64,
    /// SHA-256 of the manifest, lower-case hexadecimal; empty if nothing is published yet.
    pub sha256: String,
    /// Milliseconds over which cores spread their fetches; 0, or missing: fetch at once.
    #[serde(default)]
    pub window: u64,
}

impl State {
    /// One line of JSON, without a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How long the core with this name waits before it fetches; always less than the window.
    ///
    /// The delay depends only on the name and the generation, and is spread evenly over names.
    ///
    /// ```
    /// let state = adr_protocol::State { generation: 7, sha256: String::new(), window: 0 };
    /// assert!(state.delay("core-00000001").is_zero());
    /// ```
    #[must_use]
    pub fn delay(&self, client: &str) -> Duration {
        let digest = Sha256::digest(format!("{client}\n{}", self.generation));
        let place = digest.iter().take(8).fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        let delay = (u128::from(self.window) * u128::from(place)) >> u64::BITS;
        Duration::from_millis(u64::try_from(delay).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(generation: u64, window: u64) -> State {
        State { generation, sha256: "ab".into(), window }
    }

    #[test]
    fn delays_fill_the_window_evenly() {
        let window = 60_000;
        let mut seconds = [0_u32; 60];
        for client in 0..100_000 {
            let delay = state(7, window).delay(&format!("core-{client:08}"));
            seconds[usize::try_from(delay.as_secs()).unwrap()] += 1;
        }
        let mean = 100_000 / 60;
        assert!(seconds.iter().all(|count| (mean / 2..mean * 2).contains(count)), "{seconds:?}");
    }

    #[test]
    fn delay_is_constant_for_a_generation_and_changes_with_it() {
        let at = |generation| state(generation, 60_000).delay("core-00000001");
        assert_eq!(at(7), at(7));
        assert_ne!(at(7), at(8));
        assert_eq!(state(7, 0).delay("core-00000001"), Duration::ZERO);
        assert!(state(7, u64::MAX).delay("core-00000001") < Duration::from_millis(u64::MAX));
    }

    #[test]
    fn delay_follows_the_documented_formula() {
        // printf 'core-00000001\n7' | sha256sum | cut -c-16
        let digest = 0x3486_9526_0c45_024d_u64;
        let delay = (u128::from(1_000_000_u64) * u128::from(digest)) >> 64;
        let delay = Duration::from_millis(u64::try_from(delay).unwrap());
        assert_eq!(state(7, 1_000_000).delay("core-00000001"), delay);
    }

    #[test]
    fn unknown_fields_of_later_versions_are_ignored() {
        let text = r#"{"generation":7,"sha256":"ab","window":5,"color":"red"}"#;
        assert_eq!(serde_json::from_str::<State>(text).unwrap(), state(7, 5));
    }
}
