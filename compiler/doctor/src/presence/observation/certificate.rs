//! Certificates, as far as causes depend on them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The certificates that a server sent, and those that were uploaded to the presence server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// What the server sent: its own certificate first.
    pub sent: Vec<Certificate>,
    /// Why certificates that the server sent cannot be read, each with its place from 1.
    #[serde(default)]
    pub unreadable: Vec<String>,
    /// The files of the folder of uploaded certificates (Presence Engine trust); `None` if no
    /// folder was given.
    pub uploaded: Option<Vec<Uploaded>>,
}

/// A certificate from the folder of uploaded ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uploaded {
    /// The name of the file.
    pub file: String,
    /// The certificate, or why it cannot be read.
    pub certificate: Result<Certificate, String>,
}

/// The parts of a certificate that causes depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The subject, in the form of RFC 4514.
    pub subject: String,
    /// The common names of the subject.
    pub common_names: Vec<String>,
    /// The issuer, in the form of RFC 4514.
    pub issuer: String,
    /// The serial number, in hexadecimal digits, with a minus sign if it is negative.
    pub serial: String,
    /// The beginning of its validity, in seconds since 1970 UTC.
    pub not_before: i64,
    /// The end of its validity, in seconds since 1970 UTC.
    pub not_after: i64,
    /// The subject alternative names; `None` without the extension.
    pub alternative_names: Option<Vec<AlternativeName>>,
    /// CA of the basic constraints; `None` without the extension.
    pub is_authority: Option<bool>,
    /// The path length of the basic constraints: how many further authorities may stand between it
    /// and the certificate of the server; `None` without a limit.
    #[serde(default)]
    pub path_length: Option<u32>,
    /// Its public key.
    pub public_key: PublicKey,
    /// The algorithm of its signature, such as `sha256WithRSAEncryption`, or the number of an
    /// unknown one.
    pub signature_algorithm: String,
    /// SHA-256 of the whole certificate, in hexadecimal digits: its identity.
    pub sha256: String,
    /// The identities of those certificates, sent or uploaded, whose key made its signature.
    pub signed_by: Vec<String>,
    /// The identities of those with the name of its issuer for which adrc cannot say whether their
    /// key made its signature, because it does not verify signatures of this kind.
    #[serde(default)]
    pub perhaps_signed_by: Vec<String>,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// The algorithm, such as `RSA` or `EC P-256`.
    pub algorithm: String,
    /// The size in bits; 0 if it is unknown.
    pub bits: u32,
    /// SHA-256 of its SubjectPublicKeyInfo, in hexadecimal digits.
    pub sha256: String,
}

/// A subject alternative name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlternativeName {
    /// A name of DNS.
    Dns(String),
    /// An address.
    Ip(IpAddr),
    /// Another kind; its name, without the value.
    Other(String),
}
