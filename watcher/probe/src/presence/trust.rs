//! The TLS that verifies: only over it a password is sent.

use std::sync::Arc;

use adr_doctor::presence::certificates::{UploadedFile, in_file};
use adr_doctor::presence::observation::{Certificate, Withheld};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::BuilderVerifierExt;

/// The TLS that trusts the uploaded certificates, or without them those of the system.
///
/// # Errors
///
/// The certificates of the system cannot be read.
pub(super) fn config(
    gateway: &str,
    uploaded: Option<&[UploadedFile]>,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let Some(files) = uploaded else {
        return Ok(builder.with_platform_verifier()?.with_no_client_auth());
    };
    let verifier = Arc::new(Verifier::new(gateway, files, provider));
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Why an error of the handshake keeps the password here; `None` if the certificate is not the
/// reason.
pub(super) fn withheld(error: &Error) -> Option<Withheld> {
    let Error::InvalidCertificate(reason) = error else { return None };
    Some(match reason {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Withheld::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Withheld::OtherName
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Withheld::NotInPeriod,
        _ => Withheld::Unverifiable,
    })
}

/// Verifies certificates by the uploaded ones, as a presence server does.
///
/// Uploaded authorities vouch for what they issued; an uploaded certificate vouches for itself
/// while it is valid. With subject alternative names only these count; without them the common name
/// must equal the gateway.
#[derive(Debug)]
struct Verifier {
    gateway: String,
    authorities: RootCertStore,
    uploaded: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(gateway: &str, files: &[UploadedFile], provider: Arc<CryptoProvider>) -> Self {
        let mut authorities = RootCertStore::empty();
        let mut uploaded = Vec::new();
        let contents = files.iter().filter_map(|(_, content)| content.as_ref().ok());
        for der in contents.flat_map(|content| in_file(content)).flatten() {
            let is_authority = Certificate::read(&der).ok().and_then(|it| it.is_authority);
            let der = CertificateDer::from(der);
            if is_authority == Some(true) {
                // one that rustls cannot read vouches for nothing
                let _ = authorities.add(der.clone());
            }
            uploaded.push(der);
        }
        Self { gateway: gateway.to_owned(), authorities, uploaded, provider }
    }

    fn names_gateway(&self, certificate: &CertificateDer<'_>) -> bool {
        Certificate::read(certificate).is_ok_and(|read| {
            read.alternative_names.is_none() && read.common_names.contains(&self.gateway)
        })
    }
}

/// Whether a certificate is valid at a time.
fn is_current(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let read = Certificate::read(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    match () {
        () if now < read.not_before => Err(CertificateError::NotValidYet.into()),
        () if now > read.not_after => Err(CertificateError::Expired.into()),
        () => Ok(()),
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
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        if self.uploaded.contains(certificate) {
            is_current(certificate, now)?;
        } else {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &self.authorities,
                intermediates,
                now,
                self.provider.signature_verification_algorithms.all,
            )?;
        }
        match verify_server_name(&parsed, name) {
            Err(_) if self.names_gateway(certificate) => Ok(ServerCertVerified::assertion()),
            Err(error) => Err(error),
            Ok(()) => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
