//! The first messages of TLS, written and read by hand: for versions that rustls does not speak,
//! and for certificates that it does not take.
//!
//! Up to TLS 1.2 a server sends its certificates in the clear. In TLS 1.3 it answers a first
//! message without a key share by a request for one, which is enough to know that it takes this
//! version. The formats are those of RFC 2246 and RFC 8446, sections 4.1 and 5.1.

mod client;
mod server;

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::connect::open_stream;
use crate::limits;
use server::{Answer, Progress};

/// The versions that are tried, oldest first, with their numbers and names.
pub(super) const VERSIONS: [Version; 4] = [
    Version { number: 0x0301, name: "TLS 1.0" },
    Version { number: 0x0302, name: "TLS 1.1" },
    Version { number: 0x0303, name: "TLS 1.2" },
    Version { number: 0x0304, name: "TLS 1.3" },
];

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    number: u16,
    /// Its name, such as `TLS 1.2`.
    pub(super) name: &'static str,
}

/// What a server answered to a first message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct HelloAnswer {
    /// The version that the server chose.
    pub(super) version: Option<Version>,
    /// The certificates that it sent, its own first.
    pub(super) certificates: Vec<Vec<u8>>,
    /// The number of the alert that it sent.
    pub(super) alert: Option<u8>,
    /// Whether nothing came in time.
    pub(super) is_timed_out: bool,
}

/// Opens a connection, offers one version, and reads the answer up to the certificates.
pub(super) async fn offer(
    address: SocketAddr,
    name: Option<&str>,
    version: Version,
) -> HelloAnswer {
    let mut answer = Answer::default();
    let exchange = exchange(address, name, version, &mut answer);
    let is_timed_out = match timeout(limits::CONNECT + limits::HELLO, exchange).await {
        Ok(result) => result.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut),
        Err(_) => true,
    };
    let chosen =
        answer.version.and_then(|number| VERSIONS.into_iter().find(|it| it.number == number));
    HelloAnswer {
        version: chosen,
        certificates: answer.certificates,
        alert: answer.alert,
        is_timed_out,
    }
}

async fn exchange(
    address: SocketAddr,
    name: Option<&str>,
    version: Version,
    answer: &mut Answer,
) -> io::Result<()> {
    let mut stream = open_stream(address).await?;
    stream.write_all(&client::hello(name, version.number)?).await?;
    let mut received = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    while received.len() < limits::HELLO_BYTES {
        let count = stream.read(&mut chunk).await?;
        received.extend_from_slice(&chunk[..count]);
        if count == 0 || answer.read(&received) == Progress::Done {
            break;
        }
    }
    Ok(())
}
