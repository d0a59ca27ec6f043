//! What a certificate is in the chain of a server, and how it is renewed there.

use super::observation::{Certificate, Observations};
use super::words::{RESTART, RESTART_WHAT, UPLOAD_PAGE};
use crate::found::{Found, Place};

/// What a certificate is in the chain of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// That of the server itself.
    Server,
    /// An issuer that the server sends.
    SentIssuer,
    /// An issuer that was uploaded to the presence server.
    UploadedIssuer,
}

impl Observations {
    /// What a certificate of the chain is.
    pub(super) fn role(&self, certificate: &Certificate) -> Role {
        let is_uploaded = || self.chain.as_ref().is_some_and(|it| it.has_uploaded(certificate));
        match self.leaf() {
            Some(leaf) if leaf.sha256 == certificate.sha256 => Role::Server,
            _ if is_uploaded() => Role::UploadedIssuer,
            _ => Role::SentIssuer,
        }
    }

    /// Adds how a certificate of the chain is renewed.
    pub(super) fn renew(&self, found: Found, certificate: &Certificate) -> Found {
        let role = self.role(certificate);
        if role == Role::Server {
            return found.fix(
                Place::ExchangeShell,
                "renew the certificate with the same names, and assign the new one to IIS",
                [
                    "Get-ExchangeCertificate | Format-List Subject,NotAfter,Thumbprint",
                    "Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS",
                ],
            );
        }
        let found = found.fix(
            Place::WindowsPrompt,
            format!(
                "renew the certificate of the authority `{}` there, unless it was renewed already, and \
                 export it",
                certificate.subject
            ),
            [
                "certutil -renewCert ReuseKeys",
                "certutil -ca.cert ca.cer",
                "certutil -encode ca.cer ca.pem",
            ],
        );
        match role {
            Role::UploadedIssuer => found
                .fix(
                    Place::CucmPage,
                    "upload the new certificate, and delete the old one",
                    [format!("{UPLOAD_PAGE}: ca.pem")],
                )
                .fix(Place::CucmCommandLine, RESTART_WHAT, [RESTART]),
            _ => found.fix(
                Place::WindowsPrompt,
                "let the Exchange server send the new certificate of the authority",
                ["certutil -addstore CA ca.cer", "iisreset /noforce"],
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::observation::{Chain, PublicKey, Uploaded};

    fn certificate(name: &str) -> Certificate {
        Certificate {
            subject: format!("CN={name}"),
            common_names: vec![name.to_owned()],
            issuer: "CN=ca".to_owned(),
            serial: "01".to_owned(),
            not_before: 0,
            not_after: 0,
            alternative_names: None,
            is_authority: None,
            path_length: None,
            public_key: PublicKey {
                algorithm: "RSA".to_owned(),
                bits: 2048,
                sha256: String::new(),
            },
            signature_algorithm: "sha256WithRSAEncryption".to_owned(),
            sha256: name.to_owned(),
            signed_by: Vec::new(),
            perhaps_signed_by: Vec::new(),
        }
    }

    #[test]
    fn each_role_is_renewed_at_its_own_place() {
        let [leaf, issuing, root] = ["owa", "issuing", "root"].map(certificate);
        let uploaded = Uploaded { file: "ca.pem".to_owned(), certificate: Ok(root.clone()) };
        let chain = Chain {
            sent: vec![leaf.clone(), issuing.clone()],
            uploaded: Some(vec![uploaded]),
            ..Chain::default()
        };
        let seen = Observations { chain: Some(chain), ..Observations::default() };
        let places = |one: &Certificate| -> Vec<Place> {
            let found = Found::new(crate::cause::causes()[0].1, String::new());
            seen.renew(found, one).fixes.iter().map(|fix| fix.place).collect()
        };
        assert_eq!(places(&leaf), [Place::ExchangeShell]);
        assert_eq!(places(&issuing), [Place::WindowsPrompt, Place::WindowsPrompt]);
        let uploaded = [Place::WindowsPrompt, Place::CucmPage, Place::CucmCommandLine];
        assert_eq!(places(&root), uploaded);
    }
}
