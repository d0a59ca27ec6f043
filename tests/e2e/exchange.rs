//! Two programs that nobody of this project wrote take the stand-in of Exchange for Exchange.

use adr_exchange_kit::clients::{Access, DavMail, calendar};
use adr_exchange_kit::{ACCOUNT, ALICE, BOB, ExchangeStandIn, Identity, Release, Specimen};

/// A server called `localhost`, whose certificate the clients trust.
fn exchange() -> (ExchangeStandIn, Identity) {
    let identity = Specimen::Right.identity("localhost").unwrap();
    (ExchangeStandIn::start(&identity), identity)
}

/// Operations of the log, without repetition in a row.
fn operations(exchange: &ExchangeStandIn) -> Vec<String> {
    let mut operations: Vec<_> = exchange.log().into_iter().map(|entry| entry.operation).collect();
    operations.dedup();
    operations
}

const WEEK_OF_ALICE: [&str; 2] = [
    r#"["Budget", "2026-11-30T09:00:00+00:00", "2026-11-30T10:00:00+00:00", "Busy"]"#,
    r#"["Gym & more", "2026-12-01T17:00:00+00:00", "2026-12-01T18:00:00+00:00", "Free"]"#,
];

#[test]
fn exchangelib_reads_a_calendar_as_itself_and_by_impersonation() {
    let (exchange, identity) = exchange();
    let logins =
        [(ALICE, ALICE, Access::Delegate), ("EXAMPLE\\svc-presence", ALICE, Access::Impersonation)];
    for (user, mailbox, access) in logins {
        exchange.clear_log();
        let Some(lines) = calendar(&exchange, &identity, user, mailbox, access) else { return };
        assert_eq!(lines[..2], WEEK_OF_ALICE, "{access:?}");
        assert_eq!(lines[2], r#"["Microsoft Exchange Server 2016", "Exchange2016"]"#);
        assert!(operations(&exchange).ends_with(&["FindItem".to_owned(), "GetItem".to_owned()]));
        let impersonated = exchange.log().last().unwrap().impersonated.clone();
        assert_eq!(impersonated.is_some(), access == Access::Impersonation);
        assert!(!exchange.log().iter().any(adr_exchange_kit::LogEntry::is_write));
    }
}

#[test]
fn exchangelib_names_the_refusal() {
    let (exchange, identity) = exchange();
    let read = |mailbox: &str, access| calendar(&exchange, &identity, ACCOUNT, mailbox, access);
    let Some(lines) = read(BOB, Access::Delegate) else { return };
    assert_eq!(lines, [r#"["ErrorAccessDenied"]"#]);
    let lines = read("nobody@example.com", Access::Impersonation);
    assert_eq!(lines.unwrap(), [r#"["ErrorNonExistentMailbox"]"#]);
    exchange.state().account_mut(ACCOUNT).impersonates = false;
    let lines = read(BOB, Access::Impersonation);
    assert_eq!(lines.unwrap(), [r#"["ErrorImpersonateUserDenied"]"#]);
    exchange.state().account_mut(ACCOUNT).reads.push(BOB.to_owned());
    let lines = read(BOB, Access::Delegate).unwrap();
    assert!(lines[0].starts_with(r#"["Review", "2026-12-02T08:00:00+00:00""#), "{lines:?}");
    exchange.state().account_mut(ACCOUNT).password = "another".to_owned();
    assert_eq!(read(BOB, Access::Delegate).unwrap(), [r#"["UnauthorizedError"]"#]);
}

#[test]
fn exchangelib_knows_every_release() {
    let releases = [
        (Release::Exchange2010, "2010"),
        (Release::Exchange2013, "2013"),
        (Release::Exchange2019, "2019"),
    ];
    let (exchange, identity) = exchange();
    for (release, year) in releases {
        exchange.state().release = release;
        let lines = calendar(&exchange, &identity, ALICE, ALICE, Access::Delegate);
        let Some(lines) = lines else { return };
        assert!(lines.last().unwrap().contains(year), "{lines:?}");
    }
}

#[test]
fn davmail_reads_a_calendar() {
    let (exchange, identity) = exchange();
    let Some(gateway) = DavMail::start(&exchange, &identity) else { return };
    let answer = gateway.calendar(ALICE, ALICE);
    for line in ["SUMMARY:Budget", "DTSTART:20261130T090000Z", "SUMMARY:Gym &amp; more"] {
        assert!(answer.contains(line), "{line}: {answer}\n{}", gateway.log());
    }
    // it begins after the week
    assert!(!answer.contains("Vacation"), "{answer}");
    assert_eq!(answer.matches("BEGIN:VEVENT").count(), 2, "{answer}");
    // DavMail asks to delete a folder, probably `davmailtemp`, a name in its class
    // `EwsExchangeSession`; the stand-in refuses, and DavMail goes on without
    let writes = exchange.log().into_iter().filter(adr_exchange_kit::LogEntry::is_write);
    let mut writes: Vec<_> = writes.map(|entry| entry.operation).collect();
    writes.dedup();
    assert!(writes.iter().all(|write| write == "DeleteFolder"), "{writes:?}");
}
