//! Logins, cookies, and where the password goes.

use adr_cucm::AnswerError;
use adr_cucm::axl::GetCcmVersion;
use adr_cucm_client::CallError;

use crate::server::{PASSWORD, Reply, Request, Server};
use crate::soap;

/// `axl` and the password in HTTP Basic.
const BASIC: &str = "Basic YXhsOmh1bnRlcjItcMOkc3N3b3Jk";

fn logins(server: &Server) -> Vec<(Option<String>, Option<String>)> {
    let text = |request: &Request, name| request.header(name).map(str::to_owned);
    let requests = server.requests();
    requests
        .iter()
        .map(|request| (text(request, "authorization"), text(request, "cookie")))
        .collect()
}

fn basic() -> (Option<String>, Option<String>) {
    (Some(BASIC.to_owned()), None)
}

fn cookie(value: &str) -> (Option<String>, Option<String>) {
    (None, Some(format!("JSESSIONIDSSO={value}")))
}

#[tokio::test]
async fn session_cookie_replaces_the_login() {
    let server = Server::start(|number, _| {
        let reply = Reply::ok(soap::release("14.0.1"));
        let reply = reply.header("Set-Cookie", "JSESSIONID=other; Path=/axl; Secure");
        match number {
            0 => reply.header("Set-Cookie", "JSESSIONIDSSO=one; Path=/; Secure; HttpOnly"),
            _ => reply,
        }
    });
    let session = server.session();
    for _ in 0..3 {
        session.call(&GetCcmVersion).await.unwrap();
    }
    assert_eq!(logins(&server), [basic(), cookie("one"), cookie("one")]);
    let first = &server.requests()[0];
    assert_eq!(first.path, "/axl/");
    assert_eq!(first.header("soapaction"), Some("\"CUCM:DB ver=15.0 getCCMVersion\""));
    assert_eq!(first.header("content-type"), Some("text/xml; charset=utf-8"));
}

#[tokio::test]
async fn stale_cookie_leads_to_a_new_login() {
    let server = Server::start(|number, _| match number {
        1 => Reply::new(404, "<html><title>Not Found</title></html>"),
        _ => Reply::ok(soap::release("14.0.1"))
            .header("Set-Cookie", &format!("JSESSIONIDSSO=c{number}; Path=/")),
    });
    let session = server.session();
    for _ in 0..3 {
        assert_eq!(session.call(&GetCcmVersion).await.unwrap(), "14.0.1");
    }
    assert_eq!(logins(&server), [basic(), cookie("c0"), basic(), cookie("c2")]);
}

#[tokio::test]
async fn missing_service_is_asked_once() {
    let server = Server::start(|_, _| Reply::new(404, ""));
    let error = server.session().call(&GetCcmVersion).await.unwrap_err();
    assert!(matches!(error, CallError::Answer(AnswerError::NotFound)), "{error:?}");
    assert_eq!(logins(&server), [basic()]);
}

#[tokio::test]
async fn wrong_password_is_sent_once() {
    let page = "<html><head><title>401 Unauthorized</title></head></html>";
    let server = Server::start(move |_, _| {
        Reply::new(401, page).header("Set-Cookie", "JSESSIONIDSSO=no; Path=/")
    });
    let session = server.session();
    let error = session.call(&GetCcmVersion).await.unwrap_err();
    let title = "401 Unauthorized".to_owned();
    assert!(
        matches!(&error, CallError::Answer(AnswerError::Unauthorized { title: found }) if *found == title),
        "{error:?}"
    );
    assert!(!error.is_transient());
    assert_eq!(logins(&server), [basic()]);
    for text in [format!("{error} {error:?} {}", error.help()), format!("{session:?}")] {
        assert_secret(&text);
    }
}

#[tokio::test]
async fn debug_output_shows_neither_password_nor_cookie() {
    let server = Server::start(|_, _| {
        Reply::ok(soap::release("14.0.1")).header("Set-Cookie", "JSESSIONIDSSO=biscuit; Path=/")
    });
    let cluster = server.cluster();
    let session = cluster.session().unwrap();
    session.call(&GetCcmVersion).await.unwrap();
    for text in [format!("{cluster:?}{cluster:#?}"), format!("{session:?}{session:#?}")] {
        assert!(text.contains("axl"), "{text}");
        assert_secret(&text);
    }
}

fn assert_secret(text: &str) {
    let (_, basic) = BASIC.split_once(' ').unwrap();
    for secret in [PASSWORD, "hunter2", basic, "biscuit"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn user_with_a_colon_is_rejected() {
    let server = Server::start(|_, _| Reply::ok(""));
    let mut cluster = server.cluster();
    cluster.credentials.user = "a:b".to_owned();
    assert!(cluster.session().is_err());
}
