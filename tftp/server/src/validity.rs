//! From when to when certificates and signatures are valid.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adr_bundle::signature::unverified_statement;
use adr_bundle::{Case, SIGNATURE_FILE_NAME, Tree};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, IpAddr, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};

/// Longest time before the end for which there is a warning.
const WARNING: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// After the end of every certificate: the last second of the year 9999, and one more.
const AFTER_ALL: Duration = Duration::from_secs(253_402_300_800);

/// A period of validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
}

impl Validity {
    /// Whether the end is near: less than a quarter of the period is left, and less than 14 days.
    /// adrc renews a signature when half of its period is left, so a warning about one means that
    /// nothing renews it.
    pub(crate) fn is_near_end(self, now: SystemTime) -> bool {
        let period = self.end.duration_since(self.start).unwrap_or_default();
        self.is_over(now) || self.left(now) < WARNING.min(period / 4)
    }

    /// Whether the end has passed.
    pub(crate) fn is_over(self, now: SystemTime) -> bool {
        self.end <= now
    }

    /// The time until the end; 0 after it.
    fn left(self, now: SystemTime) -> Duration {
        self.end.duration_since(now).unwrap_or_default()
    }

    /// The part of both periods that they have in common.
    fn within(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }
}

/// What ends some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Certificate,
    Signature,
}

/// The periods of what a server uses. What never ends, or is not used, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validities {
    /// The certificate chain of HTTPS.
    pub(crate) certificate: Option<Validity>,
    /// The signature of the generation that is served.
    pub(crate) signature: Option<Validity>,
}

impl Validities {
    /// What has an end.
    pub(crate) fn all(self) -> impl Iterator<Item = (Subject, Validity)> {
        let all = [(Subject::Certificate, self.certificate), (Subject::Signature, self.signature)];
        all.into_iter().filter_map(|(subject, validity)| Some((subject, validity?)))
    }
}

/// The validity of the signature of a tree, as the signature states it; `None` without a signature,
/// or if it never ends.
pub(crate) fn of_signature(tree: &Tree) -> Option<Validity> {
    let file = tree.views().first()?.file(SIGNATURE_FILE_NAME, Case::Exact)?;
    let text = std::str::from_utf8(file.bytes()).ok()?;
    let statement = unverified_statement(text).ok()?;
    let at = |seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    Some(Validity { start: at(statement.timestamp)?, end: at(statement.expires?)? })
}

/// When all certificates of a chain are valid; `None` if none can be read.
pub(crate) fn of_chain(chain: &[CertificateDer<'static>]) -> Option<Validity> {
    chain.iter().filter_map(of_certificate).reduce(Validity::within)
}

/// Reads the validity by verifying the certificate at times at which no certificate is valid: the
/// errors name both ends.
fn of_certificate(certificate: &CertificateDer<'static>) -> Option<Validity> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).ok()?;
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
    let name = ServerName::IpAddress(IpAddr::try_from("127.0.0.1").ok()?);
    let verify = |at: Duration| {
        let now = UnixTime::since_unix_epoch(at);
        match verifier.verify_server_cert(certificate, &[], &name, &[], now).err()? {
            Error::InvalidCertificate(CertificateError::NotValidYetContext {
                not_before, ..
            }) => Some(not_before),
            Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
                Some(not_after)
            }
            _ => None,
        }
    };
    let at = |time: UnixTime| UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs()));
    // a certificate that was valid in 1970 began then, as far as anyone can see
    let start = verify(Duration::ZERO).and_then(at).unwrap_or(UNIX_EPOCH);
    Some(Validity { start, end: verify(AFTER_ALL).and_then(at)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn days(start: u32, end: u32) -> Validity {
        Validity { start: UNIX_EPOCH + DAY * start, end: UNIX_EPOCH + DAY * end }
    }

    #[test]
    fn certificate_has_the_dates_with_which_it_was_made() {
        let mut wanted = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        wanted.not_before = rcgen::date_time_ymd(2026, 3, 1);
        wanted.not_after = rcgen::date_time_ymd(2027, 6, 30);
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = wanted.self_signed(&key).unwrap().der().clone();
        let seconds = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap().as_secs();
        let found = of_chain(std::slice::from_ref(&leaf)).unwrap();
        assert_eq!((seconds(found.start), seconds(found.end)), (1_772_323_200, 1_814_313_600));
        // an authority that ends earlier ends the chain
        wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        wanted.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let authority = wanted.self_signed(&key).unwrap().der().clone();
        let found = of_chain(&[leaf, authority]).unwrap();
        assert_eq!(seconds(found.end), 1_798_761_600);
        assert_eq!(of_chain(&[CertificateDer::from(vec![1, 2, 3])]), None);
    }

    #[test]
    fn end_is_near_in_the_last_quarter_and_the_last_14_days() {
        let at = |day: u32| UNIX_EPOCH + DAY * day;
        let year = days(100, 465);
        assert!(!year.is_near_end(at(451)) && year.is_near_end(at(452)));
        let week = days(100, 108);
        assert!(!week.is_near_end(at(106)) && week.is_near_end(at(107)));
        assert!(week.is_near_end(at(200)) && week.is_over(at(108)) && !week.is_over(at(107)));
        // an end before the start
        assert!(days(9, 8).is_near_end(at(9)));
    }

    #[test]
    fn tree_without_a_signature_has_no_end() {
        assert_eq!(of_signature(&Tree::empty()), None);
    }
}
