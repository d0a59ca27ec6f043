//! What HTTP, the account and the mailbox have.

use std::time::Duration;

use adr_exchange_kit::{
    ACCOUNT, ALICE, ExchangeStandIn, Fault, Identity, Injection, NameForm, Release,
};

use super::examination::{Examination, Seen, right, whole};

/// Looks at a stand-in that a function changed, with account and mailbox.
fn changed(change: impl FnOnce(&ExchangeStandIn)) -> Seen {
    changed_with(change, whole)
}

fn changed_with(
    change: impl FnOnce(&ExchangeStandIn),
    prepare: impl FnOnce(&ExchangeStandIn, &Identity) -> Examination,
) -> Seen {
    let (exchange, identity) = right();
    change(&exchange);
    let seen = prepare(&exchange, &identity).run();
    // the doctor reads only
    let writes = exchange.log().into_iter().filter(adr_exchange_kit::LogEntry::is_write).count();
    assert_eq!(writes, 0);
    seen
}

fn faulty(injections: Vec<Injection>) -> Seen {
    changed(|exchange| injections.into_iter().for_each(|one| exchange.faults().add(one)))
}

#[test]
fn right_server_is_healthy() {
    let seen = changed(|_| {});
    seen.is_healthy();
    for step in ["dns", "tcp", "tls", "certificate", "http", "account", "mailbox"] {
        assert_eq!(seen.step(step), "good", "{step}: {}", seen.output);
    }
}

#[test]
fn normal_answers_are_not_faults() {
    // one 440, and the redirect to Outlook Web App
    let seen = changed(|exchange| {
        exchange.state().release = Release::Exchange2007;
        exchange.faults().add(Injection::new(Fault::status(440)).path("/exchange").times(1));
    });
    seen.is_healthy();
    assert!(seen.output.contains("440"), "{}", seen.output);
    let seen = changed(|_| {});
    assert!(seen.all_names().contains(&"redirect-to-owa"), "{}", seen.output);
}

#[test]
fn repeated_440_is_named() {
    let seen = changed(|exchange| {
        exchange.state().release = Release::Exchange2007;
        exchange.faults().add(Injection::new(Fault::status(440)).path("/exchange"));
    });
    seen.begins_with("repeated-440");
}

#[test]
fn missing_isapi_extensions_are_named() {
    for status in [500, 503] {
        let fault = Injection::new(Fault::status(status)).path("/exchange");
        faulty(vec![fault]).begins_with("isapi-extensions-missing");
    }
}

#[test]
fn web_services_that_fail_are_named() {
    faulty(vec![Injection::new(Fault::status(503)).path("/ews")])
        .begins_with("web-service-unavailable");
}

#[test]
fn gateway_that_does_not_answer_as_exchange_is_named() {
    let causes = [
        (Fault::status(200), "page-in-place-of-ews"),
        (Fault::Redirect("/owa/auth/logon.aspx".to_owned()), "page-in-place-of-ews"),
        (Fault::status(400), "unexpected-answer-of-ews"),
        (Fault::status(401), "unknown-authentication"),
    ];
    for (fault, name) in causes {
        faulty(vec![Injection::new(fault).path("/ews").credentials(false)]).begins_with(name);
    }
}

#[test]
fn answer_that_says_nothing_about_the_account_is_named() {
    for status in [400, 404, 429] {
        let fault = Injection::new(Fault::status(status)).path("/ews").credentials(true);
        faulty(vec![fault]).begins_with("account-not-judged");
    }
}

#[test]
fn calls_that_are_rejected_after_the_login_are_named() {
    let fault = Injection::new(Fault::status(401)).operation("GetFolder");
    faulty(vec![fault]).begins_with("calls-rejected-after-login");
    let fault = Injection::new(Fault::status(200)).operation("GetFolder");
    faulty(vec![fault]).begins_with("ews-error");
}

#[test]
fn redirects_are_followed_on_the_same_host_only() {
    let away = Fault::Redirect("https://other.example.com/owa/".to_owned());
    let seen = faulty(vec![Injection::new(away).path("/ews")]);
    seen.begins_with("redirect-leads-away");
    let circle = Fault::Redirect("/ews/exchange.asmx".to_owned());
    let seen = faulty(vec![Injection::new(circle).path("/ews")]);
    seen.begins_with("redirect-leads-away");
}

#[test]
fn login_without_basic_is_named() {
    let seen = changed(|exchange| {
        exchange.state().schemes = vec!["Negotiate".to_owned(), "NTLM".to_owned()];
    });
    seen.begins_with("basic-authentication-off");
    let seen = changed(|exchange| {
        let mut state = exchange.state();
        state.release = Release::Online;
        state.schemes = vec!["Bearer client_id=\"00000002\"".to_owned()];
        state.diagnostics = Some("2000010;reason=\"ErrorCode: 'basic_auth_blocked'\"".to_owned());
    });
    seen.begins_with("modern-authentication-only");
}

