//! The core's end of a connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::tokio::PipeStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection that closes when it is dropped, whether or not the application has read
/// everything. The application can still read what was written before.
///
/// If a write is in progress because the application does not read, the system keeps the pipe open
/// until the application reads or ends: tokio does not cancel writes, and canceling one by hand
/// would need unsafe code. The connection is no longer served, and has given its place back.
pub(crate) struct Peer(PipeStream<Bytes, Bytes>);

impl Peer {
    pub(super) fn new(stream: PipeStream<Bytes, Bytes>) -> Self {
        Self(stream)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // otherwise `interprocess` keeps the pipe, and a thread, until everything is read
        self.0.assume_flushed();
    }
}

impl AsyncRead for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Peer {
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
