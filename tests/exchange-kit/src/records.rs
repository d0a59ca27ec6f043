//! Records of TLS, written by hand: what old and broken servers send.

use rustls::pki_types::CertificateDer;

/// Kind of a record: an alert.
const ALERT: u8 = 21;
/// Kind of a record: messages of a handshake.
const HANDSHAKE: u8 = 22;
/// The longest content of a record.
const RECORD: usize = 1 << 14;
/// Message of a handshake: the hello of the server.
const SERVER_HELLO: u8 = 2;
/// Message of a handshake: certificates.
const CERTIFICATE: u8 = 11;
/// Message of a handshake: the end of what the server says first.
const SERVER_HELLO_DONE: u8 = 14;
/// The cipher `TLS_RSA_WITH_AES_128_CBC_SHA`, which every old server has.
const CIPHER: [u8; 2] = [0x00, 0x2f];

/// A version before TLS 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// SSL 3.0
    Ssl3,
    /// TLS 1.0
    Tls10,
    /// TLS 1.1
    Tls11,
}

impl Legacy {
    fn bytes(self) -> [u8; 2] {
        match self {
            Self::Ssl3 => [3, 0],
            Self::Tls10 => [3, 1],
            Self::Tls11 => [3, 2],
        }
    }
}

/// A fatal alert.
pub(crate) fn alert(number: u8) -> Vec<u8> {
    record(ALERT, [3, 3], &[2, number])
}

/// What a server of an old version says first: hello, certificates, end.
pub(crate) fn server_hello(version: Legacy, chain: &[CertificateDer<'_>]) -> Vec<u8> {
    let version = version.bytes();
    let mut hello = version.to_vec();
    // the random bytes, an empty identity of the session, the cipher, no compression
    hello.extend_from_slice(&[0x5a; 32]);
    hello.push(0);
    hello.extend_from_slice(&CIPHER);
    hello.push(0);
    let certificates = chain.iter().flat_map(|one| with_length(one)).collect::<Vec<_>>();
    let messages = [
        message(SERVER_HELLO, &hello),
        message(CERTIFICATE, &with_length(&certificates)),
        message(SERVER_HELLO_DONE, &[]),
    ];
    let all = messages.concat();
    all.chunks(RECORD).flat_map(|content| record(HANDSHAKE, version, content)).collect()
}

/// A record that is the beginning of a message of 16 MiB.
pub(crate) fn endless_handshake() -> Vec<u8> {
    let mut content = vec![0; 1024];
    content[..4].copy_from_slice(&[CERTIFICATE, 0xff, 0xff, 0xff]);
    record(HANDSHAKE, [3, 3], &content)
}

fn record(kind: u8, version: [u8; 2], content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind], &version[..], &length, content].concat()
}

fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    [vec![kind], with_length(content)].concat()
}

/// Bytes behind their length in three bytes.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[1..], bytes].concat()
}
