//! Where the password of the account goes, and where it does not.

use std::fs;
use std::io::Read as _;

use adr_exchange_kit::{
    ACCOUNT, ALICE, BOB, ExchangeStandIn, Fault, Injection, LogEntry, PASSWORD, Specimen,
};

use super::examination::{LONGEST, behind, right, whole};

/// Subjects of the calendars of the stand-in.
const SUBJECTS: [&str; 3] = ["Budget", "Gym", "Review"];

fn with_credentials(exchange: &ExchangeStandIn) -> Vec<LogEntry> {
    exchange.log().into_iter().filter(|entry| entry.scheme.is_some()).collect()
}

#[test]
fn password_goes_to_no_server_that_is_not_verified() {
    // names, issuers, dates, and what certificates say of themselves
    for specimen in [
        Specimen::NameNotInAlternatives,
        Specimen::AnotherName,
        Specimen::NulInName,
        Specimen::SelfSignedLeaf,
        Specimen::SelfSignedExpired,
        Specimen::IntermediateMissing,
        Specimen::RootNotUploaded,
        Specimen::NothingUploaded,
        Specimen::Expired,
        Specimen::NotYetValid,
        Specimen::IssuerExpired,
        Specimen::RootExpired,
        Specimen::IntermediateWithoutConstraints,
        Specimen::IntermediateDeniesAuthority,
        Specimen::PathLengthZero,
        Specimen::RenewedIssuer,
        Specimen::RenewedLeaf,
        Specimen::LeafUploaded,
        Specimen::UploadIsGarbage,
        Specimen::UnknownAlgorithm,
    ] {
        let (exchange, identity) = behind(specimen);
        let seen = whole(&exchange, &identity).run();
        assert_eq!(with_credentials(&exchange), [], "{specimen:?}: {}", seen.output);
        assert_ne!(seen.step("account"), "good", "{specimen:?}: {}", seen.output);
    }
}

#[test]
fn password_goes_to_a_verified_server_by_basic_only() {
    let (exchange, identity) = right();
    whole(&exchange, &identity).run().is_healthy();
    let sent = with_credentials(&exchange);
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|entry| entry.scheme.as_deref() == Some("basic")), "{sent:?}");
    exchange.clear_log();
    exchange.state().schemes = vec!["NTLM".to_owned()];
    whole(&exchange, &identity).run();
    assert_eq!(with_credentials(&exchange), []);
}

/// A server without Exchange Web Services whose Outlook Web App has a login form: it ignores Basic.
#[test]
fn login_form_gets_no_password_and_proves_nothing() {
    let (exchange, identity) = right();
    for path in ["/ews", "/exchange"] {
        exchange.faults().add(Injection::new(Fault::status(404)).path(path));
    }
    let seen = whole(&exchange, &identity).run();
    assert_eq!(with_credentials(&exchange), []);
    assert_ne!(seen.step("account"), "good", "{}", seen.output);
}

/// Otherwise the policy of the domain would lock the account.
#[test]
fn watch_does_not_repeat_a_rejected_login() {
    let (exchange, identity) = right();
    exchange.state().account_mut(ACCOUNT).password = "another".to_owned();
    let examination = whole(&exchange, &identity).option("--watch=1s");
    let mut adrc = examination.watch();
    let is_asked = |entry: &LogEntry| entry.path.starts_with("/ews") && entry.scheme.is_none();
    let looks = || exchange.log().iter().filter(|entry| is_asked(entry)).count();
    adr_kit::wait::wait_within(LONGEST, || looks() >= 4, || format!("{:?}", exchange.log()));
    adrc.0.kill().unwrap();
    let mut stderr = String::new();
    adrc.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    // once for each form of the name
    assert_eq!(with_credentials(&exchange).len(), 3, "{stderr}");
    assert_eq!(stderr.matches("does not log in again").count(), 1, "{stderr}");
}

#[test]
fn password_does_not_follow_a_redirect_to_another_server() {
    let (exchange, identity) = right();
    let (other, _) = right();
    let there = format!("https://localhost:{}/ews/exchange.asmx", other.address().port());
    exchange.faults().add(Injection::new(Fault::Redirect(there)).credentials(true));
    whole(&exchange, &identity).run();
    assert_eq!(with_credentials(&other), []);
}

#[test]
fn output_and_record_have_no_password_and_nothing_of_a_mailbox() {
    for is_right in [true, false] {
        let (exchange, identity) = right();
        if !is_right {
            exchange.state().account_mut("svc-presence").password = "another".to_owned();
        }
        let examination = whole(&exchange, &identity).option("--record=seen.json");
        let seen = examination.run();
        let record = fs::read_to_string(examination.file("seen.json")).unwrap();
        for text in [&seen.output, &record] {
            assert!(!text.contains(PASSWORD), "{text}");
            assert!(SUBJECTS.iter().all(|subject| !text.contains(subject)), "{text}");
        }
        for name in ["svc-presence", ALICE, BOB, "localhost", "Zoo Root CA", "127.0.0.1"] {
            assert!(!record.contains(name), "{name}: {record}");
        }
    }
}
