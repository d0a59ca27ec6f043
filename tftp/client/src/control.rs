//! The control socket: applications on the same machine dial through the core and tell it to
//! reload.
//!
//! Newline JSON, one request and one answer a line; `message` has the words, `session` one
//! connection. An [`Entrance`] is a socket and who may use it: `unix` has that of Unix, `pipe` the
//! named pipe of Windows.

pub mod client;
pub mod message;
#[cfg(windows)]
mod pipe;
mod session;
#[cfg(unix)]
mod unix;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;

#[cfg(windows)]
pub(crate) use pipe::Door;
#[cfg(windows)]
pub use pipe::Stream;
#[cfg(unix)]
pub(crate) use unix::Door;
#[cfg(unix)]
pub use unix::Stream;

use crate::core::Handle;
use message::{Refused, line};
use session::Session;

/// Connections at a time; one more is refused in words.
pub const CONNECTIONS: usize = 64;

/// Longest request, in bytes, without its line end.
pub const LINE: usize = 8 * 1024;

/// How long a connection may take for its first request, for the rest of a line, and to take an
/// answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Where connections come in, and whether each is allowed to.
pub(crate) trait Entrance {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and whether it is the owner's.
    fn enter(&self) -> impl Future<Output = io::Result<(Self::Stream, bool)>> + Send;
}

/// Serves connections until it is dropped.
pub(crate) async fn serve(entrance: impl Entrance, handle: Handle) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let (stream, is_owner) = match entrance.enter().await {
            Ok(entered) => entered,
            Err(_) => {
                // out of file descriptors, most likely: those who are in may leave soon
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let permit = Arc::clone(&room).try_acquire_owned();
        match (is_owner, permit) {
            (false, _) => refuse(stream, Refused::DENIED).await,
            (true, Err(_)) => refuse(stream, Refused::BUSY).await,
            (true, Ok(permit)) => {
                let session = Session::new(stream, handle.clone());
                tokio::spawn(async move {
                    session.run().await;
                    drop(permit);
                });
            }
        }
    }
}

/// Says why and hangs up; whoever does not listen is not waited for.
async fn refuse(mut stream: impl AsyncWrite + Unpin, refused: Refused) {
    let _ =
        tokio::time::timeout(Duration::from_millis(10), stream.write_all(&line(None, &refused)))
            .await;
}
