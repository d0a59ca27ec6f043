//! Why a file outside the published tree is not served.

use std::io;

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
    /// A newer request took its place among those that wait: the address of the client may be
    /// forged. A client that asks again has another chance.
    Evicted,
}

impl NotServed {
    /// The value for metrics.
    pub(crate) fn result(self) -> FallbackResult {
        match self {
            Self::Missing => FallbackResult::Missing,
            Self::Denied => FallbackResult::Denied,
            Self::Failed | Self::Unavailable => FallbackResult::Failed,
            Self::Busy | Self::Evicted => FallbackResult::Busy,
        }
    }

    /// The value for records.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Missing => Outcome::Missing,
            Self::Denied => Outcome::Refused,
            Self::Failed | Self::Unavailable => Outcome::Failed,
            Self::Busy => Outcome::Busy,
            Self::Evicted => Outcome::Unanswered,
        }
    }
}

/// The error at which a body ends.
impl From<NotServed> for io::Error {
    fn from(reason: NotServed) -> Self {
        match reason {
            NotServed::Missing => io::ErrorKind::NotFound.into(),
            NotServed::Denied => io::ErrorKind::PermissionDenied.into(),
            NotServed::Failed | NotServed::Unavailable | NotServed::Busy | NotServed::Evicted => {
                Self::other("the source of the file failed")
            }
        }
    }
}
