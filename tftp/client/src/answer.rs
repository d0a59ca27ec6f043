//! What a server answered to a request for a file, and why an answer failed.

use std::error::Error;
use std::io;
use std::sync::Arc;

/// What a server answered to a request for a file.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The file.
    Bytes(Arc<Vec<u8>>),
    /// The server does not have this file.
    Missing,
    /// The file could not be fetched.
    Failed(Arc<FetchError>),
}

impl Answer {
    /// An answer with these bytes.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes(Arc::new(bytes.to_vec()))
    }

    /// A failed answer.
    #[must_use]
    pub fn failed(error: FetchError) -> Self {
        Self::Failed(Arc::new(error))
    }

    /// The size of the file in bytes; 0 without a file.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Missing | Self::Failed(_) => 0,
        }
    }
}

/// Why a file could not be fetched. The message does not name the server or the file.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The host name does not resolve.
    #[error("cannot resolve the host name: {0}")]
    Resolve(#[source] io::Error),
    /// The host name resolves to no address.
    #[error("the host name has no address")]
    NoAddress,
    /// No connection was made.
    #[error("no connection{}", root_cause(.0))]
    Connect(#[source] reqwest::Error),
    /// The response ended before the file did.
    #[error("the response was cut off{}", root_cause(.0))]
    CutOff(#[source] reqwest::Error),
    /// The request failed in another way.
    #[error("no response{}", root_cause(.0))]
    Request(#[source] reqwest::Error),
    /// The server sent nothing for too long.
    #[error("no data for {seconds} seconds")]
    Idle {
        /// The timeout in seconds.
        seconds: u64,
    },
    /// The file was not complete in time.
    #[error("incomplete after {seconds} seconds")]
    Incomplete {
        /// The timeout in seconds.
        seconds: u64,
    },
    /// An HTTP status other than 200, 304, 404 and 410.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The file is larger than it may be.
    #[error("more than {max_bytes} bytes")]
    TooLarge {
        /// The limit in bytes.
        max_bytes: u64,
    },
    /// A file of a folder on this machine cannot be read.
    #[error("{0}")]
    File(#[source] io::Error),
    /// The transfer by TFTP failed.
    #[error("{0}")]
    Tftp(#[source] adr_transfer::ReceiveError),
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Connect(error)
        } else if error.is_body() || error.is_decode() {
            Self::CutOff(error)
        } else {
            Self::Request(error)
        }
    }
}

/// `: ` and the innermost cause of an error, which leaves out the URL; empty without a cause.
fn root_cause(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.last().map_or_else(String::new, |cause| format!(": {cause}"))
}
