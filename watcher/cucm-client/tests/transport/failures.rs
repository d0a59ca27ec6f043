//! Answers that hold no result, and connections that fail.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use adr_cucm::axl::{GetCcmVersion, ListRules};
use adr_cucm::xml::{XmlError, XmlErrorKind};
use adr_cucm::{AnswerError, RuleKind};
use adr_cucm_client::{CallError, Node, Phase, Trust};

use crate::server::{Reply, Server};
use crate::soap;

const RULES: ListRules = ListRules { kind: RuleKind::Application, page: None };

async fn error(server: &Server) -> CallError {
    server.session().call(&RULES).await.unwrap_err()
}

#[tokio::test]
async fn redirect_is_an_error_and_nothing_is_sent_there() {
    let elsewhere = Server::start(|_, _| Reply::ok(soap::rules(0..3)));
    let target = format!("https://user:secret@{}/axl/?token=1", elsewhere.node);
    let server = Server::start(move |_, _| Reply::new(302, "").header("Location", &target));
    let error = error(&server).await;
    let CallError::Redirected { status: 302, target: Some(target), .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*target, format!("https://{}", elsewhere.node));
    assert!(!error.to_string().contains("secret"), "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn relative_redirect_is_an_error_as_well() {
    let server = Server::start(|_, _| Reply::new(301, "").header("Location", "/login"));
    let error = error(&server).await;
    assert!(matches!(error, CallError::Redirected { target: None, .. }), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn web_page_is_never_an_empty_list() {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    let server = Server::start(move |_, _| Reply::ok(page));
    let error = error(&server).await;
    assert!(matches!(error, CallError::Answer(AnswerError::Html { .. })), "{error:?}");
}

#[tokio::test]
async fn answer_cut_anywhere_is_an_error() {
    let answer = soap::rules(0..2);
    for bytes in (0..answer.len()).step_by(97) {
        let whole = answer.clone();
        let server = Server::start(move |_, _| Reply::ok(&*whole).cut(bytes));
        let error = error(&server).await;
        assert!(matches!(error, CallError::CutOff { .. }), "{bytes}: {error:?}");

        let part = answer[..bytes].to_owned();
        let server = Server::start(move |_, _| Reply::ok(&*part).without_length());
        let error = server.session().call(&RULES).await.unwrap_err();
        let is_cut = matches!(
            &error,
            CallError::Answer(AnswerError::Malformed(XmlError {
                kind: XmlErrorKind::Truncated,
                ..
            }))
        );
        assert!(is_cut, "{bytes}: {error:?}");
    }
}

#[tokio::test]
async fn answer_above_the_limit_is_an_error_with_and_without_a_length() {
    for has_length in [true, false] {
        let server = Server::start(move |_, _| {
            let reply = Reply::ok(vec![b' '; 100_001]);
            if has_length { reply } else { reply.without_length() }
        });
        let session = server.session_with(|limits| limits.answer_bytes = 100_000);
        let error = session.call(&RULES).await.unwrap_err();
        assert!(matches!(error, CallError::TooLarge { limit: 100_000 }), "{error:?}");
    }
}

#[tokio::test]
async fn silent_server_times_out() {
    let server = Server::start(|_, _| Reply::ok(soap::rules(0..1)).wait(Duration::from_secs(3)));
    let session = server.session_with(|limits| limits.idle_timeout = Duration::from_millis(100));
    let error = session.call(&RULES).await.unwrap_err();
    assert!(matches!(error, CallError::Timeout { phase: Phase::Silence, .. }), "{error:?}");

    let session = server.session_with(|limits| limits.answer_timeout = Duration::from_millis(100));
    let error = session.call(&RULES).await.unwrap_err();
    assert!(matches!(error, CallError::Timeout { phase: Phase::Answer, .. }), "{error:?}");
}

#[tokio::test]
async fn handshake_without_an_answer_times_out() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut cluster = Server::start(|_, _| Reply::ok("")).cluster();
    cluster.publisher = Node::new(&listener.local_addr().unwrap().to_string()).unwrap();
    cluster.limits.connect_timeout = Duration::from_millis(100);
    let error = cluster.session().unwrap().call(&GetCcmVersion).await.unwrap_err();
    assert!(matches!(error, CallError::Timeout { phase: Phase::Connection, .. }), "{error:?}");
}

#[tokio::test]
async fn closed_port_and_unknown_name_cannot_connect() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let mut cluster = Server::start(|_, _| Reply::ok("")).cluster_with(Trust::Nothing);
    for node in [free.to_string(), "does-not-exist.invalid".to_owned()] {
        cluster.publisher = Node::new(&node).unwrap();
        let error = cluster.session().unwrap().call(&GetCcmVersion).await.unwrap_err();
        assert!(matches!(error, CallError::Connect { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.starts_with(&format!("cannot connect to {}: ", cluster.publisher)), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }
}

#[tokio::test]
async fn server_without_tls_is_a_tls_error() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut cluster = Server::start(|_, _| Reply::ok("")).cluster();
    cluster.publisher = Node::new(&listener.local_addr().unwrap().to_string()).unwrap();
    std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_secs(1));
    });
    let error = cluster.session().unwrap().call(&GetCcmVersion).await.unwrap_err();
    assert!(matches!(error, CallError::Tls { .. }), "{error:?}");
}
