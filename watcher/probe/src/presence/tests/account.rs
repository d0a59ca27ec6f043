//! The account and its mailbox: where the password goes, and what is kept.

use std::path::PathBuf;

use adr_cucm_client::{Credentials, Secret};
use adr_doctor::presence::Observations;
use adr_doctor::presence::observation::{
    Chain, Endpoint, EwsCall, Handshake, HttpExchange, PresenceServer, UserForm, Withheld,
};
use adr_doctor::presence::state::CalendarState;

use super::https::{Https, answer};
use crate::limits;
use crate::presence::{Settings, log_in, rejected_logins, without_login};

const PASSWORD: &str = "hunter2";

/// `APPS\ps:hunter2`
const DOMAIN_FORM: &str = "QVBQU1xwczpodW50ZXIy";

fn exchange(request: &str) -> String {
    let code = |code: &str| {
        let body = format!("<m:ResponseCode>{code}</m:ResponseCode><t:Subject>Lunch</t:Subject>");
        answer(200, "", &body)
    };
    let schemes = "www-authenticate: Negotiate\r\nwww-authenticate: Basic realm=\"x\"\r\n";
    match request {
        _ if !request.contains(DOMAIN_FORM) => answer(401, schemes, ""),
        _ if !request.starts_with("POST /ews/exchange.asmx ") => answer(200, "", "calendar"),
        _ if request.contains("ExchangeImpersonation") => code("ErrorImpersonateUserDenied"),
        _ if request.contains("GetUserAvailability") => answer(
            200,
            "",
            "<ResponseCode>NoError</ResponseCode><MergedFreeBusy>20</MergedFreeBusy>",
        ),
        _ => code("NoError"),
    }
}

fn settings(
    server: &Https,
    gateway: &str,
    is_uploaded: bool,
    rejected: Vec<HttpExchange>,
) -> Settings {
    let password = Secret::new(PASSWORD.to_owned());
    Settings {
        gateway: gateway.to_owned(),
        port: server.address.port(),
        trust: is_uploaded.then(PathBuf::new),
        account: Some(Credentials { user: "ps".to_owned(), password }),
        mailbox: Some("anna@apps.local".to_owned()),
        rejected,
        server: PresenceServer::default(),
        symptoms: Vec::new(),
    }
}

async fn look(server: &Https, gateway: &str, is_uploaded: bool) -> Observations {
    look_again(server, gateway, is_uploaded, Vec::new()).await
}

async fn look_again(
    server: &Https,
    gateway: &str,
    is_uploaded: bool,
    rejected: Vec<HttpExchange>,
) -> Observations {
    let settings = settings(server, gateway, is_uploaded, rejected);
    let uploaded = if is_uploaded { server.uploaded() } else { Vec::new() };
    let mut seen = Observations::default();
    assert!(without_login(gateway, server.address, &mut seen).await);
    log_in(&settings, server.address, Some(&uploaded), &|_| {}, &mut seen).await;
    let kept = format!("{seen:?}");
    assert!(!kept.contains(PASSWORD) && !kept.contains("Lunch"), "{kept}");
    seen
}

fn has_password(server: &Https) -> bool {
    server.requests().iter().any(|request| request.to_lowercase().contains("authorization:"))
}

#[tokio::test]
async fn forms_are_tried_until_one_is_taken_and_the_mailbox_is_asked() {
    let server = Https::start("owa.apps.local", &["owa.apps.local"], exchange).await;
    let seen = look(&server, "owa.apps.local", true).await;
    let tried = seen.exchanges.iter().filter_map(|it| it.user.zip(it.statuses.last().copied()));
    assert_eq!(
        tried.collect::<Vec<_>>(),
        [
            (UserForm::Plain, 401),
            (UserForm::Domain, 200),
            (UserForm::Domain, 200),
            (UserForm::Domain, 200)
        ]
    );
    assert_eq!(seen.withheld, None);
    let codes: Vec<_> =
        seen.ews.iter().map(|it| (it.is_impersonated, it.code.as_deref())).collect();
    let (own, denied) = ((false, Some("NoError")), (true, Some("ErrorImpersonateUserDenied")));
    assert_eq!(codes, [own, own, own, denied, denied, denied]);
    assert_eq!(seen.ews[2].call, EwsCall::GetUserAvailability);
    assert_eq!(seen.calendar, Some(CalendarState::Busy));
}

#[tokio::test]
async fn password_is_not_sent_without_trust() {
    let server = Https::start("owa.apps.local", &["owa.apps.local"], exchange).await;
    let seen = look(&server, "owa.apps.local", false).await;
    assert_eq!(seen.withheld, Some(Withheld::UnknownIssuer));
    assert!(!has_password(&server) && seen.ews.is_empty());
}

