//! HTTPS: which servers a core trusts, and how it identifies itself.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adr_client::{Core, Server, Settings};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::dialing::{quick_settings, wait_for_prefix};
use crate::script::{Script, prefix};

type Certificate = CertifiedKey<KeyPair>;

fn certificate(name: &str) -> Certificate {
    generate_simple_self_signed([name.to_owned()]).unwrap()
}

/// Serves files to clients that identify with a certificate, until the process ends.
fn serve(own: &Certificate, client: &Certificate, files: BTreeMap<String, Vec<u8>>) -> Server {
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(client.cert.der().clone()).unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(accept(listener, TlsAcceptor::from(Arc::new(config)), files));
    });
    Server::parse(&format!("https://localhost:{port}/")).unwrap()
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, files: BTreeMap<String, Vec<u8>>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, files) = (acceptor.clone(), files.clone());
        tokio::spawn(async move {
            let mut stream = acceptor.accept(stream).await?;
            let mut head = vec![0; 4096];
            let count = stream.read(&mut head).await?;
            let head = String::from_utf8_lossy(&head[..count]).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
            let (status, body) = files.get(path).map_or((404, &b""[..]), |file| (200, file));
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(&[head.as_bytes(), body].concat()).await?;
            stream.shutdown().await
        });
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn authority_and_client_certificate_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let (own, client, other) =
        (certificate("localhost"), certificate("client"), certificate("localhost"));
    let mut script = Script::default();
    script.publish(&prefix("1"), b"<DialRules/>");
    let server = serve(&own, &client, script.files);
    let pem = |certificate: &Certificate| {
        certificate.cert.pem() + &certificate.signing_key.serialize_pem()
    };
    let right = Settings {
        ca: Some(write(folder.path(), "ca.pem", &own.cert.pem())),
        client_certificate: Some(write(folder.path(), "client.pem", &pem(&client))),
        ..quick_settings(vec![server])
    };
    let core = Core::open(right.clone()).unwrap();
    wait_for_prefix(&core, "1");

    let wrong = [
        ("the authorities of the system", Settings { ca: None, ..right.clone() }),
        ("no client certificate", Settings { client_certificate: None, ..right.clone() }),
        ("another authority", {
            let ca = Some(write(folder.path(), "other.pem", &other.cert.pem()));
            Settings { ca, ..right.clone() }
        }),
        ("another client certificate", {
            let path = write(folder.path(), "other-client.pem", &pem(&other));
            Settings { client_certificate: Some(path), ..right.clone() }
        }),
    ];
    for (what, settings) in wrong {
        let core = Core::open(settings).unwrap();
        let rejection = core.handle().reload(Duration::from_secs(60)).expect_err(what);
        assert_eq!(rejection.reason().word(), "unreachable", "{what}: {rejection}");
    }

    let without_key = write(folder.path(), "no-key.pem", &client.cert.pem());
    let error = Core::open(Settings { client_certificate: Some(without_key), ..right.clone() });
    assert!(error.unwrap_err().to_string().contains("no private key"));
    let empty = write(folder.path(), "empty.pem", "");
    let error = Core::open(Settings { ca: Some(empty), ..right });
    assert!(error.unwrap_err().to_string().contains("no valid certificate"));
}

/// A program that embeds a core may install a provider of its own.
#[test]
fn core_installs_no_provider_for_the_process() {
    let server = Server::parse("https://127.0.0.1:1/").unwrap();
    let _core = Core::open(quick_settings(vec![server])).unwrap();
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}
