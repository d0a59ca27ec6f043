//! A request for one file, and the trait of what answers it.

use std::time::Duration;

use crate::answer::Answer;
use crate::server::Server;
use crate::snapshot::KnownFile;

/// A request for one file of a server.
#[derive(Clone, Debug)]
pub(crate) struct FileRequest {
    /// The path of the file below the server's folder.
    pub(crate) path: &'static str,
    /// The largest file that is accepted, in bytes.
    pub(crate) max_bytes: u64,
    /// The file that is already here, which the server need not send again.
    pub(crate) known: Option<KnownFile>,
    /// How long the server may take to begin its answer, if that is less than usual.
    pub(crate) patience: Duration,
}

/// Fetches files: over the network, or from an event that came with files.
pub(crate) trait FetchFile: Send + Sync {
    /// Fetches a file.
    fn fetch(&self, server: &Server, request: FileRequest) -> impl Future<Output = Answer> + Send;
}
