//! How adrc waits while CUCM is busy.

use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::time::Duration;

/// How long adrc waits before each further attempt while CUCM is busy. Cisco's documents ask for
/// growing pauses; CUCM counts requests per minute.
pub const DELAYS: [Duration; 3] =
    [Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(20)];

/// How much longer than its delay a pause may be, so that several processes do not ask at the same
/// moment.
const JITTER: f64 = 0.25;

/// How time passes; tests have their own.
pub trait Pause: fmt::Debug + Send + Sync {
    /// Waits.
    fn pause(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// A random number from 0 up to 1.
    fn random(&self) -> f64;
}

/// Waits by tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioPause;

impl Pause for TokioPause {
    fn pause(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(time))
    }

    fn random(&self) -> f64 {
        // the standard library seeds every hasher differently
        let bits = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(0);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}

/// A delay with jitter: up to a quarter longer.
pub(crate) fn with_jitter(delay: Duration, pause: &dyn Pause) -> Duration {
    delay.mul_f64(1.0 + JITTER * pause.random().clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_adds_up_to_a_quarter() {
        for _ in 0..1000 {
            let time = with_jitter(DELAYS[0], &TokioPause);
            assert!((5.0..=6.25).contains(&time.as_secs_f64()), "{time:?}");
        }
    }
}
