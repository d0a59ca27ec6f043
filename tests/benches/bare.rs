//! A minimal TFTP server, with which `adrc serve` is compared: async-tftp with a handler for one
//! file.
//!
//! `bare ADDRESS FILE [RECEIVE-BUFFER]` serves the bytes of `FILE` under any name until it is
//! killed.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program reads its arguments and opens a socket"
)]

use std::io::Error;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;

use async_tftp::packet;
use async_tftp::server::{Handler, TftpServerBuilder};
use futures_lite::future::block_on;
use futures_lite::io::{Cursor, Sink};

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [address, file, buffer @ ..] = words.as_slice() else {
        return Err(Error::other("usage: bare ADDRESS FILE [RECEIVE-BUFFER]"));
    };
    let address: SocketAddr = address.parse().map_err(Error::other)?;
    let socket = UdpSocket::bind(address)?;
    if let Some(size) = buffer.first().and_then(|size| size.parse().ok()) {
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, size)?;
    }
    let file = OneFile(std::fs::read(file)?.into());
    block_on(async {
        let server = TftpServerBuilder::with_handler(file).std_socket(socket);
        let server = server.map_err(Error::other)?.build().await;
        server.map_err(Error::other)?.serve().await.map_err(Error::other)
    })
}

/// The bytes of the file, shared by all transfers.
struct OneFile(Arc<[u8]>);

impl Handler for OneFile {
    type Reader = Cursor<Arc<[u8]>>;
    type Writer = Sink;

    async fn read_req_open(
        &mut self,
        _client: &SocketAddr,
        _path: &Path,
    ) -> Result<(Self::Reader, Option<u64>), packet::Error> {
        let size = self.0.len() as u64;
        Ok((Cursor::new(self.0.clone()), Some(size)))
    }

    async fn write_req_open(
        &mut self,
        _client: &SocketAddr,
        _path: &Path,
        _size: Option<u64>,
    ) -> Result<Self::Writer, packet::Error> {
        Err(packet::Error::IllegalOperation)
    }
}
