//! The logs of a Presence Engine: what its lines say about Exchange.
//!
//! No public text says how these lines look. So the reader is generic: it takes every line that
//! mentions `owa`, `ews` or `exchange` and has an HTTP status, a response code of Exchange Web
//! Services, or words about a certificate or a connection. It counts the other lines that mention
//! them, and keeps a few of them, with names replaced.
//!
//! ```text
//! lines --Tally::line()--> Tally::finish() --> Observations --diagnose()--> Diagnosis
//! lines --Anonymizer::line()--> lines that can be shared
//! ```
//!
//! ```
//! use adr_doctor::log::{Observations, Tally, diagnose};
//!
//! let mut tally = Tally::new(0, 1_796_040_000);
//! tally.begin("epe.txt");
//! tally.line("11/30/2026 10:11:12.123 OWA request for user jane failed: HTTP/1.1 401");
//! tally.end(None);
//! let seen: Observations = tally.finish();
//! assert_eq!((seen.groups[0].code.to_string().as_str(), seen.groups[0].count), ("HTTP 401", 1));
//! assert_eq!(diagnose(&seen).found.len(), 1);
//! ```

mod anonymize;
mod code;
mod diagnose;
mod excerpt;
mod free_text;
mod mapping;
mod observation;
mod subject;
mod tally;
pub(crate) mod time;
mod vocabulary;
mod words;

pub use anonymize::{Anonymizer, MAX_NAMES};
pub use code::{CertificateProblem, Code, NetworkProblem};
pub use diagnose::diagnose;
pub use excerpt::{Excerpt, MAX_EXCERPT_BYTES};
pub use observation::{Group, LogFile, Observations, TimeSpan, UnknownLine};
pub use tally::{MAX_GROUPS, MAX_SHOWN_UNKNOWN, REPEAT_SECONDS, REPEATED_LOGINS, Tally};
pub use time::{read_time, read_zone};
