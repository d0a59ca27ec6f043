//! Signatures on a manifest, in minisign's format.
//!
//! A manifest names every file with its hash, so one signature covers a generation. Anybody can
//! verify it with `minisign -V -p KEY.pub -m manifest.json`, and one that `minisign -S` made is as
//! good as ours. When it expires stands in the trusted comment, which is signed as well. Time is an
//! argument.

use std::fmt;
use std::io::Cursor;

use minisign::{KeyPair, PublicKeyBox, SecretKeyBox, SignatureBox};

/// The name under which the signature on a manifest lies beside it.
pub const SIGNATURE_FILE_NAME: &str = "manifest.json.minisig";

/// Makes a new pair of keys: the text of the secret one, which has no password, and of the public
/// one.
///
/// # Errors
///
/// The system gives no random numbers.
pub fn new_keys() -> Result<(String, String), SignatureError> {
    let failed = |error: minisign::PError| SignatureError::Key(error.to_string());
    let pair = KeyPair::generate_unencrypted_keypair().map_err(failed)?;
    let secret = pair.sk.to_box(Some("adrc secret key")).map_err(failed)?;
    let public = pair.pk.to_box().map_err(failed)?;
    Ok((secret.into_string(), public.into_string()))
}

/// A key that signs manifests.
pub struct SigningKey(minisign::SecretKey);

impl SigningKey {
    /// Reads a secret key without a password, as [`new_keys`] makes one. (`minisign -G -W` leaves
    /// out the checksum in its keys, so those are not read; `minisign -S` itself signs with them.)
    ///
    /// # Errors
    ///
    /// It is no such key.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        if text.lines().count() < 2 {
            return Err(SignatureError::Key("this is no secret key of `adrc key new`".into()));
        }
        SecretKeyBox::from_string(text)
            .and_then(SecretKeyBox::into_unencrypted_secret_key)
            .map(Self)
            .map_err(|_| SignatureError::Key("this is no secret key of `adrc key new`".into()))
    }

    /// The public key that verifies what this one signs.
    ///
    /// # Errors
    ///
    /// The key is damaged.
    pub fn public(&self) -> Result<PublicKey, SignatureError> {
        minisign::PublicKey::from_secret_key(&self.0)
            .map(PublicKey)
            .map_err(|error| SignatureError::Key(error.to_string()))
    }

    /// Signs the bytes of a manifest; gives the text of the signature.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub fn sign(&self, manifest: &[u8], statement: &Statement) -> Result<String, SignatureError> {
        let comment = statement.to_string();
        let what = Some("signature of a generation of dial rules");
        minisign::sign(None, &self.0, Cursor::new(manifest), Some(&comment), what)
            .map(SignatureBox::into_string)
            .map_err(|error| SignatureError::Key(error.to_string()))
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
/// let statement = Statement { timestamp: 10, generation: Some(7), expires: Some(20) };
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
    /// It is no such key.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let text = text.trim();
        let key = if text.contains('\n') {
            PublicKeyBox::from_string(text).and_then(PublicKeyBox::into_public_key)
        } else {
            minisign::PublicKey::from_base64(text)
        };
        key.map(Self).map_err(|_| SignatureError::Key("this is no public key of minisign".into()))
    }

    /// Verifies the signature of a manifest's bytes; gives what was signed along with them.
    ///
    /// Whether it has expired is for the caller to say, who knows the time.
    ///
    /// # Errors
    ///
    /// The text is no signature, or another key made it, or for other bytes.
    pub fn verify(&self, manifest: &[u8], signature: &str) -> Result<Statement, SignatureError> {
        let signature =
            SignatureBox::from_string(signature).map_err(|_| SignatureError::NotASignature)?;
        if signature.keynum() != self.0.keynum() {
            return Err(SignatureError::OtherKey);
        }
        minisign::verify(&self.0, &signature, Cursor::new(manifest), true, false, false)
            .map_err(|_| SignatureError::Wrong)?;
        let comment = signature.trusted_comment();
        Statement::parse(&comment.map_err(|_| SignatureError::NotASignature)?)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.0.to_base64())
    }
}

