//! Properties of every diagnosis of presence.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

mod observations;

use adr_diagnostic::Severity;
use adr_doctor::presence::observation::{Endpoint, HttpExchange, HttpFailure, Resolution};
use adr_doctor::presence::record::{read_record, write_record};
use adr_doctor::presence::{Observations, diagnose};
use adr_doctor::{Outcome, Step, Unseen};
use observations::observations;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn unknown_name_comes_first(seen in observations()) {
        let gateway = "owa.secret.local".to_owned();
        let seen = Observations { gateway, resolution: Some(Resolution::UnknownName), ..seen };
        prop_assert_eq!(diagnose(&seen).names()[0], "name-does-not-resolve");
    }

    #[test]
    fn steps_that_were_not_seen_are_listed_with_a_reason(seen in observations()) {
        let diagnosis = diagnose(&seen);
        let missing = diagnosis.path.iter().filter(|at| at.outcome == Outcome::NotSeen);
        for at in missing {
            let what = match at.step {
                Step::Account => "the account",
                Step::Mailbox => "the mailbox",
                Step::Certificate => "the certificate",
                _ => at.step.title(),
            };
            let is_listed =
                |one: &Unseen| [what, "the pages of the server"].contains(&&*one.what);
            prop_assert!(diagnosis.unseen.iter().any(is_listed), "{}", what);
        }
    }

    #[test]
    fn failure_is_never_healthy(seen in observations()) {
        let diagnosis = diagnose(&seen);
        let is_open = seen.connections.iter().any(|one| one.failure.is_none());
        // where a page leads matters for the page that presence servers use
        let is_lost = |one: &HttpExchange| match one.failure {
            None => false,
            Some(HttpFailure::OtherHost | HttpFailure::RedirectLoop) => {
                one.endpoint == Endpoint::Ews && one.statuses.last() != Some(&404)
            }
            Some(_) => true,
        };
        let has_failed = !seen.connections.is_empty() && !is_open
            || seen.handshake.as_ref().is_some_and(|handshake| handshake.failure.is_some())
            || seen.exchanges.iter().any(is_lost);
        prop_assert!(!has_failed || !diagnosis.is_healthy());
    }

    /// Exchange asks by 401 for an account, and names a way to log in.
    #[test]
    fn answer_that_exchange_does_not_give_is_never_healthy(seen in observations()) {
        let known = ["basic", "ntlm", "negotiate", "bearer"];
        let is_strange = |one: &HttpExchange| {
            let status = one.statuses.last().copied().unwrap_or(401);
            let is_outside = one.redirects.iter().any(|page| !page.starts_with("/ews/"));
            one.endpoint == Endpoint::Ews
                && one.user.is_none()
                && one.failure.is_none()
                && (status != 401
                    || is_outside && !one.statuses.is_empty()
                    || !one.statuses.is_empty()
                        && !one.schemes.iter().any(|it| known.contains(&it.as_str())))
        };
        prop_assert!(!seen.exchanges.iter().any(is_strange) || !diagnose(&seen).is_healthy());
    }

    #[test]
    fn account_without_a_verdict_is_never_healthy(seen in observations()) {
        let is_taken = |one: &HttpExchange| {
            one.user.is_some() && matches!(one.statuses.last(), Some(200..=299 | 403))
        };
        let is_judged =
            seen.exchanges.iter().any(is_taken) || seen.ews.iter().any(|one| one.code.is_some());
        prop_assert!(!seen.has_account || is_judged || !diagnose(&seen).is_healthy());
    }

    #[test]
    fn step_with_an_error_is_bad_and_later_unseen_ones_are_not_reached(seen in observations()) {
        let diagnosis = diagnose(&seen);
        for one in diagnosis.found.iter().filter(|one| one.severity == Severity::Error) {
            let outcome = diagnosis.outcome(one.cause.step);
            prop_assert!(outcome.is_none_or(|outcome| outcome == Outcome::Bad));
        }
        let outcomes: Vec<Outcome> = diagnosis.path.iter().map(|at| at.outcome).collect();
        let stop = outcomes.iter().position(|one| *one == Outcome::Bad).unwrap_or(outcomes.len());
        prop_assert!(!outcomes[..stop].contains(&Outcome::NotReached));
        prop_assert!(!outcomes[stop..].contains(&Outcome::NotSeen));
    }

    #[test]
    fn anonymous_observations_have_the_same_causes(seen in observations()) {
        let anonymous = seen.anonymized();
        prop_assert_eq!(diagnose(&anonymous).names(), diagnose(&seen).names());
    }

    #[test]
    fn anonymous_record_has_no_secret_name(seen in observations()) {
        let record = write_record(&seen.anonymized());
        prop_assert!(!record.to_lowercase().contains("secret"), "{}", record);
        prop_assert!(!record.contains("192.168."), "{}", record);
    }

    #[test]
    fn record_reads_back(seen in observations()) {
        prop_assert_eq!(read_record(&write_record(&seen)).unwrap(), seen);
    }

    #[test]
    fn damaged_record_is_read_or_rejected(seen in observations(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = write_record(&seen).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = read_record(&String::from_utf8_lossy(&bytes)) {
            let _ = diagnose(&read);
        }
    }
}

#[test]
fn ten_thousand_names_are_judged() {
    let mut seen: Observations = observations::healthy();
    let names = (0..10_000).map(|number| {
        adr_doctor::presence::observation::AlternativeName::Dns(format!("h{number}.secret.local"))
    });
    let chain = seen.chain.as_mut().unwrap();
    chain.sent[0].alternative_names = Some(names.collect());
    assert_eq!(diagnose(&seen).names(), ["alternative-name-mismatch"]);
    assert_eq!(diagnose(&seen.anonymized()).names(), ["alternative-name-mismatch"]);
}
