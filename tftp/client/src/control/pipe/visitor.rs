//! The core's end of a connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::tokio::PipeStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection that is closed when it is dropped, whether the other side has read everything or
/// not: what is on its way can still be read, and nobody waits for whoever does not.
pub(crate) struct Visitor(PipeStream<Bytes, Bytes>);

impl Visitor {
    pub(super) fn new(stream: PipeStream<Bytes, Bytes>) -> Self {
        Self(stream)
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        // else the library keeps it, and a thread for it, until everything is read
        self.0.assume_flushed();
    }
}

impl AsyncRead for Visitor {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Visitor {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
