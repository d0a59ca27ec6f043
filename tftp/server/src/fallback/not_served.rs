//! Why a file outside the published tree is not served.

use crate::metrics::FallbackResult;
use crate::outcome::Outcome;

/// Why a file is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotServed {
    /// No source has it.
    Missing,
    /// Its name is on the deny list, or it is larger than the limit.
    Denied,
    /// An upstream server failed.
    Failed,
    /// This machine failed: it has no descriptors left, or a disk has an error. The file may exist.
    Unavailable,
    /// A limit on fetches or streams is reached.
    Busy,
}

impl NotServed {
    /// The value for metrics.
    pub(crate) fn result(self) -> FallbackResult {
        match self {
            Self::Missing => FallbackResult::Missing,
            Self::Denied => FallbackResult::Denied,
            Self::Failed | Self::Unavailable => FallbackResult::Failed,
            Self::Busy => FallbackResult::Busy,
        }
    }

    /// The value for records.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Missing => Outcome::Missing,
            Self::Denied => Outcome::Refused,
            Self::Failed | Self::Unavailable => Outcome::Failed,
            Self::Busy => Outcome::Busy,
        }
    }
}
