//! Runs probes for a command.

use std::future::Future;
use std::io;

use tokio::runtime::Builder;

/// Runs a probe to its end in this thread. A question to a name server that was given up is left
/// behind: its thread ends with the answer, or with the process.
///
/// # Errors
///
/// The operating system refuses what the runtime needs, such as a file descriptor.
pub fn block_on<T>(probe: impl Future<Output = T>) -> io::Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(probe);
    runtime.shutdown_background();
    Ok(result)
}
