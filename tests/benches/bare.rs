//! A minimal TFTP server, with which `adrc serve` is compared: async-tftp with the files of a
//! published folder.
//!
//! `bare ADDRESS FOLDER [RECEIVE-BUFFER]` serves the current generation of `FOLDER` until it is
//! killed.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program reads its arguments and opens a socket"
)]

use std::io::Error;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use adr_server::{AsyncFiles, Store};
use async_tftp::server::TftpServerBuilder;
use futures_lite::future::block_on;

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [address, folder, buffer @ ..] = words.as_slice() else {
        return Err(Error::other("usage: bare ADDRESS FOLDER [RECEIVE-BUFFER]"));
    };
    let address: SocketAddr = address.parse().map_err(Error::other)?;
    let socket = UdpSocket::bind(address)?;
    if let Some(size) = buffer.first().and_then(|size| size.parse().ok()) {
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, size)?;
    }
    let generation = adr_server::load(folder.as_ref()).map_err(Error::other)?;
    let files = AsyncFiles::new(Arc::new(Store::new(generation)));
    block_on(async {
        let server = TftpServerBuilder::with_handler(files).std_socket(socket);
        let server = server.map_err(Error::other)?.build().await;
        server.map_err(Error::other)?.serve().await.map_err(Error::other)
    })
}
