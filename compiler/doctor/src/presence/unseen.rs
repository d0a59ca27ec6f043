//! What nobody could look at, with what would make it visible.

use super::observation::{Endpoint, Handshake, Observations, Resolution, Withheld};
use super::trust::End;
use crate::diagnosis::{Diagnosis, Outcome, Unseen};
use crate::step::Step;

/// The causes that depend on the folder of uploaded certificates.
const OF_UPLOADS: [&str; 5] = [
    "identity-certificate-uploaded",
    "issuer-has-another-key",
    "issuer-missing",
    "renewed-certificate",
    "unreadable-upload",
];

/// The causes that depend on the answer to a login.
const OF_LOGINS: [&str; 2] = ["account-rejected", "wrong-form-of-user-name"];

/// The causes that cannot be judged although their step was looked at, with what they need.
pub(super) fn unjudged(
    seen: &Observations,
    diagnosis: &Diagnosis,
) -> Vec<(&'static str, &'static str)> {
    let mut unjudged = Vec::new();
    if seen.chain.as_ref().is_some_and(|chain| chain.uploaded.is_none()) {
        let why = "no folder of uploaded certificates is given";
        unjudged.extend(OF_UPLOADS.map(|name| (name, why)));
    }
    if !diagnosis.was_seen(Step::Account) {
        let why = "no answer to a login says something about the account";
        unjudged.extend(OF_LOGINS.map(|name| (name, why)));
    }
    unjudged
}

/// What nobody could look at: every step that was not seen, and what is not a step.
pub(super) fn unseen(seen: &Observations, diagnosis: &Diagnosis) -> Vec<Unseen> {
    let mut unseen = Vec::new();
    let mut add = |what: &str, why: &str| {
        unseen.push(Unseen { what: what.to_owned(), why: why.to_owned() });
    };
    let later = diagnosis.path.iter().filter(|at| at.outcome == Outcome::NotReached);
    let later: Vec<_> = later.map(|at| at.step.title()).collect();
    if !later.is_empty() {
        add(&later.join(", "), "not reached, because an earlier step fails");
    }
    if seen.is_cut {
        add("what comes after the last answer", "the time of the look ended; look again");
    }
    if matches!(seen.resolution, Some(Resolution::Addresses(_))) {
        let host = &seen.gateway;
        add(
            "the name servers of the presence server",
            &format!(
                "names were resolved from this machine; on the presence server, \
                 `utils network host {host}` shows what it gets"
            ),
        );
    }
    if seen.chain.as_ref().is_some_and(|chain| chain.uploaded.is_none()) {
        add(
            "the uploaded certificates",
            "no folder is given; `--trust DIR` reads the certificates of the Presence Engine trust",
        );
    }
    if let Some(End::Unverified(one, issuer)) = seen.walk().map(|walk| walk.end) {
        let (name, algorithm) = (&one.subject, &one.signature_algorithm);
        add(
            &format!("the signature of `{name}`"),
            &format!(
                "adrc does not verify `{algorithm}` by keys of the kind {}, {} bits; so it does not \
                 know whether `{}` is the issuer",
                issuer.public_key.algorithm, issuer.public_key.bits, issuer.subject
            ),
        );
    }
    for at in diagnosis.path.iter().filter(|at| at.outcome == Outcome::NotSeen) {
        let (what, why) = of_step(at.step, seen);
        add(&what, &why);
    }
    if let Some(withheld) = seen.withheld
        && !diagnosis.names().contains(&"account-not-judged")
    {
        add("the account", &format!("the password was not sent: {}", reason(withheld)));
    }
    if seen.server.engine_started.is_none() && seen.symptoms.is_empty() {
        add(
            "the presence server itself",
            "its services and settings cannot be seen from the network; `--symptom` names what \
             people see",
        );
    }
    unseen
}

/// A step that was not seen, and why.
fn of_step(step: Step, seen: &Observations) -> (String, String) {
    let (what, why) = match step {
        Step::Account if seen.has_account => ("the account", "no login was seen".to_owned()),
        Step::Account => {
            ("the account", "no account is given; `--account USER` looks at it".to_owned())
        }
        Step::Mailbox => ("the mailbox", mailbox(seen)),
        Step::Certificate => ("the certificate", "none was sent in the clear".to_owned()),
        Step::Http if seen.handshake.as_ref().is_some_and(Handshake::takes_only_old_versions) => {
            let why = "adrc speaks TLS 1.2 and 1.3, and the server older versions only";
            ("the pages of the server", why.to_owned())
        }
        Step::Http if seen.handshake.as_ref().is_some_and(|it| it.failure.is_some()) => {
            ("the pages of the server", "adrc has no TLS connection to ask for them".to_owned())
        }
        other => (other.title(), "nobody looked at it".to_owned()),
    };
    (what.to_owned(), why)
}

fn mailbox(seen: &Observations) -> String {
    if !seen.has_mailbox {
        return "no mailbox is given; `--mailbox ADDRESS` looks at it".to_owned();
    }
    if !seen.has_account {
        return "no account is given that could read it; `--account USER` names one".to_owned();
    }
    let is_accepted = seen
        .exchanges
        .iter()
        .any(|one| one.endpoint == Endpoint::Ews && one.user.is_some() && one.is_accepted());
    match is_accepted {
        true => "Exchange Web Services took the account, and did not answer a call".to_owned(),
        false => "Exchange Web Services, which read it, have not taken the account".to_owned(),
    }
}

/// Why a password is not sent, as a sentence.
pub(super) fn reason(withheld: Withheld) -> &'static str {
    match withheld {
        Withheld::UnknownIssuer => {
            "neither an uploaded certificate nor this system vouches for the server; `--trust DIR` \
             names the uploaded ones"
        }
        Withheld::OtherName => "the certificate is for another name",
        Withheld::NotInPeriod => "the certificate has expired, or is not valid yet",
        Withheld::Unverifiable => "the certificate cannot be verified, or has an error",
        Withheld::NoBasic => "the server does not offer Basic, which is all that the doctor speaks",
    }
}
