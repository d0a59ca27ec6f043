//! Limits of one request.

use std::time::Duration;

use adr_cucm::xml::ANSWER_BYTES;

/// Timeout for a connection with its TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout for the next byte of an answer. CUCM computes an answer as a whole before it sends the
/// first byte, which takes long for thousands of records.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Timeout for a request and its whole answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);

/// Limits of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Timeout for a connection with its TLS handshake; 10 s by default.
    pub connect_timeout: Duration,
    /// Timeout for the next byte of an answer; 60 s by default.
    pub idle_timeout: Duration,
    /// Timeout for a request and its whole answer; 300 s by default.
    pub answer_timeout: Duration,
    /// Most bytes of an answer; by default [`ANSWER_BYTES`], the limit of the codecs.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: CONNECT_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            answer_timeout: ANSWER_TIMEOUT,
            answer_bytes: ANSWER_BYTES,
        }
    }
}
