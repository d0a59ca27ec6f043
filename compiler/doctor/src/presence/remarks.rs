//! What is worth knowing about a gateway and is not a finding.

use super::observation::Observations;
use super::seen::{form, path};
use super::state::Contact;
use super::trust::End;

/// One sentence each.
pub(super) fn remarks(seen: &Observations) -> Vec<String> {
    [old_server(seen), missing_issuer(seen), forms(seen), contact(seen)]
        .into_iter()
        .flatten()
        .collect()
}

/// What a presence server of release 8 would need.
fn old_server(seen: &Observations) -> Option<String> {
    let handshake = seen.handshake.as_ref()?;
    let takes_old = handshake.versions.iter().any(|version| version == "TLS 1.0");
    (handshake.failure.is_none() && !handshake.versions.is_empty() && !takes_old).then(|| {
        "the server does not take TLS 1.0, which is all that a presence server of release 8 speaks: \
         its library predates TLS 1.2"
            .to_owned()
    })
}

/// The issuer that has to be uploaded, where nobody knows what was uploaded.
fn missing_issuer(seen: &Observations) -> Option<String> {
    if seen.chain.as_ref()?.uploaded.is_some() {
        return None;
    }
    match seen.walk()?.end {
        End::Missing(last) => Some(format!(
            "the server does not send its issuer `{}`, which has to be uploaded as Presence Engine \
             trust",
            last.issuer
        )),
        End::NotUploaded(root) if root.is_authority == Some(true) => {
            Some(format!("`{}` has to be uploaded as Presence Engine trust", root.subject))
        }
        _ => None,
    }
}

/// The forms of the name that the server does not take, where the given one is taken.
fn forms(seen: &Observations) -> Option<String> {
    let attempts = seen.attempts();
    let attempts = attempts.iter().find(|all| all.first().is_some_and(|one| one.is_accepted()))?;
    let rejected: Vec<_> = attempts.iter().filter(|one| one.is_unauthorized()).collect();
    let rejected: Vec<_> = rejected.iter().filter_map(|one| one.user.map(form)).collect();
    let first = attempts.first()?;
    (!rejected.is_empty()).then(|| {
        let (page, taken) = (path(first.endpoint), first.user.map_or("", form));
        format!("`{page}` takes the name as {taken}, and does not take {}", rejected.join(" and "))
    })
}

/// What a contact would show.
fn contact(seen: &Observations) -> Option<String> {
    let calendar = seen.calendar?;
    let shown = Contact { calendar: Some(calendar), ..Contact::default() }.shown();
    Some(format!(
        "the calendar is {} at the moment: with an idle phone a contact shows `{}`, and with a call \
         `On the phone`",
        calendar.word(),
        shown.state
    ))
}
