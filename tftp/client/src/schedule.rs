//! When to ask and when to try again: times as values, chance as an argument.

use std::time::Duration;

/// Longest pause between two tries.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How long to wait after so many failures in a row: `first`, doubled with each of them, at most
/// [`LONGEST_PAUSE`], times a factor between 0.5 and 1.5 that is drawn.
#[must_use]
pub fn pause(first: Duration, failures: u32, chance: &mut Chance) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = first.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    pause.mul_f64(chance.between(0.5, 1.5))
}

/// A period with a factor between 0.75 and 1.25 that is drawn.
#[must_use]
pub fn about(period: Duration, chance: &mut Chance) -> Duration {
    period.mul_f64(chance.between(0.75, 1.25))
}

/// A source of chance that begins where it is told to; for spreading load, never for secrets.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Chance that repeats itself for an equal seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits (SplitMix64).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "32 bits fit in an f64")]
        let fraction = (self.bits() >> 32) as f64 / f64::from(u32::MAX);
        low + (high - low) * fraction
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_are_bounded(seed: u64, failures: u32, first in 1_u64..100_000) {
            let first = Duration::from_millis(first);
            let pause = pause(first, failures, &mut Chance::new(seed));
            prop_assert!(pause >= first.min(LONGEST_PAUSE) / 2);
            prop_assert!(pause <= LONGEST_PAUSE * 3 / 2);
        }

        #[test]
        fn a_period_stays_about_itself(seed: u64, period in 1_u64..10_000_000) {
            let period = Duration::from_millis(period);
            let drawn = about(period, &mut Chance::new(seed));
            prop_assert!(drawn >= period * 3 / 4 && drawn <= period * 5 / 4);
        }
    }

    #[test]
    fn failures_wait_longer() {
        let mut chance = Chance::new(3);
        let second = Duration::from_secs(1);
        let early = pause(second, 1, &mut chance);
        let late = pause(second, 8, &mut chance);
        assert!(early < Duration::from_secs(2) && late > Duration::from_secs(60));
    }
}
