//! `issuer-without-ca-bit`: an issuer of the certificate is not marked as an authority.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Certificate, Observations};
use crate::presence::words::UPLOAD_PAGE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "issuer-without-ca-bit",
        "an issuer of the certificate is not marked as an authority",
        include_str!("../../pages/issuer-without-ca-bit.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Blog, Source::Standard("RFC 5280")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(walk) = seen.walk() else { return Vec::new() };
    let Some(leaf) = walk.certificates.first() else { return Vec::new() };
    let alone = walk.certificates.len() == 1 && leaf.is_self_signed();
    let issuers = if alone { &walk.certificates[..] } else { &walk.certificates[1..] };
    let found = |issuer: &&Certificate| {
        let bit = match issuer.is_authority {
            Some(true) => return None,
            Some(false) => "its basic constraints say CA:FALSE",
            None => "it has no basic constraints",
        };
        let subject = &issuer.subject;
        let message = match alone {
            true => format!("`{subject}` signed itself and is not marked as an authority"),
            false => format!("the issuer `{subject}` is not marked as an authority"),
        };
        let file = issuer.file_in(seen);
        let found = CAUSE.found(message).because(bit).because(format!(
            "an issuer must have basic constraints with CA:TRUE (RFC 5280, 4.2.1.9){file}"
        ));
        Some(with_fixes(found, seen, alone))
    };
    issuers.iter().filter_map(found).collect()
}

fn with_fixes(found: Found, seen: &Observations, alone: bool) -> Found {
    if !alone {
        return found.fix(
            Place::WindowsPrompt,
            "renew the certificate of the authority with basic constraints, then that of the server",
            ["certutil -renewCert ReuseKeys"],
        );
    }
    let gateway = &seen.gateway;
    found
        .fix(
            Place::ExchangeShell,
            "request a certificate of a certification authority in place of the self-signed one",
            [
                format!(
                    "New-ExchangeCertificate -GenerateRequest -SubjectName \"CN={gateway}\" \
                     -DomainName {gateway}"
                ),
                "Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS".to_owned(),
            ],
        )
        .fix(
            Place::CucmPage,
            "upload the certificate of that authority",
            [format!("{UPLOAD_PAGE}: ca.pem")],
        )
}

impl Certificate {
    /// ", and it was uploaded as `FILE`"; empty if it was not uploaded.
    fn file_in(&self, seen: &Observations) -> String {
        let chain = seen.chain.iter();
        let mut files = chain.flat_map(|chain| chain.uploaded.iter().flatten());
        let file = files.find(|one| one.certificate.as_ref().is_ok_and(|one| one == self));
        file.map_or_else(String::new, |one| format!("; it was uploaded as `{}`", one.file))
    }
}
