//! What the control socket needs of a listener.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

/// A listener that knows the user of each peer.
pub(crate) trait Accept {
    /// The core's end of a connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and whether the peer is the user who runs the core.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, bool)>> + Send;
}
