//! Certificates: from the bytes that a server sent, or that were uploaded to the presence server,
//! to what causes depend on.
//!
//! The bytes may be hostile. Each number and size has a limit, and what cannot be read becomes a
//! text that says why.

mod file;
mod name;
mod read;
mod signer;
#[cfg(test)]
mod tests;

use super::observation::{Certificate, Chain, Uploaded};

/// The most certificates of a server that are read.
pub const MAX_SENT: usize = 32;

/// The most certificates of one uploaded file that are read.
pub const MAX_IN_FILE: usize = 500;

/// The most certificates of all uploaded files that are read.
pub const MAX_UPLOADED: usize = 2_000;

/// The most subject alternative names of a certificate.
pub const MAX_NAMES: usize = 20_000;

/// The most bytes of one certificate.
pub const MAX_CERTIFICATE_BYTES: usize = 1024 * 1024;

/// The most characters of a name that are kept.
pub const MAX_NAME_CHARACTERS: usize = 1_024;

/// The most signatures that are checked to find the issuers of a chain.
pub const MAX_SIGNATURES: usize = 2_000;

/// An uploaded file: its name, and its content or why it cannot be read.
pub type UploadedFile = (String, Result<Vec<u8>, String>);

impl Chain {
    /// Reads the certificates that a server sent, in DER, its own first, and the files of the
    /// folder of uploaded ones: DER, PEM or PKCS#7 (`.p7b`). Among all of them, it finds by their
    /// signatures which issued which.
    ///
    /// A file with several certificates becomes one entry for each.
    #[must_use]
    pub fn read(sent: &[Vec<u8>], uploaded: Option<&[UploadedFile]>) -> Self {
        let mut chain = Self { uploaded: uploaded.map(|_| Vec::new()), ..Self::default() };
        let mut all: Vec<&[u8]> = Vec::new();
        for (number, der) in sent.iter().enumerate().map(|(index, der)| (index + 1, der)) {
            match read::certificate(der) {
                _ if number > MAX_SENT => {
                    let more = format!("{number}: more than {MAX_SENT} certificates were sent");
                    chain.unreadable.push(more);
                    break;
                }
                Ok(certificate) => {
                    chain.sent.push(certificate);
                    all.push(der);
                }
                Err(reason) => chain.unreadable.push(format!("{number}: {reason}")),
            }
        }
        let files = uploaded.unwrap_or_default();
        let contents: Vec<(&String, Result<Vec<u8>, String>)> = files
            .iter()
            .flat_map(|(name, content)| {
                let inside = match content {
                    Ok(bytes) => file::certificates(bytes),
                    Err(reason) => vec![Err(reason.clone())],
                };
                inside.into_iter().map(move |certificate| (name, certificate))
            })
            .take(MAX_UPLOADED)
            .collect();
        let mut entries = Vec::new();
        for (name, der) in &contents {
            let certificate = der.as_ref().map_err(Clone::clone).and_then(|der| {
                let certificate = read::certificate(der)?;
                all.push(der);
                Ok(certificate)
            });
            entries.push(Uploaded { file: (*name).clone(), certificate });
        }
        let signers = signer::signers(&all);
        let read = entries.iter_mut().filter_map(|entry| entry.certificate.as_mut().ok());
        for (certificate, signed_by) in chain.sent.iter_mut().chain(read).zip(signers) {
            certificate.signed_by = signed_by.certain;
            certificate.perhaps_signed_by = signed_by.possible;
        }
        chain.uploaded = uploaded.map(|_| entries);
        chain
    }
}

impl Certificate {
    /// Reads one certificate in DER, without its issuers.
    ///
    /// # Errors
    ///
    /// It is too large, damaged, or has more names than [`MAX_NAMES`]: the text says which.
    pub fn read(der: &[u8]) -> Result<Self, String> {
        read::certificate(der)
    }
}

/// The certificates of a file in DER, in its order: of DER, PEM or PKCS#7. What is damaged becomes
/// a text that says why. There is at least one entry.
#[must_use]
pub fn in_file(bytes: &[u8]) -> Vec<Result<Vec<u8>, String>> {
    file::certificates(bytes)
}