#[test]
fn retired_web_services_are_named() {
    let fault = Fault::blocked_by_policy("EwsDisabledForTenant");
    let seen = faulty(vec![Injection::new(fault).path("/ews").credentials(true)]);
    seen.begins_with("ews-retired");
    assert!(seen.output.contains("2027-04-01"), "{}", seen.output);
}

#[test]
fn plain_403_is_named() {
    let fault = Injection::new(Fault::status(403)).path("/ews").credentials(true);
    let seen = faulty(vec![fault]);
    seen.begins_with("ews-blocked");
    assert!(seen.output.contains("CASMailbox"), "{}", seen.output);
}

#[test]
fn form_of_the_user_name_is_named() {
    let taken = [
        (NameForm::Plain, "EXAMPLE\\svc-presence"),
        (NameForm::Domain, "svc-presence@example.com"),
        (NameForm::Principal, "EXAMPLE\\svc-presence"),
    ];
    for (form, given) in taken {
        let seen = changed_with(
            |exchange| exchange.state().account_mut(ACCOUNT).forms = vec![form],
            |exchange, identity| {
                let examination = Examination::of("localhost", exchange.address());
                examination.trust(identity).account(given).mailbox(ALICE)
            },
        );
        seen.begins_with("wrong-form-of-user-name");
    }
}

#[test]
fn wrong_password_is_named() {
    let seen = changed(|exchange| {
        exchange.state().account_mut(ACCOUNT).password = "another".to_owned();
    });
    seen.begins_with("account-rejected");
    assert_eq!(seen.step("account"), "bad");
    assert_eq!(seen.step("mailbox"), "not-reached");
}

#[test]
fn permissions_of_mailboxes_are_named() {
    let seen = changed(|exchange| exchange.state().account_mut(ACCOUNT).impersonates = false);
    assert_eq!(seen.names(), ["no-impersonation-role", "no-mailbox-permission"], "{}", seen.output);
    let seen = changed(|exchange| {
        let mut state = exchange.state();
        let account = state.account_mut(ACCOUNT);
        account.impersonates = false;
        account.reads.push(ALICE.to_owned());
    });
    assert_eq!(seen.names(), ["no-impersonation-role"], "{}", seen.output);
    let seen = changed_with(
        |_| {},
        |exchange, identity| {
            let examination = Examination::of("localhost", exchange.address());
            let examination = examination.trust(identity).account("EXAMPLE\\svc-presence");
            examination.mailbox("nobody@example.com")
        },
    );
    seen.begins_with("mailbox-not-found");
}

#[test]
fn busy_server_is_named_with_its_pause() {
    let seen = faulty(vec![Injection::new(Fault::Busy(297_749)).operation("GetFolder")]);
    seen.begins_with("server-is-busy");
    assert!(seen.output.contains("298"), "{}", seen.output);
    let fault = Fault::Soap("ErrorInternalServerError".to_owned());
    let seen = faulty(vec![Injection::new(fault).operation("GetFolder")]);
    seen.begins_with("ews-error");
}

#[test]
fn answers_without_an_end_are_named() {
    for fault in [Fault::Hang, Fault::EndlessBody, Fault::EndlessHeader] {
        let injection = Injection::new(fault.clone()).path("/ews");
        let seen = faulty(vec![injection]);
        assert_eq!(seen.names(), ["answer-does-not-end"], "{fault:?}: {}", seen.output);
        assert_eq!(seen.step("http"), "bad", "{fault:?}: {}", seen.output);
    }
}

#[test]
fn every_request_may_hang() {
    for fault in [Fault::Hang, Fault::Drip(Duration::from_millis(200))] {
        faulty(vec![Injection::new(fault)]).begins_with("answer-does-not-end");
    }
}

#[test]
fn broken_answers_are_named() {
    let faults = [
        (Fault::Bytes(b"SSH-2.0-x\r\n".to_vec()), "answer-is-not-http"),
        (Fault::Close, "answer-does-not-end"),
    ];
    for (fault, name) in faults {
        let seen = faulty(vec![Injection::new(fault.clone())]);
        seen.begins_with(name);
        assert_eq!(seen.step("http"), "bad", "{fault:?}: {}", seen.output);
    }
    faulty(vec![Injection::new(Fault::CutAt(40)).path("/ews").credentials(true)])
        .begins_with("answer-does-not-end");
}
