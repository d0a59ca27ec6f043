//! Which generations are signed, and when a signature is renewed.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use adr_bundle::disk::read_file;
use adr_bundle::folder::{SIGNATURE_BYTES, phrase};
use adr_bundle::signature::{PublicKey, SignatureError, SigningKey, Statement};
use adr_bundle::{Folder, SIGNATURE_FILE_NAME};
use thiserror::Error;

/// Most time between two checks whether a signature is due for renewal.
const MAX_RENEWAL_INTERVAL: Duration = Duration::from_secs(3600);

/// What is signed with a manifest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signed<'s> {
    /// The number of the generation.
    pub generation: u64,
    /// The name of its folder; `None` if that cannot be in a signature.
    pub folder: Option<&'s str>,
    /// SHA-256 of its record, lower-case hexadecimal; `None` outside a publication.
    pub record: Option<&'s str>,
}

/// Signs manifests, and decides when a signature is due for renewal.
pub trait Signer {
    /// The text of the signature file for a manifest.
    ///
    /// # Errors
    ///
    /// The key cannot be used.
    fn sign(&self, manifest: &[u8], signed: &Signed<'_>) -> Result<String, SignatureError>;

    /// Whether this signature may stay: it was made with this key for the folder with this name,
    /// and at least half of its lifetime is left.
    fn is_fresh(&self, manifest: &[u8], signature: &str, folder: Option<&str>) -> bool;

    /// Whether this signature is due for renewal: it was made with this key, and less than half of
    /// its lifetime is left. Signatures of other keys are never due.
    fn is_due(&self, manifest: &[u8], signature: &str) -> bool;
}

/// The key that signs generations, and the lifetime of signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningPolicy {
    /// The file of the secret key. It is read again for every signature, so that the key can be
    /// replaced while adrc runs.
    pub key_file: PathBuf,
    /// How long a signature is valid; `None` for a signature that does not expire.
    pub valid_for: Option<Duration>,
}

/// Why the secret key cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Its file cannot be read.
    #[error("{path}: {}", phrase(source))]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Its file does not contain a secret key in minisign's format.
    #[error("{path}: {source}")]
    Invalid {
        /// The file.
        path: String,
        /// Why.
        source: SignatureError,
    },
}

impl SigningPolicy {
    /// How often to check whether a signature is due for renewal: eight times during its lifetime,
    /// and at least once an hour. `None` if signatures do not expire.
    #[must_use]
    pub fn renewal_interval(&self) -> Option<Duration> {
        Some((self.valid_for? / 8).min(MAX_RENEWAL_INTERVAL))
    }

    /// Reads the key, to sign at the time `now` in seconds since 1970.
    ///
    /// # Errors
    ///
    /// See [`KeyError`].
    pub fn signer(&self, now: u64) -> Result<KeySigner, KeyError> {
        let path = self.key_file.display().to_string();
        let read = read_file(&self.key_file, SIGNATURE_BYTES).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
        });
        let text = read.map_err(|source| KeyError::Unreadable { path: path.clone(), source })?;
        let parsed = SigningKey::parse(&text).and_then(|key| Ok((key.public()?, key)));
        let (public, secret) = parsed.map_err(|source| KeyError::Invalid { path, source })?;
        Ok(KeySigner { secret, public, now, valid_for: self.valid_for.map(|time| time.as_secs()) })
    }
}

/// Signs with one key, at one time.
#[derive(Debug)]
pub struct KeySigner {
    secret: SigningKey,
    public: PublicKey,
    /// When it signs, in seconds since 1970.
    now: u64,
    /// Lifetime of signatures, in seconds; `None` if they do not expire.
    valid_for: Option<u64>,
}

impl KeySigner {
    /// Whether at least half of the lifetime is left that this signer gives to signatures.
    fn has_half_left(&self, statement: &Statement) -> bool {
        match (statement.expires, self.valid_for) {
            (None, None) => true,
            (Some(expires), Some(time)) => expires.saturating_sub(self.now) >= time / 2,
            _ => false,
        }
    }
}

