//! Whether the rules that run may be held back: somebody who stands between a core and its server
//! can hide every newer generation. A core cannot see what is hidden, but it can see the signs. No
//! clock: times are arguments, in seconds since 1970, UTC.

use std::time::Duration;

pub use adr_protocol::Freshness;

/// How long no server may confirm what runs before a core says so, if it asks often enough.
pub const MAX_SILENCE: Duration = Duration::from_secs(60 * 60);

/// A silence counts only after this many checks have failed.
const CHECKS_IN_SILENCE: u32 = 3;

/// What the freshness depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// When a server confirmed what runs, or the core started.
    pub confirmed: u64,
    /// When the signature was made.
    pub signed: Option<u64>,
    /// When it expires.
    pub expires: Option<u64>,
    /// Seconds without a confirmation that are a sign.
    pub max_silence: u64,
}

impl Evidence {
    /// Seconds without a confirmation that are a sign, for a core that asks this often.
    #[must_use]
    pub fn max_silence(check_interval: Duration) -> u64 {
        check_interval.saturating_mul(CHECKS_IN_SILENCE).max(MAX_SILENCE).as_secs()
    }

    /// The freshness at a time; the worst sign counts.
    ///
    /// ```
    /// use adr_client::freshness::{Evidence, Freshness};
    ///
    /// let evidence =
    ///     Evidence { confirmed: 100, signed: Some(0), expires: Some(400), max_silence: 500 };
    /// assert_eq!(evidence.freshness(300), Freshness::Current);
    /// assert_eq!(evidence.freshness(301), Freshness::Expiring);
    /// assert_eq!(evidence.freshness(400), Freshness::Expired);
    /// ```
    #[must_use]
    pub fn freshness(&self, now: u64) -> Freshness {
        if let Some(expires) = self.expires {
            let lifetime = expires.saturating_sub(self.signed.unwrap_or(0));
            let left = expires.saturating_sub(now);
            if left == 0 {
                return Freshness::Expired;
            }
            if self.signed.is_some() && left < lifetime / 4 {
                return Freshness::Expiring;
            }
        }
        if now.saturating_sub(self.confirmed) >= self.max_silence {
            return Freshness::Silent;
        }
        Freshness::Current
    }
}

/// A line for a log about a change to this freshness.
#[must_use]
pub fn line(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Current => "a server confirms the rules again",
        Freshness::Silent => {
            "no server has confirmed the rules for long; newer ones may be held back"
        }
        Freshness::Expiring => {
            "the signature of the rules expires soon and was not renewed; newer ones may be held \
             back"
        }
        Freshness::Expired => {
            "the signature of the rules has expired; they keep running, and newer ones may be \
             held back"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_the_end_of_a_signature_are_signs() {
        let unsigned = Evidence { confirmed: 1_000, max_silence: 3_600, ..Evidence::default() };
        assert_eq!(unsigned.freshness(0), Freshness::Current, "the clock was set back");
        assert_eq!(unsigned.freshness(4_599), Freshness::Current);
        assert_eq!(unsigned.freshness(4_600), Freshness::Silent);
        let signed = Evidence { signed: Some(1_000), expires: Some(2_000), ..unsigned };
        let at = |now| signed.freshness(now);
        assert_eq!([at(1_000), at(1_750)], [Freshness::Current; 2]);
        assert_eq!([at(1_751), at(1_999)], [Freshness::Expiring; 2]);
        assert_eq!([at(2_000), at(u64::MAX)], [Freshness::Expired; 2]);
        let forever = Evidence { signed: Some(1_000), ..unsigned };
        assert_eq!(forever.freshness(4_000), Freshness::Current);
    }

    #[test]
    fn rare_checks_allow_a_longer_silence() {
        let of = |seconds| Evidence::max_silence(Duration::from_secs(seconds));
        assert_eq!([of(1), of(600), of(1_200)], [3_600; 3]);
        assert_eq!(of(7_200), 21_600);
    }
}