/// What is signed along with a manifest: the trusted comment. Times are seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// When it was signed.
    pub timestamp: u64,
    /// The manifest's generation; `None` where the signer did not say.
    pub generation: Option<u64>,
    /// From when on the generation is no longer taken; `None`: never.
    pub expires: Option<u64>,
}

impl Statement {
    /// Whether it has expired at a time.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Reads a trusted comment: `name:value`, separated by tabs or spaces; what is unknown is
    /// passed over.
    fn parse(comment: &str) -> Result<Self, SignatureError> {
        let mut statement = Self::default();
        for field in comment.split(['\t', ' ']) {
            let (name, value) = field.split_once(':').unwrap_or((field, ""));
            let number = || value.parse().map_err(|_| SignatureError::Statement);
            match name {
                "timestamp" => statement.timestamp = number()?,
                "generation" => statement.generation = Some(number()?),
                "expires" => statement.expires = Some(number()?),
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
        self.expires.map_or(Ok(()), |expires| write!(f, "\texpires:{expires}"))
    }
}

/// Why a manifest is not signed, or not by whom it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// A key cannot be read or used; the reason is a phrase.
    Key(String),
    /// The text is no signature of minisign.
    NotASignature,
    /// Another key made it.
    OtherKey,
    /// It was made for other bytes.
    Wrong,
    /// The trusted comment holds a number that is none.
    Statement,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(reason) => f.write_str(reason),
            Self::NotASignature => f.write_str("this is no signature of minisign"),
            Self::OtherKey => f.write_str("the signature was made by another key"),
            Self::Wrong => f.write_str("the signature is not one of these bytes"),
            Self::Statement => {
                f.write_str("the trusted comment of the signature has a number that is none")
            }
        }
    }
}

impl std::error::Error for SignatureError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> (SigningKey, PublicKey) {
        let (secret, public) = new_keys().unwrap();
        let secret = SigningKey::parse(&secret).unwrap();
        assert_eq!(secret.public(), PublicKey::parse(&public));
        (secret, PublicKey::parse(&public).unwrap())
    }

    #[test]
    fn every_changed_byte_is_seen() {
        let (secret, public) = keys();
        let statement = Statement { timestamp: 1, generation: Some(2), expires: None };
        let manifest = b"{\"generation\": 2}".to_vec();
        let signature = secret.sign(&manifest, &statement).unwrap();
        assert_eq!(public.verify(&manifest, &signature), Ok(statement));
        for at in 0..manifest.len() {
            let mut changed = manifest.clone();
            changed[at] ^= 1;
            assert_eq!(public.verify(&changed, &signature), Err(SignatureError::Wrong));
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
    fn another_key_is_another_key() {
        let ((secret, _), (_, public)) = (keys(), keys());
        let signature = secret.sign(b"x", &Statement::default()).unwrap();
        assert_eq!(public.verify(b"x", &signature), Err(SignatureError::OtherKey));
    }

    #[test]
    fn what_is_no_key_and_no_signature() {
        let (_, public) = keys();
        for text in ["", "\n", "x", "a\nb", "untrusted comment: x\ny\ntrusted comment: z\nw"] {
            assert!(SigningKey::parse(text).is_err(), "{text:?}");
            assert!(PublicKey::parse(text).is_err(), "{text:?}");
            assert_eq!(public.verify(b"", text), Err(SignatureError::NotASignature), "{text:?}");
        }
    }

    #[test]
    fn comments_of_other_signers_are_read() {
        let read = Statement::parse("timestamp:5\tfile:manifest.json\thashed").unwrap();
        assert_eq!((read.timestamp, read.generation, read.expires), (5, None, None));
        let read = Statement::parse("expires:9 by hand").unwrap();
        assert!(read.is_expired(9) && !read.is_expired(8));
        assert!(Statement::parse("expires:soon").is_err());
    }
}