#[tokio::test]
async fn password_is_not_sent_to_another_name() {
    let server = Https::start("email.apps.local", &["owa.apps.local"], exchange).await;
    let seen = look(&server, "email.apps.local", true).await;
    assert_eq!(seen.withheld, Some(Withheld::OtherName));
    assert!(!has_password(&server));
}

#[tokio::test]
async fn common_name_counts_without_alternative_names() {
    let server = Https::start("owa.apps.local", &[], exchange).await;
    let seen = look(&server, "owa.apps.local", true).await;
    assert_eq!(seen.withheld, None);
    assert!(has_password(&server));
}

#[tokio::test]
async fn password_is_not_sent_where_basic_is_off() {
    let ntlm = |_: &str| answer(401, "www-authenticate: NTLM\r\n", "");
    let server = Https::start("owa.apps.local", &["owa.apps.local"], ntlm).await;
    let seen = look(&server, "owa.apps.local", true).await;
    assert_eq!(seen.withheld, Some(Withheld::NoBasic));
    assert!(!has_password(&server));
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_for_each_form() {
    let never = |_: &str| answer(401, "www-authenticate: Basic\r\n", "");
    let server = Https::start("owa.apps.local", &["owa.apps.local"], never).await;
    let seen = look(&server, "owa.apps.local", true).await;
    let sent = server.requests().iter().filter(|it| it.contains("authorization: ")).count();
    assert_eq!((sent, seen.exchanges.iter().filter(|it| it.user.is_some()).count()), (3, 3));
    // and not again in a later look, whose observations are the same
    let again = look_again(&server, "owa.apps.local", true, rejected_logins(&seen)).await;
    let sent = server.requests().iter().filter(|it| it.contains("authorization: ")).count();
    let logins = |seen: &Observations| {
        let logins = seen.exchanges.iter().filter(|it| it.user.is_some());
        logins.cloned().collect::<Vec<_>>()
    };
    assert_eq!((sent, logins(&again)), (3, logins(&seen)));
}

#[tokio::test]
async fn only_the_accepted_form_is_used_in_a_later_look() {
    let server = Https::start("owa.apps.local", &["owa.apps.local"], exchange).await;
    let seen = look(&server, "owa.apps.local", true).await;
    let rejected = rejected_logins(&seen);
    assert_eq!(rejected.iter().map(|it| it.user).collect::<Vec<_>>(), [Some(UserForm::Plain)]);
    let before = server.requests().len();
    let again = look_again(&server, "owa.apps.local", true, rejected).await;
    let sent = server.requests().split_off(before);
    let mut logins = sent.iter().filter(|it| it.contains("authorization: "));
    assert!(logins.all(|it| it.contains(DOMAIN_FORM)));
    assert_eq!(again.ews, seen.ews);
}

/// Forms-based login ignores Basic: its page has status 200 with any user.
#[tokio::test]
async fn login_form_is_neither_asked_nor_taken_for_a_login() {
    let form = |request: &str| match request.split(' ').nth(1) {
        Some("/owa") => answer(302, "location: /owa/auth/logon.aspx?url=x\r\n", ""),
        Some("/owa/auth/logon.aspx?url=x") => answer(200, "", "form"),
        _ => answer(404, "", ""),
    };
    let server = Https::start("owa.apps.local", &["owa.apps.local"], form).await;
    let seen = look(&server, "owa.apps.local", true).await;
    assert_eq!(seen.withheld, Some(Withheld::NoBasic));
    assert!(!has_password(&server));
    // Exchange Web Services that lead to the form with credentials only
    let form = |request: &str| match request.split(' ').nth(1) {
        Some("/owa/auth/logon.aspx") => answer(200, "", "form"),
        Some("/ews/exchange.asmx") if request.contains("authorization: ") => {
            answer(302, "location: /owa/auth/logon.aspx\r\n", "")
        }
        Some("/ews/exchange.asmx") => answer(401, "www-authenticate: Basic\r\n", ""),
        _ => answer(404, "", ""),
    };
    let server = Https::start("owa.apps.local", &["owa.apps.local"], form).await;
    let seen = look(&server, "owa.apps.local", true).await;
    // one attempt, which proves nothing, and no call
    assert_eq!(seen.exchanges.iter().filter(|it| it.user.is_some()).count(), 1);
    assert_eq!(seen.ews, []);
}

#[tokio::test]
async fn password_is_sent_only_to_endpoints_that_offer_basic() {
    let mixed = |request: &str| match request.split(' ').nth(1) {
        Some("/ews/exchange.asmx") if request.contains("authorization: ") => answer(200, "", ""),
        Some("/ews/exchange.asmx") => answer(401, "www-authenticate: Basic\r\n", ""),
        Some("/exchange") => answer(401, "www-authenticate: NTLM\r\n", ""),
        _ => answer(200, "", "no scheme"),
    };
    let server = Https::start("owa.apps.local", &["owa.apps.local"], mixed).await;
    let seen = look(&server, "owa.apps.local", true).await;
    let logins = seen.exchanges.iter().filter(|it| it.user.is_some());
    assert!(logins.map(|it| it.endpoint).eq([Endpoint::Ews]));
    let requests = server.requests();
    let mut sent = requests.iter().filter(|it| it.contains("authorization: "));
    assert!(sent.all(|it| it.contains(" /ews/exchange.asmx ")));
}

#[tokio::test]
async fn answer_that_says_nothing_about_the_account_ends_the_attempts() {
    for status in [400, 404, 405, 429, 440, 500, 503] {
        let failing = move |request: &str| match request.contains("authorization: ") {
            true => answer(status, "", ""),
            false => answer(401, "www-authenticate: Basic\r\n", ""),
        };
        let server = Https::start("owa.apps.local", &["owa.apps.local"], failing).await;
        let seen = look(&server, "owa.apps.local", true).await;
        assert_eq!(seen.exchanges.iter().filter(|it| it.user.is_some()).count(), 1, "{status}");
        assert_eq!(seen.ews, []);
    }
}

#[tokio::test]
async fn uploaded_certificate_vouches_for_itself_only_while_it_is_valid() {
    let (server, leaf) = Https::start_self_signed("owa.apps.local", 2040, exchange).await;
    assert_eq!(look_with(&server, &leaf).await, None);
    assert!(has_password(&server));
    let (server, leaf) = Https::start_self_signed("owa.apps.local", 2021, exchange).await;
    assert_eq!(look_with(&server, &leaf).await, Some(Withheld::NotInPeriod));
    assert!(!has_password(&server));
}

/// Looks with this certificate as the only uploaded one, and says why the password was not sent.
async fn look_with(server: &Https, certificate: &[u8]) -> Option<Withheld> {
    let settings = settings(server, "owa.apps.local", true, Vec::new());
    let uploaded = vec![("leaf.cer".to_owned(), Ok(certificate.to_vec()))];
    let mut seen = Observations::default();
    assert!(without_login("owa.apps.local", server.address, &mut seen).await);
    log_in(&settings, server.address, Some(&uploaded), &|_| {}, &mut seen).await;
    seen.withheld
}

/// What rustls does not look at: the dates of a root.
#[tokio::test]
async fn password_is_not_sent_if_the_diagnosis_has_an_error_at_the_certificate() {
    let server = Https::start("owa.apps.local", &["owa.apps.local"], exchange).await;
    let settings = settings(&server, "owa.apps.local", true, Vec::new());
    let mut seen = Observations {
        gateway: "owa.apps.local".to_owned(),
        handshake: Some(Handshake {
            milliseconds: 1,
            version: Some("TLS 1.3".to_owned()),
            versions: vec!["TLS 1.3".to_owned()],
            failure: None,
        }),
        // it says of the server something else than rustls sees
        chain: Some(Chain::read(&server.sent(), Some(&[]))),
        ..Observations::default()
    };
    assert!(without_login("owa.apps.local", server.address, &mut seen).await);
    log_in(&settings, server.address, Some(&server.uploaded()), &|_| {}, &mut seen).await;
    assert_eq!(seen.withheld, Some(Withheld::Unverifiable));
    assert!(!has_password(&server));
}

#[tokio::test]
async fn echoed_credentials_are_not_kept() {
    // the password is at the place where a value is cut
    let long = format!("{}{PASSWORD}", "x".repeat(limits::HEADER_CHARACTERS - 3));
    let echo = move |request: &str| {
        let sent = request.lines().find_map(|line| line.strip_prefix("authorization: "));
        let headers = match sent {
            Some(sent) => format!("x-ms-diagnostics: {sent} {PASSWORD}\r\nserver: {long}\r\n"),
            None => "www-authenticate: Basic\r\n".to_owned(),
        };
        let encoded = sent.and_then(|sent| sent.strip_prefix("Basic ")).unwrap_or_default();
        let word = if request.contains("GetFolder") { encoded } else { PASSWORD };
        let body = format!("<ResponseCode>Error{word}</ResponseCode>");
        answer(if sent.is_some() { 200 } else { 401 }, &headers, &body)
    };
    let server = Https::start("owa.apps.local", &["owa.apps.local"], echo).await;
    let seen = look(&server, "owa.apps.local", true).await;
    assert_eq!(seen.ews.iter().filter(|it| it.status == 200 && it.code.is_none()).count(), 6);
    assert!(!format!("{seen:?}").contains(&PASSWORD[..3]), "{seen:?}");
    // `ps:hunter2` in Base64
    assert!(!format!("{seen:?}").contains("cHM6aHVudGVyMg"), "{seen:?}");
}
