//! Reading the pinned key, which people name by its file or by its text.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a key is read from a file"
)]

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use adr_bundle::signature::{PublicKey, SignatureError};

/// Largest file of a key in bytes.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// Why a public key cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read, or is not UTF-8.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file, as the caller wrote it.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The text is not a public key.
    #[error(
        "{text}: {source}; name the .pub file that `adrc key new` or `minisign -G` wrote, or give \
         its line of base64"
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
        let mut key = String::new();
        let read =
            File::open(text).and_then(|file| file.take(MAX_KEY_BYTES).read_to_string(&mut key));
        read.map_err(|source| KeyError::Unreadable { path: text.to_owned(), source })?;
        key
    } else {
        text.to_owned()
    };
    PublicKey::parse(&key).map_err(|source| KeyError::Invalid { text: text.to_owned(), source })
}
