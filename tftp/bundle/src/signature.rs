//! Signatures of a manifest, in the format of minisign.
//!
//! A manifest lists the hash of every file, so one signature covers a whole generation. It can be
//! verified with `minisign -V -p KEY.pub -m manifest.json`, and made with `minisign -S` as well.
//! The trusted comment, which is signed too, holds the time of expiry.

use std::fmt;
use std::io::Cursor;

use minisign::{KeyPair, PublicKeyBox, SecretKeyBox, SignatureBox};

/// File name of the signature of a manifest, in the same folder.
pub const SIGNATURE_FILE_NAME: &str = "manifest.json.minisig";

/// Creates a pair of keys. Returns the text of the secret key, which has no password, and that of
/// the public key.
///
/// # Errors
///
/// The system provides no random numbers.
pub fn new_keys() -> Result<(String, String), SignatureError> {
    let pair = KeyPair::generate_unencrypted_keypair()?;
    let secret = pair.sk.to_box(Some("adrc secret key"))?;
    let public = pair.pk.to_box()?;
    Ok((secret.into_string(), public.into_string()))
}

/// A key that signs manifests.
pub struct SigningKey(minisign::SecretKey);

impl SigningKey {
    /// Reads a secret key without a password, as created by [`new_keys`]. Keys of `minisign -G -W`
    /// are not accepted, because they lack a checksum.
    ///
    /// # Errors
    ///
    /// [`SignatureError::NotASecretKey`].
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        if text.lines().count() < 2 {
            return Err(SignatureError::NotASecretKey);
        }
        SecretKeyBox::from_string(text)
            .and_then(SecretKeyBox::into_unencrypted_secret_key)
            .map(Self)
            .map_err(|_| SignatureError::NotASecretKey)
    }

    /// The public key that belongs to this secret key.
    ///
    /// # Errors
    ///
    /// The key is damaged.
    pub fn public(&self) -> Result<PublicKey, SignatureError> {
        Ok(PublicKey(minisign::PublicKey::from_secret_key(&self.0)?))
    }

    /// Signs a manifest and a statement. Returns the text of the signature.
    ///
    /// # Errors
    ///
    /// The system provides no random numbers.
    pub fn sign(&self, manifest: &[u8], statement: &Statement) -> Result<String, SignatureError> {
        let comment = statement.to_string();
        let what = Some("signature of a generation of dial rules");
        let signature = minisign::sign(None, &self.0, Cursor::new(manifest), Some(&comment), what)?;
        Ok(signature.into_string())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

/// A key that verifies manifests.
///
/// ```
/// use adr_bundle::signature::{PublicKey, SigningKey, Statement, new_keys};
///
/// let (secret, public) = new_keys()?;
/// let statement =
///     Statement { timestamp: 10, generation: Some(7), expires: Some(20), ..Statement::default() };
/// let signature = SigningKey::parse(&secret)?.sign(b"{}", &statement)?;
/// let key = PublicKey::parse(&public)?;
/// assert_eq!(key.verify(b"{}", &signature)?, statement);
/// assert!(key.verify(b"{ }", &signature).is_err());
/// # Ok::<(), adr_bundle::signature::SignatureError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(minisign::PublicKey);

impl PublicKey {
    /// Reads a public key: the text of a `.pub` file, or its second line alone.
    ///
    /// # Errors
    ///
    /// [`SignatureError::NotAPublicKey`].
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let text = text.trim();
        let key = if text.contains('\n') {
            PublicKeyBox::from_string(text).and_then(PublicKeyBox::into_public_key)
        } else {
            minisign::PublicKey::from_base64(text)
        };
        key.map(Self).map_err(|_| SignatureError::NotAPublicKey)
    }

    /// The number of the key as minisign shows it: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        self.0.keynum().iter().rev().map(|byte| format!("{byte:02X}")).collect()
    }

    /// Verifies the signature of a manifest. Returns the statement that was signed with it.
    ///
    /// The caller has to check whether the signature [has expired](Statement::is_expired).
    ///
    /// # Errors
    ///
    /// The text is not a signature, or it was made with another key or for another manifest.
    pub fn verify(&self, manifest: &[u8], signature: &str) -> Result<Statement, SignatureError> {
        let signature =
            SignatureBox::from_string(signature).map_err(|_| SignatureError::NotASignature)?;
        if signature.keynum() != self.0.keynum() {
            return Err(SignatureError::OtherKey);
        }
        minisign::verify(&self.0, &signature, Cursor::new(manifest), true, false, false)
            .map_err(|_| SignatureError::Mismatch)?;
        let comment = signature.trusted_comment();
        Statement::parse(&comment.map_err(|_| SignatureError::NotASignature)?)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.0.to_base64())
    }
}

