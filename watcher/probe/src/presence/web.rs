//! Requests to the gateway, and what causes need of their answers.

mod failure;
mod redaction;
mod schemes;

use std::net::SocketAddr;
use std::time::Instant;

use adr_cucm_client::Credentials;
use adr_doctor::presence::ews::{CONTENT_TYPE as XML, MAX_ANSWER_BYTES};
use adr_doctor::presence::observation::{Endpoint, HttpExchange, HttpFailure, UserForm};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::time::timeout;

use super::connect::milliseconds;
use super::server_name;
use crate::limits;
pub(super) use redaction::Redaction;

/// Headers that are kept.
const KEPT_HEADERS: [&str; 4] =
    ["x-ews-policy-reason", "x-ms-diagnostics", "server", "retry-after"];

/// The status "login timeout" of forms-based authentication.
const LOGIN_TIMEOUT: u16 = 440;

/// Sends requests to one gateway.
pub(super) struct Web {
    client: Client,
    base: Url,
}

/// One request.
pub(super) struct Request<'r> {
    pub(super) endpoint: Endpoint,
    /// Who asks, and the form of the name.
    pub(super) login: Option<(UserForm, &'r Credentials)>,
    /// What is sent; `None` for a request that only gets.
    pub(super) body: Option<String>,
}

/// Why requests cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebError {
    #[error("cannot set up HTTP")]
    Client(#[from] reqwest::Error),
    #[error("the gateway cannot be a part of an address")]
    Address,
}

impl Web {
    pub(super) fn new(
        config: ClientConfig,
        gateway: &str,
        address: SocketAddr,
    ) -> Result<Self, WebError> {
        let host = match server_name(gateway, address) {
            ServerName::DnsName(name) => name.as_ref().to_owned(),
            _ if address.is_ipv6() => format!("[{}]", address.ip()),
            _ => address.ip().to_string(),
        };
        let base = Url::parse(&format!("https://{host}:{}/", address.port()));
        let base = base.map_err(|_| WebError::Address)?;
        let client = Client::builder()
            .tls_backend_preconfigured(config)
            .https_only(true)
            .http1_only()
            // the credentials go to this address only, whatever an answer or the environment says
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .resolve(base.host_str().unwrap_or_default(), address)
            .connect_timeout(limits::CONNECT)
            .user_agent(concat!("adrc/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, base })
    }

    /// Sends a request, follows its redirects, and reads its answer within the limits. The body of
    /// the last answer comes back only for a request that sends one.
    pub(super) async fn exchange(&self, request: &Request<'_>) -> (HttpExchange, Vec<u8>) {
        let mut seen = HttpExchange {
            endpoint: request.endpoint,
            user: request.login.map(|(form, _)| form),
            milliseconds: 0,
            statuses: Vec::new(),
            redirects: Vec::new(),
            schemes: Vec::new(),
            headers: Vec::new(),
            failure: None,
        };
        let mut body = Vec::new();
        let begun = Instant::now();
        let answers = self.answers(request, &mut seen, &mut body);
        let result = timeout(limits::REQUEST, answers).await;
        seen.failure = match result {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure),
            Err(_) => Some(HttpFailure::TimedOut),
        };
        seen.milliseconds = milliseconds(begun.elapsed());
        (seen, body)
    }

    async fn answers(
        &self,
        request: &Request<'_>,
        seen: &mut HttpExchange,
        body: &mut Vec<u8>,
    ) -> Result<(), HttpFailure> {
        let redaction = Redaction::of(request.login.map(|(_, credentials)| credentials));
        let mut url = self.base.join(path(request.endpoint)).map_err(|_| HttpFailure::NotHttp)?;
        let mut visited = vec![url.clone()];
        let mut timeouts = 0;
        loop {
            let response = self.send(request, url.clone()).await?;
            let status = response.status().as_u16();
            seen.statuses.push(status);
            if status == LOGIN_TIMEOUT && timeouts < limits::LOGIN_TIMEOUTS {
                timeouts += 1;
                continue;
            }
            let is_redirect = matches!(status, 301 | 302 | 303 | 307 | 308);
            let there = response.headers().get(LOCATION).filter(|_| is_redirect);
            let there = there.and_then(|there| url.join(there.to_str().ok()?).ok());
            if let Some(there) = there {
                seen.redirects.push(redaction.of_text(there.path()));
                keep(response.headers(), &redaction, seen);
                if there.origin() != url.origin() {
                    return Err(HttpFailure::OtherHost);
                }
                // a body goes where it was meant to go
                if request.body.is_some() {
                    return Ok(());
                }
                if visited.contains(&there) || visited.len() > limits::REDIRECTS {
                    return Err(HttpFailure::RedirectLoop);
                }
                visited.push(there.clone());
                url = there;
                continue;
            }
            keep(response.headers(), &redaction, seen);
            let kept = if request.body.is_some() { MAX_ANSWER_BYTES } else { 0 };
            return read(response, kept, body).await;
        }
    }

    async fn send(&self, request: &Request<'_>, url: Url) -> Result<Response, HttpFailure> {
        let mut builder = match &request.body {
            Some(body) => self.client.post(url).header(CONTENT_TYPE, XML).body(body.clone()),
            None => self.client.get(url),
        };
        if let Some((_, credentials)) = request.login {
            builder = builder.basic_auth(&credentials.user, Some(credentials.password.reveal()));
        }
        builder.send().await.map_err(|error| failure::of(&error))
    }
}

/// The path of an endpoint.
fn path(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Exchange => "/exchange",
        Endpoint::Owa => "/owa",
        Endpoint::Ews => adr_doctor::presence::ews::PATH,
    }
}

/// Keeps schemes and headers of an answer.
fn keep(headers: &HeaderMap, redaction: &Redaction, seen: &mut HttpExchange) {
    let text = |value: &reqwest::header::HeaderValue| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    seen.schemes = schemes::of(headers.get_all(WWW_AUTHENTICATE).iter().map(text));
    seen.schemes.retain(|scheme| !redaction.reveals(scheme));
    let kept = KEPT_HEADERS.iter().filter_map(|name| {
        let value = text(headers.get(*name)?);
        // the whole value is looked at before it is cut
        let value = redaction.of_text(&value);
        Some(((*name).to_owned(), value.chars().take(limits::HEADER_CHARACTERS).collect()))
    });
    seen.headers = kept.collect();
}

/// Reads a body to its end, and keeps its beginning.
async fn read(mut response: Response, kept: usize, body: &mut Vec<u8>) -> Result<(), HttpFailure> {
    let mut count = 0;
    while let Some(chunk) = response.chunk().await.map_err(|error| failure::of(&error))? {
        count += chunk.len();
        let room = kept.saturating_sub(body.len()).min(chunk.len());
        body.extend_from_slice(&chunk[..room]);
        if count > limits::BODY_BYTES {
            return Err(HttpFailure::TooLarge);
        }
    }
    Ok(())
}
