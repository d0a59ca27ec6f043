//! Published files for a program that runs a server of async-tftp itself.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use adr_bundle::Case;
use async_tftp::packet::Error;
use async_tftp::server::Handler;
use bytes::Bytes;
use futures_lite::io::{Cursor, Sink};

use crate::name::{InvalidName, Name};
use crate::store::Store;

/// The published files of a [`Store`], as a handler of async-tftp 0.4. Each client gets the files
/// of its view.
///
/// The limits of this crate do not apply: configure those of async-tftp, which by default sends a
/// block up to 101 times to a forged address. async-tftp does not pass the mode of a request on, so
/// every file is sent unchanged.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use adr_server::{AsyncFiles, Generation, Store};
/// use async_tftp::server::TftpServerBuilder;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Arc::new(Store::new(adr_server::load("published".as_ref())?));
/// let server = TftpServerBuilder::with_handler(AsyncFiles::new(store))
///     .bind("0.0.0.0:69".parse()?)
///     .max_send_retries(1)
///     .block_size_limit(1428)
///     .build()
///     .await?;
/// server.serve().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AsyncFiles {
    store: Arc<Store>,
}

impl AsyncFiles {
    /// The files of the current generation, by their exact names.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Handler for AsyncFiles {
    type Reader = Cursor<Bytes>;
    type Writer = Sink;

    async fn read_req_open(
        &mut self,
        client: &SocketAddr,
        path: &Path,
    ) -> Result<(Self::Reader, Option<u64>), Error> {
        let name = path.to_str().ok_or(Error::FileNotFound)?;
        let name = Name::parse(name).map_err(|invalid| match invalid {
            InvalidName::Empty => Error::IllegalOperation,
            InvalidName::Impossible => Error::FileNotFound,
            InvalidName::Forbidden => Error::PermissionDenied,
        })?;
        let generation = self.store.current();
        let view = generation.tree().view(client.ip().to_canonical());
        let file = view.file(name.as_str(), Case::Exact).ok_or(Error::FileNotFound)?;
        let bytes = file.bytes().clone();
        // curl gives up at a size of 0
        let size = Some(bytes.len() as u64).filter(|size| *size > 0);
        Ok((Cursor::new(bytes), size))
    }

    async fn write_req_open(
        &mut self,
        _client: &SocketAddr,
        _path: &Path,
        _size: Option<u64>,
    ) -> Result<Sink, Error> {
        Err(Error::PermissionDenied)
    }
}
