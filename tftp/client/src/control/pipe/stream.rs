//! The application's end of a connection, with blocking reads and writes.
#![allow(
    clippy::disallowed_methods,
    reason = "a caller that finds every instance of a pipe taken waits for a new one"
)]

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::os::windows::io::AsHandle;
use std::path::Path;
use std::time::{Duration, Instant};

use interprocess::os::windows::named_pipe::PipeStream;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient};
use tokio::runtime::{Builder, Runtime};

use super::user;
use crate::control::limits::IO_TIMEOUT;

/// `ERROR_PIPE_BUSY` of Windows: all instances of a pipe are taken.
pub(super) const PIPE_BUSY: i32 = 231;

/// Delay before another attempt to open a pipe whose instances are all taken.
const OPEN_RETRY_DELAY: Duration = Duration::from_millis(5);

/// A connection to the pipe of a core. It contains a runtime, so it must not be used within an
/// asynchronous task.
#[derive(Debug)]
pub struct Stream {
    pipe: NamedPipeClient,
    runtime: Runtime,
    /// Timeout for the first byte of a read; `None` for no timeout.
    read_timeout: Cell<Option<Duration>>,
    /// Timeout for the first byte of a write; `None` for no timeout.
    write_timeout: Cell<Option<Duration>>,
}

impl Stream {
    /// Connects to a pipe of this user. The core can identify the caller, but cannot act in the
    /// caller's name.
    ///
    /// # Errors
    ///
    /// The pipe does not exist, this user may not open it, or another user created it.
    pub fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::connect_to(path.as_ref(), &user::of_process(std::process::id())?)
    }

    /// Connects to a pipe of the given user.
    pub(super) fn connect_to(path: &Path, owner: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let pipe = {
            let _entered = runtime.enter();
            open(path)?
        };
        if server_user(&pipe)? != owner {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Ok(Self { pipe, runtime, read_timeout: Cell::default(), write_timeout: Cell::default() })
    }

    /// Sets the timeout for the first byte of a read; `None` for no timeout.
    ///
    /// # Errors
    ///
    /// Never fails. A Unix socket has a method of the same signature that may.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.read_timeout.set(timeout);
        Ok(())
    }

    /// Sets the timeout for the first byte of a write; `None` for no timeout.
    ///
    /// # Errors
    ///
    /// Never fails. A Unix socket has a method of the same signature that may.
    pub fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.write_timeout.set(timeout);
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = within(self.read_timeout.get(), self.pipe.read(buffer));
        match self.runtime.block_on(read) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(0),
            read => read,
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let write = within(self.write_timeout.get(), self.pipe.write(bytes));
        self.runtime.block_on(write)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn within<T>(
    timeout: Option<Duration>,
    operation: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    match timeout {
        None => operation.await,
        Some(timeout) => tokio::time::timeout(timeout, operation).await?,
    }
}

/// Opens a pipe. Right after another caller has connected, no instance may be free to open.
fn open(path: &Path) -> io::Result<NamedPipeClient> {
    let start = Instant::now();
    loop {
        match ClientOptions::new().open(path) {
            Err(error)
                if error.raw_os_error() == Some(PIPE_BUSY) && start.elapsed() < IO_TIMEOUT =>
            {
                std::thread::sleep(OPEN_RETRY_DELAY);
            }
            opened => return opened,
        }
    }
}

/// The user whose process created a pipe.
fn server_user(pipe: &NamedPipeClient) -> io::Result<String> {
    let handle = pipe.as_handle().try_clone_to_owned()?;
    let stream = PipeStream::<Bytes, Bytes>::try_from(handle)
        .map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
    let server = stream.server_process_id();
    stream.evade_limbo();
    server.and_then(user::of_process)
}
