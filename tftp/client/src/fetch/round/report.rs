//! What a round showed about the servers that were asked, and which rejection is its result.

use adr_protocol::Reason;

use super::{Asked, RoundReport};
use crate::fetch::{Outcome, RoundInput, is_behind};
use crate::rejection::{Rejection, RejectionCause};
use crate::rejections::{Verdict, newest};
use crate::snapshot::RuleSnapshot;
use crate::standing::Seen;

/// What the round showed.
pub(super) fn report(outcome: Outcome, asked: Vec<Asked<'_>>, input: &RoundInput) -> RoundReport {
    let verdicts = asked.iter().filter_map(|one| verdict(one, input)).collect();
    let running = input.running.as_ref().and_then(RuleSnapshot::identity);
    let mut seen = Seen { running, ..Seen::default() };
    for one in asked {
        match one.outcome() {
            Some(Outcome::Rejected(rejection)) if is_behind(rejection) => {
                seen.behind.push(one.server.clone());
            }
            Some(Outcome::Unchanged(Some(identity))) => {
                seen.same_rules.push((one.server.clone(), identity.clone()));
            }
            _ => {}
        }
        if one.is_silent() {
            seen.silent.push(one.server.clone());
        } else if one.outcome().is_some() || one.has_answered() {
            seen.answered.push(one.server.clone());
        }
    }
    RoundReport { outcome, seen, verdicts }
}

pub(super) fn is_unreachable(rejection: &Rejection) -> bool {
    rejection.reason() == Reason::Unreachable
}

/// The rejection that is the result of a round without rules: of the newest generation, else the
/// first one about a candidate. One without a generation is about the announced one.
pub(super) fn rejection(asked: &[Asked<'_>], input: &RoundInput) -> Rejection {
    let newer: Vec<_> = asked.iter().filter_map(|one| newer_rejection(one, input)).collect();
    if let Some(newest) = newest(newer.iter()) {
        return newest.clone();
    }
    let mut rejections = asked.iter().filter_map(rejection_of).peekable();
    let first = rejections.peek().copied();
    let first = rejections.find(|rejection| !is_unreachable(rejection)).or(first);
    let first = first.cloned().unwrap_or_else(|| Rejection::local(RejectionCause::NoServers));
    let generation = first.generation.or(input.hint.as_ref().map(|hint| hint.generation));
    first.with_generation(generation)
}

/// What a server answered; `None` if that is not known.
fn verdict(one: &Asked<'_>, input: &RoundInput) -> Option<Verdict> {
    let newer = newer_rejection(one, input);
    let is_unknown = match one.outcome() {
        None => true,
        Some(Outcome::Rejected(rejection)) => newer.is_none() && is_unreachable(rejection),
        Some(_) => false,
    };
    (!is_unknown).then(|| Verdict { server: one.server.clone(), newer })
}

/// The rejection of a server that offers a newer generation than the running one, with this
/// generation. It is `None` where nobody knows it: then it may be newer.
fn newer_rejection(one: &Asked<'_>, input: &RoundInput) -> Option<Rejection> {
    let rejection = rejection_of(one)?;
    let offer = input.offers.iter().find(|offer| offer.server == *one.server);
    let generation = match (rejection.generation, offer) {
        (Some(generation), _) => Some(generation),
        (None, _) if is_unreachable(rejection) => return None,
        (None, Some(offer)) => Some(offer.generation),
        (None, None) if rejection.cause.is_about_a_manifest() => input.expected(),
        (None, None) => return None,
    };
    let is_newer = generation.is_none_or(|it| it > input.running_generation());
    is_newer.then(|| rejection.clone().with_generation(generation))
}

fn rejection_of<'r>(one: &'r Asked<'_>) -> Option<&'r Rejection> {
    match one.outcome() {
        Some(Outcome::Rejected(rejection)) => Some(rejection),
        _ => None,
    }
}
