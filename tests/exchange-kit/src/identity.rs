//! What a TLS server shows, and what an administrator uploaded to trust it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Characters in a line of PEM.
const PEM_LINE: usize = 64;

/// The certificates and the key of a server, and the folder of uploaded certificates beside it.
#[derive(Debug)]
pub struct Identity {
    /// What the server sends: its own certificate first.
    pub sent: Vec<CertificateDer<'static>>,
    /// The key of the first certificate.
    pub key: PrivateKeyDer<'static>,
    /// The certificates that were uploaded to the presence server.
    pub uploaded: Vec<UploadedFile>,
}

/// A file of the folder of uploaded certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// Name of the file.
    pub name: String,
    /// Its content: PEM, or whatever somebody uploaded.
    pub content: Vec<u8>,
}

impl UploadedFile {
    /// A certificate as PEM in a file `NAME.pem`.
    #[must_use]
    pub fn certificate(name: &str, certificate: &CertificateDer<'_>) -> Self {
        Self { name: format!("{name}.pem"), content: pem("CERTIFICATE", certificate).into_bytes() }
    }
}

impl Identity {
    /// Writes the uploaded certificates into a folder.
    pub fn upload(&self, folder: &Path) {
        for file in &self.uploaded {
            std::fs::write(folder.join(&file.name), &file.content).unwrap();
        }
    }

    /// What the server sends, as PEM.
    #[must_use]
    pub fn sent_pem(&self) -> String {
        certificates(&self.sent)
    }

    /// The uploaded certificates in one text, as other clients take them.
    #[must_use]
    pub fn uploaded_pem(&self) -> String {
        let texts = self.uploaded.iter().map(|file| String::from_utf8_lossy(&file.content));
        texts.collect()
    }

    /// The key as PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", self.key.secret_der())
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        let (sent, uploaded) = (self.sent.clone(), self.uploaded.clone());
        Self { sent, key: self.key.clone_key(), uploaded }
    }
}

/// Certificates as PEM.
pub(crate) fn certificates(list: &[CertificateDer<'_>]) -> String {
    list.iter().map(|certificate| pem("CERTIFICATE", certificate)).collect()
}

/// Bytes as PEM with this label.
fn pem(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(PEM_LINE) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem + &format!("-----END {label}-----\n")
}
