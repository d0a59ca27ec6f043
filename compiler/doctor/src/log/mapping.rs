//! Which cause of presence a code of a log stands for.

use super::code::{CertificateProblem, Code, NetworkProblem};
use super::observation::Group;
use crate::cause::{Cause, causes};
use crate::presence::codes::cause_of_code;
use crate::presence::observation::Endpoint;
use crate::step::Area;

/// What a code stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// A request succeeded.
    Success,
    /// The server asked for name and password, and got them.
    Challenge,
    /// A cause. That of something normal is information.
    Cause(&'static Cause),
    /// The doctor knows no cause.
    Unknown,
}

impl Meaning {
    /// What a group of lines stands for. `is_repeated` says whether HTTP 440 comes again and again.
    pub(super) fn of(group: &Group, is_repeated: bool) -> Self {
        let name = match &group.code {
            code if code.is_success() => return Self::Success,
            _ if group.is_challenge => return Self::Challenge,
            Code::Status(440) if !is_repeated => Some("one-440-per-request"),
            Code::Status(status) => of_status(*status, group.endpoint),
            Code::Ews(code) => Some(of_response_code(code)),
            Code::Certificate(problem) => Some(of_certificate(*problem)),
            Code::Network(problem) => Some(of_network(*problem)),
        };
        name.and_then(named).map_or(Self::Unknown, Self::Cause)
    }
}

/// What a status of an endpoint stands for. The same status has another cause on `/exchange`, which
/// is WebDAV, than on the web service.
fn of_status(status: u16, endpoint: Option<Endpoint>) -> Option<&'static str> {
    Some(match (status, endpoint) {
        (300..=399, Some(Endpoint::Exchange | Endpoint::Owa)) => "redirect-to-owa",
        (401, _) => "account-rejected",
        (403, Some(Endpoint::Ews)) => "ews-blocked",
        (403, _) => "page-is-forbidden",
        (404, Some(Endpoint::Exchange)) => "no-webdav",
        (404 | 410, Some(Endpoint::Ews)) => "not-an-exchange-server",
        (440, _) => "repeated-440",
        (500 | 503, Some(Endpoint::Exchange)) => "isapi-extensions-missing",
        (500..=599, _) => "web-service-unavailable",
        _ => return None,
    })
}

fn of_response_code(code: &str) -> &'static str {
    cause_of_code(code).unwrap_or("ews-error")
}

fn of_certificate(problem: CertificateProblem) -> &'static str {
    match problem {
        CertificateProblem::Name => "common-name-mismatch",
        CertificateProblem::Issuer => "issuer-missing",
        CertificateProblem::Dates => "certificate-expired",
        CertificateProblem::Handshake => "handshake-is-cut",
        CertificateProblem::Other => "renewed-certificate",
    }
}

fn of_network(problem: NetworkProblem) -> &'static str {
    match problem {
        NetworkProblem::Name => "name-does-not-resolve",
        NetworkProblem::Timeout => "connection-times-out",
        NetworkProblem::Refused => "port-is-closed",
        NetworkProblem::Unreachable => "no-route-to-gateway",
        NetworkProblem::Broken => "handshake-is-cut",
    }
}

/// The cause of presence with this name.
fn named(name: &str) -> Option<&'static Cause> {
    let mut causes = causes().into_iter();
    causes
        .find(|(area, cause)| *area == Area::Presence && cause.finding.name == name)
        .map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_tables_is_a_cause() {
        let endpoints = [Endpoint::Exchange, Endpoint::Owa, Endpoint::Ews].map(Some);
        let all = endpoints.into_iter().chain([None]);
        let statuses = all
            .flat_map(|endpoint| (200..600).filter_map(move |status| of_status(status, endpoint)));
        let statuses = statuses.chain(["one-440-per-request"]);
        let codes = [
            "ErrorImpersonateUserDenied",
            "ErrorAccessDenied",
            "ErrorServerBusy",
            "ErrorFolderNotFound",
            "ErrorMailboxMoveInProgress",
            "ErrorNonExistentMailbox",
            "ErrorInternalServerError",
        ];
        let codes = codes.into_iter().map(of_response_code);
        let certificates = [
            CertificateProblem::Name,
            CertificateProblem::Issuer,
            CertificateProblem::Dates,
            CertificateProblem::Handshake,
            CertificateProblem::Other,
        ];
        let networks = [
            NetworkProblem::Name,
            NetworkProblem::Timeout,
            NetworkProblem::Refused,
            NetworkProblem::Unreachable,
            NetworkProblem::Broken,
        ];
        let certificates = certificates.into_iter().map(of_certificate);
        let networks = networks.into_iter().map(of_network);
        for name in statuses.chain(codes).chain(certificates).chain(networks) {
            assert!(named(name).is_some(), "{name}");
        }
    }

    fn group(code: Code, endpoint: Option<Endpoint>) -> Group {
        Group { code, endpoint, is_challenge: false, user: None, span: None, count: 1 }
    }

    fn name(status: u16, endpoint: Option<Endpoint>, is_repeated: bool) -> &'static str {
        match Meaning::of(&group(Code::Status(status), endpoint), is_repeated) {
            Meaning::Cause(cause) => cause.finding.name,
            Meaning::Unknown => "",
            other => panic!("{status}: {other:?}"),
        }
    }

    #[test]
    fn meaning_depends_on_success_and_repetition() {
        let success = group(Code::Status(207), None);
        assert!(matches!(Meaning::of(&success, false), Meaning::Success));
        let success = group(Code::Ews("NoError".into()), None);
        assert!(matches!(Meaning::of(&success, false), Meaning::Success));
        assert_eq!(name(440, None, false), "one-440-per-request");
        assert_eq!(name(440, None, true), "repeated-440");
        assert_eq!(name(418, None, false), "");
        let asked = Group { is_challenge: true, ..group(Code::Status(401), None) };
        assert!(matches!(Meaning::of(&asked, false), Meaning::Challenge));
    }

    #[test]
    fn meaning_of_a_status_depends_on_the_endpoint() {
        let cases = [
            (500, Some(Endpoint::Exchange), "isapi-extensions-missing"),
            (503, Some(Endpoint::Exchange), "isapi-extensions-missing"),
            (500, Some(Endpoint::Ews), "web-service-unavailable"),
            (503, Some(Endpoint::Owa), "web-service-unavailable"),
            (503, None, "web-service-unavailable"),
            (404, Some(Endpoint::Exchange), "no-webdav"),
            (404, Some(Endpoint::Ews), "not-an-exchange-server"),
            (404, None, ""),
            (403, Some(Endpoint::Ews), "ews-blocked"),
            (403, Some(Endpoint::Owa), "page-is-forbidden"),
            (302, Some(Endpoint::Owa), "redirect-to-owa"),
            (302, Some(Endpoint::Ews), ""),
            (401, Some(Endpoint::Ews), "account-rejected"),
        ];
        for (status, endpoint, expected) in cases {
            assert_eq!(name(status, endpoint, false), expected, "{status} {endpoint:?}");
        }
    }
}
