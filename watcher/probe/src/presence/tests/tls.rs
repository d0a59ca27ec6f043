//! Servers of TLS, and of other things, on a port.

use std::net::SocketAddr;
use std::sync::Arc;

use adr_doctor::presence::observation::{Handshake, HandshakeFailure};
use rcgen::CertifiedKey;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SingleCertAndKey;
use rustls::{ServerConfig, SupportedProtocolVersion, version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::presence::handshake::handshake;

/// Runs a server that does the same with every connection.
pub(super) async fn serve<F>(each: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(each(stream));
        }
    });
    address
}

pub(super) fn acceptor(
    certificate: &CertifiedKey<rcgen::KeyPair>,
    versions: &[&'static SupportedProtocolVersion],
) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let chain = vec![certificate.cert.der().clone()];
    let certified = rustls::sign::CertifiedKey::new(chain, key);
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        // unlike `with_single_cert`, this takes a certificate that rustls cannot read
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    TlsAcceptor::from(Arc::new(config))
}

async fn tls_of(versions: &[&'static SupportedProtocolVersion]) -> (Handshake, Vec<Vec<u8>>) {
    let certificate = rcgen::generate_simple_self_signed(["owa.apps.local".to_owned()]).unwrap();
    let acceptor = acceptor(&certificate, versions);
    let address = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let _ = acceptor.accept(stream).await;
        }
    })
    .await;
    let (seen, sent) = handshake(address, "owa.apps.local").await;
    assert_eq!(sent, [certificate.cert.der().to_vec()]);
    (seen, sent)
}

#[tokio::test]
async fn versions_of_a_server_are_found() {
    let (seen, _) = tls_of(&[&version::TLS12]).await;
    assert_eq!((seen.version.as_deref(), &seen.failure), (Some("TLS 1.2"), &None));
    assert_eq!(seen.versions, ["TLS 1.2"]);
    let (seen, _) = tls_of(&[&version::TLS13]).await;
    assert_eq!((seen.version.as_deref(), &seen.failure), (Some("TLS 1.3"), &None));
    assert_eq!(seen.versions, ["TLS 1.3"]);
    let (seen, _) = tls_of(&[&version::TLS12, &version::TLS13]).await;
    assert_eq!(seen.versions, ["TLS 1.2", "TLS 1.3"]);
}

/// Reads the first message, and answers with these bytes.
async fn scripted(answer: &'static [u8]) -> Handshake {
    let address = serve(move |mut stream| async move {
        let mut first = [0; 1024];
        let _ = stream.read(&mut first).await;
        let _ = stream.write_all(answer).await;
    })
    .await;
    handshake(address, "owa.apps.local").await.0
}

#[tokio::test]
async fn other_protocols_are_named() {
    let other = |name: &str| Some(HandshakeFailure::OtherProtocol(name.to_owned()));
    assert_eq!(scripted(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.failure, other("HTTP"));
    assert_eq!(scripted(b"SSH-2.0-OpenSSH_9.9\r\n").await.failure, other("SSH"));
    assert_eq!(scripted(b"\x00\x01\x02\x03garbage").await.failure, other("unknown"));
}

#[tokio::test]
async fn alerts_and_closed_connections_are_distinguished() {
    let seen = scripted(&[21, 3, 1, 0, 2, 2, 70]).await;
    assert_eq!(seen.failure, Some(HandshakeFailure::NoCommonVersion));
    let seen = scripted(&[21, 3, 3, 0, 2, 2, 40]).await;
    assert_eq!(seen.failure, Some(HandshakeFailure::NoCommonAlgorithms));
    let seen = scripted(&[21, 3, 3, 0, 2, 2, 112]).await;
    assert_eq!(seen.failure, Some(HandshakeFailure::Alert("unrecognized_name".to_owned())));
    assert_eq!(scripted(b"").await.failure, Some(HandshakeFailure::Closed));
}

#[tokio::test]
async fn large_certificate_is_named() {
    let names: Vec<_> = (0..4_500).map(|number| format!("n{number}.apps.local")).collect();
    let certificate = rcgen::generate_simple_self_signed(names).unwrap();
    let bytes = certificate.cert.der().len() as u64;
    for (versions, known) in [
        (&[&version::TLS12][..], bytes),
        (&[&version::TLS12, &version::TLS13], bytes),
        // the certificate is encrypted
        (&[&version::TLS13], 0x10000),
    ] {
        let acceptor = acceptor(&certificate, versions);
        let address = serve(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let _ = acceptor.accept(stream).await;
            }
        })
        .await;
        let (seen, sent) = handshake(address, "owa.apps.local").await;
        assert_eq!(seen.failure, Some(HandshakeFailure::CertificateTooLarge(known)));
        assert_eq!(sent.len(), usize::from(known == bytes));
    }
}

/// A server that takes TLS 1.0 only and closes the connection otherwise, as those of Windows do.
#[tokio::test]
async fn certificate_of_a_server_with_tls_1_0_is_read() {
    let certificate = vec![0x30, 3, 1, 2, 3];
    let address = serve(move |mut stream| async move {
        let mut first = [0; 1024];
        let count = stream.read(&mut first).await.unwrap();
        if count > 11 && first[9..11] == [3, 1] {
            let list = [&[0, 0, 5][..], &[0x30, 3, 1, 2, 3]].concat();
            let messages = [
                &[2, 0, 0, 38, 3, 1][..],
                &[7; 32],
                &[0, 0, 0x2f, 0],
                &[11, 0, 0, 11, 0, 0, 8],
                &list,
            ]
            .concat();
            let length = u8::try_from(messages.len()).unwrap();
            stream.write_all(&[&[22, 3, 1, 0, length], &messages[..]].concat()).await.unwrap();
            let _ = stream.read(&mut first).await;
        }
    })
    .await;
    let (seen, sent) = handshake(address, "owa.apps.local").await;
    assert_eq!(seen.failure, Some(HandshakeFailure::NoCommonVersion));
    assert_eq!(seen.versions, ["TLS 1.0"]);
    assert_eq!(sent, [certificate]);
}

#[tokio::test(start_paused = true)]
async fn silent_server_ends_within_the_limit() {
    let address = serve(|stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let seen = handshake(address, "owa.apps.local").await.0;
    assert_eq!(seen.failure, Some(HandshakeFailure::TimedOut));
}
