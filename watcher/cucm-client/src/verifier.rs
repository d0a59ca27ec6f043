//! Verifies the certificate of a node during the TLS handshake.

use std::error::Error;
use std::io;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};

use crate::fingerprint::Fingerprint;
use crate::setup_error::SetupError;
use crate::trust::Trust;

/// A node showed a certificate that adrc does not trust. adrc sent nothing to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("adrc does not trust the certificate of CUCM: {failure} (SHA-256 {fingerprint})")]
pub struct UntrustedCertificate {
    /// The certificate's fingerprint, for a person to compare.
    pub fingerprint: Fingerprint,
    /// Why adrc does not trust it.
    #[source]
    pub failure: TrustFailure,
}

/// Why adrc does not trust a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustFailure {
    /// Neither a file of certificates nor a fingerprint is configured.
    #[error("it is unknown")]
    Unknown,
    /// It has another fingerprint than the configured ones.
    #[error("its fingerprint differs from the configured one")]
    OtherFingerprint,
    /// None of the configured certificates issued it.
    #[error("none of the configured certificates issued it")]
    OtherIssuer,
    /// It is for another name than the configured one.
    #[error("it is for another host name than the configured one")]
    OtherName,
    /// Its period of validity is over, or has not begun.
    #[error("it has expired or is not valid yet")]
    Expired,
    /// Another reason.
    #[error("{0}")]
    Invalid(String),
}

/// The TLS settings that trust what `trust` says.
pub(crate) fn tls_config(trust: &Trust) -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let rule = match trust {
        Trust::Nothing => Rule::Nothing,
        Trust::Fingerprints(fingerprints) => Rule::Fingerprints(fingerprints.clone()),
        Trust::Certificates(certificates) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates {
                roots.add(certificate.clone())?;
            }
            let roots = Arc::new(roots);
            let web = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
            Rule::Certificates { given: certificates.clone(), issued: web.build()? }
        }
    };
    let verifier = Verifier { rule, provider: Arc::clone(&provider) };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// The untrusted certificate among the causes of an error.
pub(crate) fn untrusted_in(error: &reqwest::Error) -> Option<&UntrustedCertificate> {
    causes(error).find_map(|cause| match cause.downcast_ref()? {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(other))) => {
            other.downcast_ref()
        }
        _ => None,
    })
}

/// The causes of an error, also those inside of I/O errors, which do not report them as sources.
pub(crate) fn causes<'e>(
    error: &'e reqwest::Error,
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(error.source(), |error| {
        let error: &'e (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

#[derive(Debug)]
struct Verifier {
    rule: Rule,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum Rule {
    Nothing,
    Fingerprints(Vec<Fingerprint>),
    Certificates { given: Vec<CertificateDer<'static>>, issued: Arc<WebPkiServerVerifier> },
}

impl Verifier {
    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TrustFailure> {
        match &self.rule {
            Rule::Nothing => Err(TrustFailure::Unknown),
            Rule::Fingerprints(fingerprints) => {
                match fingerprints.contains(&Fingerprint::of(certificate)) {
                    true => Ok(()),
                    false => Err(TrustFailure::OtherFingerprint),
                }
            }
            Rule::Certificates { given, .. } if given.contains(certificate) => Ok(()),
            Rule::Certificates { issued, .. } => issued
                .verify_server_cert(certificate, intermediates, name, &[], now)
                .map(drop)
                .map_err(|error| failure(&error)),
        }
    }
}

fn failure(error: &rustls::Error) -> TrustFailure {
    use CertificateError as Certificate;
    match error {
        // a bad signature: an authority of the same name with another key, such as a renewed one
        rustls::Error::InvalidCertificate(
            Certificate::UnknownIssuer | Certificate::BadSignature,
        ) => TrustFailure::OtherIssuer,
        rustls::Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => TrustFailure::OtherName,
        rustls::Error::InvalidCertificate(
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. },
        ) => TrustFailure::Expired,
        other => TrustFailure::Invalid(other.to_string()),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verify(certificate, intermediates, name, now).map_err(|failure| {
            let fingerprint = Fingerprint::of(certificate);
            let untrusted = UntrustedCertificate { fingerprint, failure };
            CertificateError::Other(OtherError(Arc::new(untrusted)))
        })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
