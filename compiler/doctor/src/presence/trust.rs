//! The chain from the certificate of a server to an issuer that was uploaded.

use super::observation::{Certificate, Chain, Observations};

/// The most certificates of a chain. Longer ones are not followed.
pub(super) const MAX_CHAIN: usize = 16;

/// How the chain of a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End<'c> {
    /// At a certificate that signed itself and was uploaded.
    Trusted,
    /// At a certificate that signed itself and was not uploaded.
    NotUploaded(&'c Certificate),
    /// The issuer of this certificate was neither sent nor uploaded.
    Missing(&'c Certificate),
    /// The issuer of the first certificate has the name of the second one and another key.
    OtherKey(&'c Certificate, &'c Certificate),
    /// The issuer of the first certificate has the name of the second one, and adrc does not verify
    /// signatures of this kind: nobody knows whether it is the issuer.
    Unverified(&'c Certificate, &'c Certificate),
    /// It has more certificates than [`MAX_CHAIN`], or leads in a circle.
    TooLong,
}

/// The certificates of a chain from that of the server upward, and how it ends.
#[derive(Debug)]
pub(super) struct Walk<'c> {
    /// That of the server first.
    pub(super) certificates: Vec<&'c Certificate>,
    pub(super) end: End<'c>,
}

impl Certificate {
    /// Whether it signed itself. One that names itself and whose signature adrc cannot verify
    /// counts too: nobody verifies the signature of a certificate that was uploaded.
    pub(super) fn is_self_signed(&self) -> bool {
        let signers = [&self.signed_by, &self.perhaps_signed_by];
        self.is_self_issued() && signers.into_iter().any(|all| all.contains(&self.sha256))
    }

    /// Whether it names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether it is valid at a time, in seconds since 1970 UTC. At 0, nobody knows the time.
    fn is_valid_at(&self, time: i64) -> bool {
        time == 0 || (self.not_before..=self.not_after).contains(&time)
    }

    fn is_perhaps_signed_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject && self.perhaps_signed_by.contains(&issuer.sha256)
    }

    fn is_signed_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject && self.signed_by.contains(&issuer.sha256)
    }
}

impl Chain {
    /// The uploaded certificates that can be read.
    pub(super) fn readable(&self) -> impl Iterator<Item = &Certificate> {
        self.uploaded.iter().flatten().filter_map(|one| one.certificate.as_ref().ok())
    }

    /// Whether this certificate was uploaded.
    pub(super) fn has_uploaded(&self, certificate: &Certificate) -> bool {
        self.readable().any(|one| one.sha256 == certificate.sha256)
    }

    /// The chain from the certificate of the server upward; `None` if the server sent none. Of
    /// several issuers, one that is valid at a time and marked as an authority is taken first, and
    /// of these one that was uploaded.
    pub(super) fn walk_at(&self, time: i64) -> Option<Walk<'_>> {
        let mut last = self.leaf()?;
        let mut certificates = vec![last];
        let end = loop {
            if last.is_self_signed() {
                break match self.has_uploaded(last) {
                    true => End::Trusted,
                    false => End::NotUploaded(last),
                };
            }
            // the first of equal ones: known certificates begin with those that were uploaded
            let is_usable =
                |one: &&Certificate| one.is_authority == Some(true) && one.is_valid_at(time);
            let issuers = self.known().filter(|one| last.is_signed_by(one));
            let Some(issuer) = issuers.min_by_key(|one| !is_usable(one)) else {
                break self.without_issuer(last);
            };
            if certificates.len() == MAX_CHAIN {
                break End::TooLong;
            }
            certificates.push(issuer);
            last = issuer;
        };
        Some(Walk { certificates, end })
    }

    /// How a chain ends at a certificate that no known key signed for certain.
    fn without_issuer<'c>(&'c self, last: &'c Certificate) -> End<'c> {
        if let Some(other) = self.known().find(|one| last.is_perhaps_signed_by(one)) {
            return End::Unverified(last, other);
        }
        match self.known().find(|one| one.subject == last.issuer) {
            Some(other) => End::OtherKey(last, other),
            None => End::Missing(last),
        }
    }

    /// The certificate of the server; `None` if it sent none, or one that cannot be read.
    pub(super) fn leaf(&self) -> Option<&Certificate> {
        self.sent.first().filter(|_| !self.is_leaf_unreadable())
    }

    /// Whether the certificate of the server cannot be read.
    pub(super) fn is_leaf_unreadable(&self) -> bool {
        self.unreadable.iter().any(|why| why.starts_with("1:"))
    }

    /// Every certificate that is known, uploaded ones first.
    fn known(&self) -> impl Iterator<Item = &Certificate> {
        self.readable().chain(&self.sent)
    }
}

impl Observations {
    /// The certificate of the server.
    pub(super) fn leaf(&self) -> Option<&Certificate> {
        self.chain.as_ref()?.leaf()
    }

    /// The chain of the server upward.
    pub(super) fn walk(&self) -> Option<Walk<'_>> {
        self.chain.as_ref()?.walk_at(self.looked_at)
    }
}
