//! Why an upstream server does not give a file.

use std::error::Error;
use std::io;

use adr_transfer::{ErrorCode, ReceiveError};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;

use crate::platform::is_exhausted;

/// Why a server does not give a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The server has no such file, or denies it to us.
    #[error("it has no such file")]
    Missing,
    /// The file is larger than the limit. The server is healthy nevertheless.
    #[error("the file is larger than `limits.upstream.max_file_bytes`")]
    TooLarge,
    /// The server does not answer at all.
    #[error(transparent)]
    Unreachable(Fault),
    /// The server accepts the connection, and does not answer.
    #[error(transparent)]
    Silent(Fault),
    /// This machine cannot ask: it has no descriptors or no memory left.
    #[error(transparent)]
    Local(Fault),
    /// The server answers, but not as it should.
    #[error(transparent)]
    Faulty(Fault),
}

/// What went wrong with a server.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("its name was not resolved in time")]
    SlowName,
    #[error("its name cannot be resolved")]
    Name(#[source] io::Error),
    #[error("its name has no address")]
    NoAddress,
    #[error("no answer in time")]
    NoAnswer,
    #[error("it answers {0}")]
    Status(StatusCode),
    #[error("it sends the file in the coding {0:?}, although adrc asked for none")]
    Coded(HeaderValue),
    #[error("it stopped in the middle of the file")]
    Stalled,
    #[error("it takes too long to send a small file")]
    TooSlow,
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Tftp(ReceiveError),
}

impl From<ReceiveError> for FetchError {
    fn from(error: ReceiveError) -> Self {
        match &error {
            ReceiveError::Refused { code, .. }
                if [ErrorCode::NOT_FOUND, ErrorCode::ACCESS].contains(code) =>
            {
                Self::Missing
            }
            ReceiveError::TooLarge { .. } => Self::TooLarge,
            ReceiveError::Socket(cause) if is_local(cause) => Self::Local(Fault::Tftp(error)),
            ReceiveError::Silent | ReceiveError::Socket(_) => Self::Unreachable(Fault::Tftp(error)),
            _ => Self::Faulty(Fault::Tftp(error)),
        }
    }
}

/// Whether an error is one of this machine, which says nothing about the server.
pub(super) fn is_local(error: &(dyn Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(error), |cause| (*cause).source());
    chain.any(|cause| cause.downcast_ref::<io::Error>().is_some_and(is_exhausted))
}

/// An error with its causes: the outermost one of an HTTP client alone says only "error sending
/// request".
pub(super) fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let mut text = error.to_string();
    for cause in causes {
        text = format!("{text}: {cause}");
    }
    text
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn lack_of_descriptors_is_local_at_any_depth() {
        let cause = |code: Errno| io::Error::from(code);
        assert!(is_local(&cause(Errno::MFILE)));
        assert!(is_local(&Fault::Name(cause(Errno::NFILE))));
        assert!(!is_local(&Fault::Name(cause(Errno::CONNREFUSED))));
        assert!(!is_local(&Fault::NoAnswer));
    }
}
