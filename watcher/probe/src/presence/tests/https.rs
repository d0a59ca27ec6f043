//! A server of HTTPS that answers by a function, and keeps the requests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use adr_doctor::presence::certificates::UploadedFile;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CertifiedKey, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::version;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::tls::{acceptor, serve};

/// A running server.
pub(super) struct Https {
    pub(super) address: SocketAddr,
    /// The authority that issued the certificate, in DER.
    authority: Vec<u8>,
    /// The certificate, in DER.
    sent: Vec<u8>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Https {
    /// Answers each request, which has its body, with these bytes. The certificate has this common
    /// name and these alternative names.
    pub(super) async fn start(
        common_name: &str,
        names: &[&str],
        answer: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Apps CA");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let signing_key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&signing_key, &issuer).unwrap();
        let certificate = CertifiedKey { cert, signing_key };
        Self::start_with(&certificate, issuer.der().to_vec(), answer).await
    }

    /// The same with a certificate that signs itself, until the beginning of a year. With the
    /// server comes this certificate in DER.
    pub(super) async fn start_self_signed(
        name: &str,
        until: i32,
        answer: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> (Self, Vec<u8>) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let signing_key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&signing_key).unwrap();
        let own = cert.der().to_vec();
        let certificate = CertifiedKey { cert, signing_key };
        (Self::start_with(&certificate, own.clone(), answer).await, own)
    }

    async fn start_with(
        certificate: &CertifiedKey<KeyPair>,
        authority: Vec<u8>,
        answer: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        let acceptor = acceptor(certificate, &[&version::TLS12, &version::TLS13]);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&requests), Arc::new(answer));
        let address = serve(move |stream| {
            let (acceptor, kept, answer) =
                (acceptor.clone(), Arc::clone(&kept), Arc::clone(&answer));
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = String::new();
                let mut chunk = [0; 4096];
                while !is_whole(&request) {
                    match stream.read(&mut chunk).await {
                        Ok(0) | Err(_) => return,
                        Ok(count) => request.push_str(&String::from_utf8_lossy(&chunk[..count])),
                    }
                }
                let text = answer(&request);
                kept.lock().unwrap().push(request);
                let _ = stream.write_all(text.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        })
        .await;
        Self { address, sent: certificate.cert.der().to_vec(), authority, requests }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The certificates that it sends.
    pub(super) fn sent(&self) -> Vec<Vec<u8>> {
        vec![self.sent.clone()]
    }

    /// The folder of uploaded certificates, with the authority.
    pub(super) fn uploaded(&self) -> Vec<UploadedFile> {
        vec![("ca.cer".to_owned(), Ok(self.authority.clone()))]
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
    });
    body.len() >= length.unwrap_or(0)
}

/// An answer with a status, header lines and a body.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}