/// The trusted comment, which is signed with a manifest. Times are seconds since 1970, UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Time of the signature.
    pub timestamp: u64,
    /// Generation of the manifest; `None` if the signer left it out.
    pub generation: Option<u64>,
    /// Time from which clients no longer accept the generation; `None` for never.
    pub expires: Option<u64>,
    /// Name of the published folder that the manifest was signed for, so that one key can sign
    /// several folders; see [`is_folder_name`]. `None` if the signer left it out.
    pub folder: Option<String>,
    /// SHA-256 of the record beside the manifest, lower-case hexadecimal: nodes of a cluster act on
    /// the record, and it comes from a broker. `None` if the signer left it out.
    pub record: Option<String>,
}

/// What a signature states, without verifying it: only for display, because anyone can write it.
/// [`PublicKey::verify`] returns a statement that the owner of the key made.
///
/// # Errors
///
/// The text is not a signature, or its trusted comment has an invalid number.
///
/// ```
/// use adr_bundle::signature::{SigningKey, Statement, new_keys, unverified_statement};
///
/// let (secret, _) = new_keys()?;
/// let statement = Statement { timestamp: 10, expires: Some(20), ..Statement::default() };
/// let signature = SigningKey::parse(&secret)?.sign(b"{}", &statement)?;
/// assert_eq!(unverified_statement(&signature)?, statement);
/// # Ok::<(), adr_bundle::signature::SignatureError>(())
/// ```
pub fn unverified_statement(signature: &str) -> Result<Statement, SignatureError> {
    let signature = SignatureBox::from_string(signature);
    let comment = signature.and_then(|signature| signature.trusted_comment());
    Statement::parse(&comment.map_err(|_| SignatureError::NotASignature)?)
}

/// Most characters of the name of a folder in a signature.
const MAX_FOLDER_CHARACTERS: usize = 64;

/// Whether a text can be the name of a folder in a signature: 1 to 64 of `0-9 A-Z a-z . _ -`.
///
/// ```
/// use adr_bundle::signature::is_folder_name;
///
/// assert!(is_folder_name("published") && !is_folder_name("my rules"));
/// ```
#[must_use]
pub fn is_folder_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_FOLDER_CHARACTERS).contains(&text.len()) && text.bytes().all(is_allowed)
}

impl Statement {
    /// Whether the signature has expired at the time `now`.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Reads a trusted comment: fields `name:value`, separated by tabs or spaces. Unknown fields
    /// are ignored.
    fn parse(comment: &str) -> Result<Self, SignatureError> {
        let mut statement = Self::default();
        for field in comment.split(['\t', ' ']) {
            let (name, value) = field.split_once(':').unwrap_or((field, ""));
            let number = || value.parse().map_err(|_| SignatureError::InvalidComment);
            match name {
                "timestamp" => statement.timestamp = number()?,
                "generation" => statement.generation = Some(number()?),
                "expires" => statement.expires = Some(number()?),
                "folder" => statement.folder = Some(value.to_owned()),
                "record" => statement.record = Some(value.to_owned()),
                _ => {}
            }
        }
        Ok(statement)
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timestamp:{}", self.timestamp)?;
        if let Some(generation) = self.generation {
            write!(f, "\tgeneration:{generation}")?;
        }
        if let Some(expires) = self.expires {
            write!(f, "\texpires:{expires}")?;
        }
        if let Some(folder) = &self.folder {
            write!(f, "\tfolder:{folder}")?;
        }
        self.record.as_ref().map_or(Ok(()), |record| write!(f, "\trecord:{record}"))
    }
}

