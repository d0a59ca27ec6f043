//! Runs asynchronous calls for a command.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::platform;

/// Runs calls to their end in this thread.
///
/// # Errors
///
/// The operating system refuses what the runtime needs, such as a file descriptor.
pub fn block_on<T>(calls: impl Future<Output = T>) -> io::Result<T> {
    Ok(runtime()?.block_on(calls))
}

/// A runtime for calls to a cluster.
///
/// From now on the process uses no huge pages: they speed up a dial plan of a million rules, but
/// the few thousand records of a cluster take a third more memory with them.
pub(crate) fn runtime() -> io::Result<Runtime> {
    platform::use_no_huge_pages();
    Builder::new_current_thread().enable_all().build()
}
