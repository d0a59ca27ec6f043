//! What a round showed about the servers that were asked, and which rejection is its result.

use adr_protocol::Reason;

use super::{Asked, RoundReport};
use crate::fetch::{Outcome, RoundInput, is_behind};
use crate::rejection::{Rejection, RejectionCause};
use crate::snapshot::RuleSnapshot;
use crate::standing::Seen;

/// What the round showed.
pub(super) fn report(outcome: Outcome, asked: Vec<Asked<'_>>, input: &RoundInput) -> RoundReport {
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
    RoundReport { outcome, seen }
}

pub(super) fn is_unreachable(rejection: &Rejection) -> bool {
    rejection.reason() == Reason::Unreachable
}

/// The rejection that is the result of a round without rules: the first one about a candidate. One
/// without a generation is about the announced one.
pub(super) fn rejection(asked: &[Asked<'_>], input: &RoundInput) -> Rejection {
    let rejections = asked.iter().filter_map(|one| match one.outcome() {
        Some(Outcome::Rejected(rejection)) => Some(rejection),
        _ => None,
    });
    let mut rejections = rejections.peekable();
    let first = rejections.peek().copied();
    let first = rejections.find(|rejection| !is_unreachable(rejection)).or(first);
    let first = first.cloned().unwrap_or_else(|| Rejection::local(RejectionCause::NoServers));
    let generation = first.generation.or(input.hint.as_ref().map(|hint| hint.generation));
    first.with_generation(generation)
}
