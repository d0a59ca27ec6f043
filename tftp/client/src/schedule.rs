//! Delays before retries and between polls, computed with a random number generator as an argument.

use std::time::Duration;

/// Longest delay between two attempts, before jitter.
pub const MAX_BACKOFF: Duration = Duration::from_secs(300);

/// The delay after this many failures in a row: `first`, doubled with each further failure, at most
/// [`MAX_BACKOFF`], times a random factor between 0.5 and 1.5.
#[must_use]
pub fn backoff(first: Duration, failures: u32, rng: &mut Rng) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let delay = first.saturating_mul(1 << doublings).min(MAX_BACKOFF);
    delay.mul_f64(rng.between(0.5, 1.5))
}

/// An interval times a random factor between 0.75 and 1.25.
#[must_use]
pub fn jitter(interval: Duration, rng: &mut Rng) -> Duration {
    interval.mul_f64(rng.between(0.75, 1.25))
}

/// A seeded random number generator (SplitMix64). It spreads load; it is not fit for secrets.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator that yields the same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "32 bits fit in an f64")]
        let fraction = (self.next_u64() >> 32) as f64 / f64::from(u32::MAX);
        low + (high - low) * fraction
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Rng;
    use super::*;

    proptest! {
        #[test]
        fn backoff_is_bounded(seed: u64, failures: u32, first in 1_u64..100_000) {
            let first = Duration::from_millis(first);
            let delay = backoff(first, failures, &mut Rng::new(seed));
            prop_assert!(delay >= first.min(MAX_BACKOFF) / 2);
            prop_assert!(delay <= MAX_BACKOFF * 3 / 2);
        }

        #[test]
        fn jitter_stays_within_a_quarter(seed: u64, interval in 1_u64..10_000_000) {
            let interval = Duration::from_millis(interval);
            let drawn = jitter(interval, &mut Rng::new(seed));
            prop_assert!(drawn >= interval * 3 / 4 && drawn <= interval * 5 / 4);
        }
    }

    #[test]
    fn backoff_grows_with_failures() {
        let mut rng = Rng::new(3);
        let second = Duration::from_secs(1);
        let early = backoff(second, 1, &mut rng);
        let late = backoff(second, 8, &mut rng);
        assert!(early < Duration::from_secs(2) && late > Duration::from_secs(60));
    }
}