/// Why a manifest cannot be signed, or its signature not be accepted.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The text is not a secret key without a password.
    #[error("this is not a secret key of `adrc key new`")]
    NotASecretKey,
    /// The text is not a public key.
    #[error("this is not a public key of minisign")]
    NotAPublicKey,
    /// The text is not a signature.
    #[error("this is not a signature of minisign")]
    NotASignature,
    /// The signature was made with another key.
    #[error("the signature was made by another key")]
    OtherKey,
    /// The signature was made for another manifest.
    #[error("the signature does not match the manifest")]
    Mismatch,
    /// The trusted comment has a field that should be a number.
    #[error("the trusted comment of the signature has an invalid number")]
    InvalidComment,
    /// A cryptographic operation failed.
    #[error(transparent)]
    Minisign(#[from] minisign::PError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> (SigningKey, PublicKey) {
        let (secret, public) = new_keys().unwrap();
        let secret = SigningKey::parse(&secret).unwrap();
        assert_eq!(secret.public().unwrap(), PublicKey::parse(&public).unwrap());
        (secret, PublicKey::parse(&public).unwrap())
    }

    #[test]
    fn every_changed_byte_is_detected() {
        let (secret, public) = keys();
        let statement = Statement {
            timestamp: 1,
            generation: Some(2),
            folder: Some("published".into()),
            record: Some("0".repeat(64)),
            ..Statement::default()
        };
        let manifest = b"{\"generation\": 2}".to_vec();
        let signature = secret.sign(&manifest, &statement).unwrap();
        assert_eq!(public.verify(&manifest, &signature).unwrap(), statement);
        for at in 0..manifest.len() {
            let mut changed = manifest.clone();
            changed[at] ^= 1;
            let verdict = public.verify(&changed, &signature);
            assert!(matches!(verdict, Err(SignatureError::Mismatch)), "byte {at}: {verdict:?}");
        }
        let untrusted = signature.lines().next().unwrap().len();
        for at in untrusted + 1..signature.trim_end().len() {
            let mut changed = signature.clone().into_bytes();
            changed[at] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else {
                continue;
            };
            let verdict = public.verify(&manifest, &changed);
            assert!(verdict.is_err(), "byte {at}: {verdict:?}");
        }
    }

    #[test]
    fn signature_of_another_key_is_rejected() {
        let ((secret, _), (_, public)) = (keys(), keys());
        let signature = secret.sign(b"x", &Statement::default()).unwrap();
        assert!(matches!(public.verify(b"x", &signature), Err(SignatureError::OtherKey)));
    }

    #[test]
    fn malformed_keys_and_signatures_are_rejected() {
        let (_, public) = keys();
        for text in ["", "\n", "x", "a\nb", "untrusted comment: x\ny\ntrusted comment: z\nw"] {
            assert!(SigningKey::parse(text).is_err(), "{text:?}");
            assert!(PublicKey::parse(text).is_err(), "{text:?}");
            let verdict = public.verify(b"", text);
            assert!(matches!(verdict, Err(SignatureError::NotASignature)), "{text:?}");
        }
    }

    #[test]
    fn comments_of_minisign_are_read() {
        let read = Statement::parse("timestamp:5\tfile:manifest.json\thashed").unwrap();
        assert_eq!((read.timestamp, read.generation, read.expires), (5, None, None));
        let read = Statement::parse("expires:9 by hand").unwrap();
        assert!(read.is_expired(9) && !read.is_expired(8));
        assert!(Statement::parse("expires:soon").is_err());
    }
}
