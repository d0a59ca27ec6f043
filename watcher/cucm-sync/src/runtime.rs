//! Runs asynchronous calls for a command.

use std::future::Future;
use std::io;

/// Runs calls to their end in this thread.
///
/// # Errors
///
/// The operating system refuses what the runtime needs, such as a file descriptor.
pub fn block_on<T>(calls: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(calls))
}
