//! The threads that serve HTTP, and those that read files.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::Error;

/// Threads that serve HTTP.
const WORKERS: usize = 2;

/// Most threads that read files. Without this bound their number grows to 512 under load, because
/// one that has just read is not yet seen as idle. More than the 64 that may hang with the drive of
/// the folder `root`.
const MAX_BLOCKING_THREADS: usize = 96;

/// How long a thread that reads files is kept when it has nothing to read.
const BLOCKING_THREAD_KEPT: Duration = Duration::from_secs(2);

/// Starts the threads.
///
/// # Errors
///
/// The operating system starts no thread.
pub(super) fn start() -> Result<Runtime, Error> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .thread_keep_alive(BLOCKING_THREAD_KEPT)
        .enable_all()
        .build();
    runtime.map_err(Error::Threads)
}
