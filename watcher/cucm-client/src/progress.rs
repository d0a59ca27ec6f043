//! What a session reports while a call is under way.

use std::fmt;
use std::time::Duration;

use adr_cucm::{BusyReason, SchemaVersion};

/// A step of a call that takes longer than one request. `Display` is one line for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// CUCM rejected an AXL version, and adrc asks with another one.
    Version {
        /// The rejected version.
        rejected: SchemaVersion,
        /// The next version.
        next: SchemaVersion,
    },
    /// The session cookie has expired, and adrc logs in again.
    LoginAgain,
    /// CUCM is busy, and adrc waits before it asks again.
    Waiting {
        /// Why.
        reason: BusyReason,
        /// How long.
        time: Duration,
    },
    /// So many records of a list were read so far.
    Records {
        /// The operation, such as `listApplicationDialRules`.
        operation: String,
        /// The number of records.
        count: usize,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { rejected, next } => {
                write!(f, "CUCM does not support AXL {rejected}; asking with {next}")
            }
            Self::LoginAgain => f.write_str("the session has expired; logging in again"),
            Self::Waiting { reason, time } => {
                write!(f, "CUCM is busy: {reason}; waiting {} s", time.as_secs())
            }
            Self::Records { operation, count } => {
                let what = match operation.as_str() {
                    "listApplicationDialRules" => "application dial rules",
                    "listDirectoryLookupDialRules" => "directory lookup dial rules",
                    "listRoutePattern" => "route patterns",
                    "listTransPattern" => "translation patterns",
                    other => other,
                };
                write!(f, "{what}: {count} read")
            }
        }
    }
}
