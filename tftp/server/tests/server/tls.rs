//! HTTPS, and replacing the certificate of a running server.

use std::path::Path;
use std::sync::Arc;

use crate::harness::TestServer;
use adr_server::{Protocol, TlsFiles};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// Writes a new certificate for 127.0.0.1, and returns it.
fn certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

/// A client that trusts only this certificate.
fn client(trusted: &CertificateDer<'static>) -> reqwest::Client {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy().build().unwrap()
}

#[test]
fn https_serves_files_and_reloads_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let first = certificate(folder.path());
    let files = TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    let served = TestServer::with(|settings| {
        settings.https = settings.http.clone();
        settings.tls = Some(files);
    });
    let url = format!("https://{}/AppDialRules.xml", served.server().addresses().https[0]);
    let get = |trusted: &CertificateDer<'static>| {
        let client = client(trusted);
        served.runtime.block_on(async { client.get(&url).send().await?.text().await })
    };
    assert_eq!(get(&first).unwrap(), "<DialRules>default</DialRules>\n");
    served.wait_until("a record", |server| !server.latest_records().is_empty());
    assert_eq!(served.server().latest_records()[0].protocol, Protocol::Https);

    let second = certificate(folder.path());
    served.server().reload_certificate().unwrap();
    assert!(get(&first).is_err());
    assert_eq!(get(&second).unwrap(), "<DialRules>default</DialRules>\n");

    std::fs::write(folder.path().join("key.pem"), "no key").unwrap();
    let error = served.server().reload_certificate().unwrap_err().to_string();
    assert!(error.contains("key.pem: "), "{error}");
    assert_eq!(get(&second).unwrap(), "<DialRules>default</DialRules>\n");
}
