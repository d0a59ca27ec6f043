//! The caller's end of a connection: it blocks, for a limited time.
#![allow(
    clippy::disallowed_methods,
    reason = "whoever finds every instance of a pipe taken waits until the core has made one more"
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

use super::{PIPE_BUSY, user};
use crate::control::PATIENCE;

/// A connection to the pipe of a core. It has a runtime of its own, so it must not be used within
/// one.
#[derive(Debug)]
pub struct Stream {
    pipe: NamedPipeClient,
    runtime: Runtime,
    /// How long to wait for bytes, and for room for bytes; `None` for ever.
    reading: Cell<Option<Duration>>,
    writing: Cell<Option<Duration>>,
}

impl Stream {
    /// Connects to a pipe of this user's, which learns of the caller who it is, and no more.
    ///
    /// # Errors
    ///
    /// There is no such pipe, this user may not open it, or somebody else made it.
    pub fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::connect_to(path.as_ref(), &user::of(std::process::id())?)
    }

    /// The same to a pipe of any one user's.
    pub(super) fn connect_to(path: &Path, owner: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let pipe = {
            let _entered = runtime.enter();
            open(path)?
        };
        if server(&pipe)? != owner {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Ok(Self { pipe, runtime, reading: Cell::default(), writing: Cell::default() })
    }

    /// Limits how long reading waits for a first byte; `None` is for ever.
    ///
    /// # Errors
    ///
    /// None; as on a Unix socket, where there may be some.
    pub fn set_read_timeout(&self, wait: Option<Duration>) -> io::Result<()> {
        self.reading.set(wait);
        Ok(())
    }

    /// Limits how long writing waits for room; `None` is for ever.
    ///
    /// # Errors
    ///
    /// None; as on a Unix socket, where there may be some.
    pub fn set_write_timeout(&self, wait: Option<Duration>) -> io::Result<()> {
        self.writing.set(wait);
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = within(self.reading.get(), self.pipe.read(buffer));
        match self.runtime.block_on(read) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(0),
            read => read,
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let write = within(self.writing.get(), self.pipe.write(bytes));
        self.runtime.block_on(write)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn within<T>(
    wait: Option<Duration>,
    doing: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    match wait {
        None => doing.await,
        Some(wait) => tokio::time::timeout(wait, doing).await?,
    }
}

/// Opens a pipe. Between one caller and the next there may be none of it to open.
fn open(path: &Path) -> io::Result<NamedPipeClient> {
    let began = Instant::now();
    loop {
        match ClientOptions::new().open(path) {
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) && began.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            opened => return opened,
        }
    }
}

/// The user whose process made a pipe.
fn server(pipe: &NamedPipeClient) -> io::Result<String> {
    let handle = pipe.as_handle().try_clone_to_owned()?;
    let stream = PipeStream::<Bytes, Bytes>::try_from(handle)
        .map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
    let server = stream.server_process_id();
    stream.evade_limbo();
    server.and_then(user::of)
}
