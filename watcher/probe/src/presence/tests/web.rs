//! Requests without credentials.

use adr_doctor::presence::Observations;
use adr_doctor::presence::observation::{Endpoint, HttpExchange, HttpFailure};

use rustls::version;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::https::{Https, answer};
use super::tls::{acceptor, serve};
use crate::limits;
use crate::presence::looker;
use crate::presence::web::{Request, Web};
use crate::presence::without_login;

/// What was seen of one request, and how many the server got.
async fn get(answers: impl Fn(&str) -> String + Send + Sync + 'static) -> (HttpExchange, usize) {
    let server = Https::start("owa.apps.local", &["owa.apps.local"], answers).await;
    let web = Web::new(looker::config().unwrap(), "owa.apps.local", server.address).unwrap();
    let request = Request { endpoint: Endpoint::Exchange, login: None, body: None };
    let (seen, body) = web.exchange(&request).await;
    assert!(body.is_empty());
    (seen, server.requests().len())
}

#[tokio::test]
async fn redirects_on_the_host_are_followed_and_kept_without_query() {
    let (seen, _) = get(|request| match request.starts_with("GET /exchange ") {
        true => answer(302, "location: /owa/?token=1\r\n", ""),
        false => answer(401, "www-authenticate: Negotiate, NTLM\r\nserver: IIS\r\n", "no"),
    })
    .await;
    assert_eq!(seen.statuses, [302, 401]);
    assert_eq!(seen.redirects, ["/owa/"]);
    assert_eq!(seen.schemes, ["negotiate", "ntlm"]);
    assert_eq!(seen.headers, [("server".to_owned(), "IIS".to_owned())]);
    assert_eq!(seen.failure, None);
}

#[tokio::test]
async fn other_host_is_not_asked_and_loops_end() {
    let (seen, count) = get(|_| answer(302, "location: https://evil.example/\r\n", "")).await;
    assert_eq!((seen.failure, count), (Some(HttpFailure::OtherHost), 1));
    let (seen, count) = get(|_| answer(302, "location: /exchange\r\n", "")).await;
    assert_eq!((seen.failure, count), (Some(HttpFailure::RedirectLoop), 1));
    let longer = |request: &str| {
        let path = request.split(' ').nth(1).unwrap();
        answer(302, &format!("location: {path}/x\r\n"), "")
    };
    let (seen, count) = get(longer).await;
    assert_eq!((seen.failure, count), (Some(HttpFailure::RedirectLoop), 6));
}

#[tokio::test]
async fn login_timeout_is_asked_once_more() {
    let (seen, count) = get(|_| answer(440, "", "")).await;
    assert_eq!((&seen.statuses[..], count), (&[440, 440][..], 2));
    assert_eq!(seen.failure, None);
}

#[tokio::test]
async fn endless_and_broken_answers_end() {
    let endless = |_: &str| answer(200, "", &"x".repeat(2 << 20));
    assert_eq!(get(endless).await.0.failure, Some(HttpFailure::TooLarge));
    let headers = |_: &str| format!("HTTP/1.1 200 X\r\na: {}", "b".repeat(1 << 20));
    assert_eq!(get(headers).await.0.failure, Some(HttpFailure::TooLarge));
    let garbage = |_: &str| "garbage\r\n\r\n".to_owned();
    assert_eq!(get(garbage).await.0.failure, Some(HttpFailure::NotHttp));
    let cut = |_: &str| "HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nabc".to_owned();
    let (seen, _) = get(cut).await;
    assert_eq!((seen.statuses, seen.failure), (vec![200], Some(HttpFailure::Broken)));
    assert_eq!(get(|_| String::new()).await.0.failure, Some(HttpFailure::Broken));
}

#[tokio::test]
async fn silence_of_webdav_does_not_keep_from_the_other_endpoints() {
    let certificate = rcgen::generate_simple_self_signed(["owa.apps.local".to_owned()]).unwrap();
    let acceptor = acceptor(&certificate, &[&version::TLS13]);
    let address = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            let mut request = [0; 1024];
            let count = stream.read(&mut request).await.unwrap();
            if request[..count].starts_with(b"GET /exchange ") {
                std::future::pending::<()>().await;
            }
            let text = answer(401, "www-authenticate: Basic\r\n", "");
            stream.write_all(text.as_bytes()).await.unwrap();
            let _ = stream.shutdown().await;
        }
    })
    .await;
    let mut seen = Observations::default();
    assert!(without_login("owa.apps.local", address, &mut seen).await);
    let failures: Vec<_> =
        seen.exchanges.iter().map(|it| (it.endpoint, it.failure.clone())).collect();
    let silent = (Endpoint::Exchange, Some(HttpFailure::TimedOut));
    assert_eq!(failures, [(Endpoint::Ews, None), silent, (Endpoint::Owa, None)]);
}

/// A server that takes the handshake and the request, sends this, and then nothing.
async fn hanging(sent: &'static str) -> HttpExchange {
    let certificate = rcgen::generate_simple_self_signed(["owa.apps.local".to_owned()]).unwrap();
    let acceptor = acceptor(&certificate, &[&version::TLS13]);
    let address = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        }
    })
    .await;
    let web = Web::new(looker::config().unwrap(), "owa.apps.local", address).unwrap();
    let request = Request { endpoint: Endpoint::Owa, login: None, body: None };
    web.exchange(&request).await.0
}

#[tokio::test]
async fn silence_at_each_step_of_an_answer_times_out() {
    let begun = std::time::Instant::now();
    let (silent, head, body) = tokio::join!(
        hanging(""),
        hanging("HTTP/1.1 200 X\r\nserver: IIS"),
        hanging("HTTP/1.1 440 X\r\ncontent-length: 100\r\n\r\nabc"),
    );
    assert_eq!((&silent.failure, &silent.statuses[..]), (&Some(HttpFailure::TimedOut), &[][..]));
    assert_eq!(head.failure, Some(HttpFailure::TimedOut));
    assert_eq!(body.failure, Some(HttpFailure::TimedOut));
    assert!(begun.elapsed() < limits::REQUEST + limits::CONNECT);
}
