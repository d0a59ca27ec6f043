//! Reading the pinned key, which people name by its file or by its text.

use std::io;
use std::path::Path;

use adr_bundle::disk::read_file;
use adr_bundle::signature::{PublicKey, SignatureError};

use crate::detail::shown_path;

/// Largest file of a key in bytes.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// Why a public key cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read, or is not UTF-8.
    #[error("{}: {source}", shown_path(Path::new(path)))]
    Unreadable {
        /// The file, as the caller wrote it.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The text is not a public key.
    #[error(
        "{}: {source}; name the .pub file that `adrc key new` or `minisign -G` wrote, or give \
         its line of base64",
        shown_path(Path::new(text))
    )]
    Invalid {
        /// The file or the text, as the caller wrote it.
        text: String,
        /// Why.
        source: SignatureError,
    },
}

/// Reads a public key from a file or, if there is no such file, from the text itself.
///
/// # Errors
///
/// The file cannot be read, or has no public key.
pub fn read_key(text: &str) -> Result<PublicKey, KeyError> {
    let key = if Path::new(text).exists() {
        let read = read_file(Path::new(text), MAX_KEY_BYTES).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
        });
        read.map_err(|source| KeyError::Unreadable { path: text.to_owned(), source })?
    } else {
        text.to_owned()
    };
    PublicKey::parse(&key).map_err(|source| KeyError::Invalid { text: text.to_owned(), source })
}
