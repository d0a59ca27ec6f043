//! The zoo: every way in which the certificate of a server is right or wrong.

use crate::identity::Identity;
use crate::{chains, leaves, openssl};

/// A server whose certificate has one property that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Specimen {
    /// Nothing is wrong: root and intermediate are uploaded, leaf and intermediate are sent.
    Right,
    /// The name is only in the CN; there are no alternative names.
    NameInCommonName,
    /// The CN is an address, without alternative names.
    AddressInCommonName,
    /// The alternative names lack the name; the CN has it.
    NameNotInAlternatives,
    /// The alternative names have the name; the CN is another.
    AnotherCommonName,
    /// Neither CN nor alternative names have the name.
    AnotherName,
    /// The alternative names have `*.DOMAIN` only.
    Wildcard,
    /// Self-signed, and not a CA, as IIS makes it; the same certificate is uploaded.
    SelfSignedLeaf,
    /// Self-signed, and a CA; the same certificate is uploaded.
    SelfSignedAuthority,
    /// Self-signed, and a CA that ended in 2021; the same certificate is uploaded.
    SelfSignedExpired,
    /// The intermediate is neither sent nor uploaded.
    IntermediateMissing,
    /// The intermediate is uploaded and not sent.
    IntermediateNotSent,
    /// The root is not uploaded.
    RootNotUploaded,
    /// Nothing is uploaded.
    NothingUploaded,
    /// The root is sent between leaf and intermediate.
    WrongOrder,
    /// Certificates that have nothing to do with the leaf are sent, too.
    ExtraCertificates,
    /// The leaf ended in 2021.
    Expired,
    /// The leaf begins in 2040.
    NotYetValid,
    /// The intermediate ended in 2021.
    IssuerExpired,
    /// The root ended in 2021.
    RootExpired,
    /// The intermediate has no basic constraints.
    IntermediateWithoutConstraints,
    /// The intermediate says `CA:FALSE`.
    IntermediateDeniesAuthority,
    /// The root allows no intermediate (path length zero).
    PathLengthZero,
    /// The uploaded root has the right subject and another key: it was renewed.
    RenewedIssuer,
    /// The uploaded leaf has the right subject and another key: it was renewed.
    RenewedLeaf,
    /// The leaf is uploaded instead of the root.
    LeafUploaded,
    /// What is uploaded cannot be read.
    UploadIsGarbage,
    /// All keys are of P-384.
    EllipticCurve384,
    /// All keys are of Ed25519.
    Ed25519,
    /// All keys are of RSA with 2,048 bits. Needs `openssl`.
    Rsa2048,
    /// The leaf's key is of RSA with 1,024 bits. Needs `openssl`.
    Rsa1024,
    /// SHA-1 signs the leaf. Needs `openssl`.
    Sha1,
    /// The leaf has 10,000 alternative names; the name is the last.
    ManyNames,
    /// A NUL is in the only alternative name, behind the name: `NAME\0.example.org`.
    NulInName,
    /// The serial number of the leaf is negative.
    NegativeSerial,
    /// Nobody knows the algorithm of the leaf's signature.
    UnknownAlgorithm,
}

impl Specimen {
    /// All of them.
    pub const ALL: [Self; 36] = [
        Self::Right,
        Self::NameInCommonName,
        Self::AddressInCommonName,
        Self::NameNotInAlternatives,
        Self::AnotherCommonName,
        Self::AnotherName,
        Self::Wildcard,
        Self::SelfSignedLeaf,
        Self::SelfSignedAuthority,
        Self::SelfSignedExpired,
        Self::IntermediateMissing,
        Self::IntermediateNotSent,
        Self::RootNotUploaded,
        Self::NothingUploaded,
        Self::WrongOrder,
        Self::ExtraCertificates,
        Self::Expired,
        Self::NotYetValid,
        Self::IssuerExpired,
        Self::RootExpired,
        Self::IntermediateWithoutConstraints,
        Self::IntermediateDeniesAuthority,
        Self::PathLengthZero,
        Self::RenewedIssuer,
        Self::RenewedLeaf,
        Self::LeafUploaded,
        Self::UploadIsGarbage,
        Self::EllipticCurve384,
        Self::Ed25519,
        Self::Rsa2048,
        Self::Rsa1024,
        Self::Sha1,
        Self::ManyNames,
        Self::NulInName,
        Self::NegativeSerial,
        Self::UnknownAlgorithm,
    ];

    /// Makes keys and certificates for a server that clients call `host`: a name, or an address.
    ///
    /// `None` without the program `openssl`, which some need: rustls and rcgen make neither keys
    /// of RSA nor signatures with SHA-1.
    #[must_use]
    pub fn identity(self, host: &str) -> Option<Identity> {
        if self.needs_openssl() && !adr_kit::optional::is_command("openssl") {
            return None;
        }
        let made = match self {
            Self::Rsa2048 => openssl::identity(host, 2048, "-sha256"),
            Self::Rsa1024 => openssl::identity(host, 1024, "-sha256"),
            Self::Sha1 => openssl::identity(host, 2048, "-sha1"),
            _ => leaves::identity(self, host).unwrap_or_else(|| chains::identity(self, host)),
        };
        Some(made)
    }

    /// Whether the program `openssl` makes it.
    #[must_use]
    pub fn needs_openssl(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa1024 | Self::Sha1)
    }
}