impl Signer for KeySigner {
    fn sign(&self, manifest: &[u8], signed: &Signed<'_>) -> Result<String, SignatureError> {
        let statement = Statement {
            timestamp: self.now,
            generation: Some(signed.generation),
            expires: self.valid_for.map(|time| self.now.saturating_add(time)),
            folder: signed.folder.map(str::to_owned),
            record: signed.record.map(str::to_owned),
        };
        self.secret.sign(manifest, &statement)
    }

    fn is_fresh(&self, manifest: &[u8], signature: &str, folder: Option<&str>) -> bool {
        let statement = self.public.verify(manifest, signature);
        statement.is_ok_and(|statement| {
            statement.folder.as_deref() == folder && self.has_half_left(&statement)
        })
    }

    fn is_due(&self, manifest: &[u8], signature: &str) -> bool {
        let statement = self.public.verify(manifest, signature);
        statement.is_ok_and(|statement| !self.has_half_left(&statement))
    }
}

/// Whether the generation in a folder has a signature, and `is_valid` accepts its manifest and its
/// signature.
pub(super) fn has_signature(folder: &Folder, is_valid: impl Fn(&[u8], &str) -> bool) -> bool {
    let signature = folder.read(SIGNATURE_FILE_NAME, SIGNATURE_BYTES);
    let signature = signature.map(|content| String::from_utf8(content.bytes));
    match (folder.read_manifest(), signature) {
        (Ok(manifest), Ok(Ok(signature))) => is_valid(&manifest, &signature),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use adr_bundle::signature::new_keys;

    use super::*;

    /// A signature of generation 1 of a folder.
    fn sign(signer: &KeySigner, folder: Option<&str>) -> String {
        let signed = Signed { generation: 1, folder, record: None };
        signer.sign(b"manifest", &signed).unwrap()
    }

    fn signer(now: u64, valid_for: Option<u64>) -> KeySigner {
        let (secret, _) = new_keys().unwrap();
        let secret = SigningKey::parse(&secret).unwrap();
        let public = secret.public().unwrap();
        KeySigner { secret, public, now, valid_for }
    }

    #[test]
    fn signature_past_half_of_its_lifetime_is_due() {
        let mut signer = signer(1000, Some(100));
        let signature = sign(&signer, None);
        let mut due = Vec::new();
        for now in [0, 1000, 1050, 1051, 1100, 9999] {
            signer.now = now;
            let is_due = signer.is_due(b"manifest", &signature);
            assert_ne!(signer.is_fresh(b"manifest", &signature, None), is_due, "{now}");
            due.push(is_due);
        }
        assert_eq!(due, [false, false, false, true, true, true]);
    }

    /// Client cores that pin the folder reject the signature of another one.
    #[test]
    fn signature_for_another_folder_is_not_fresh() {
        let signer = signer(1000, None);
        let (here, nowhere) = (sign(&signer, Some("here")), sign(&signer, None));
        let is_fresh = |signature: &str, folder| signer.is_fresh(b"manifest", signature, folder);
        assert!(is_fresh(&here, Some("here")) && is_fresh(&nowhere, None));
        assert!(!is_fresh(&here, Some("there")) && !is_fresh(&here, None));
        assert!(!is_fresh(&nowhere, Some("here")));
    }

    #[test]
    fn signature_of_another_key_is_never_due() {
        let signature = sign(&signer(1000, Some(100)), None);
        let mut other = signer(9999, Some(100));
        let is_due = |signer: &KeySigner, text: &str| signer.is_due(b"manifest", text);
        assert!(!is_due(&other, &signature) && !is_due(&other, ""));
        other.valid_for = None;
        let unlimited = sign(&other, None);
        assert!(!is_due(&other, &unlimited));
    }

    #[test]
    fn renewal_is_checked_eight_times_and_once_an_hour() {
        let every = |seconds| {
            let valid_for = Some(Duration::from_secs(seconds));
            let policy = SigningPolicy { key_file: PathBuf::new(), valid_for };
            policy.renewal_interval().unwrap().as_secs()
        };
        assert_eq!((every(80), every(86_400_000)), (10, 3600));
    }
}
