//! One HTTP request to a node, and its answer, within the limits.

use adr_cucm::HttpRequest;
use reqwest::header::{
    CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

use crate::call_error::{CallError, Phase};
use crate::cluster::{Limits, SetupError};
use crate::credentials::Credentials;
use crate::node::Node;
use crate::trust::Trust;
use crate::verifier::tls_config;

/// The cookie that saves logins.
const SESSION_COOKIE: &str = "JSESSIONIDSSO";

/// Sends requests to one node.
#[derive(Debug)]
pub(crate) struct Exchange {
    client: Client,
    node: Node,
    limits: Limits,
}

/// How a request says who sends it.
pub(crate) enum Login<'s> {
    /// By user and password.
    Basic(&'s Credentials),
    /// By the cookie of an earlier answer.
    Cookie(&'s HeaderValue),
}

/// An answer of a node.
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The header `Cookie` of the next request, if the answer starts a session.
    pub(crate) cookie: Option<HeaderValue>,
}

impl Exchange {
    pub(crate) fn new(node: &Node, trust: &Trust, limits: Limits) -> Result<Self, SetupError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls_config(trust)?)
            .https_only(true)
            .http1_only()
            // credentials go to this node only, whatever an answer or the environment says
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(limits.connect_timeout)
            .read_timeout(limits.idle_timeout)
            .user_agent(concat!("adrc/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, node: node.clone(), limits })
    }

    /// Sends a request, and reads its whole answer.
    pub(crate) async fn send(
        &self,
        request: &HttpRequest,
        login: Login<'_>,
    ) -> Result<HttpAnswer, CallError> {
        let answer =
            tokio::time::timeout(self.limits.answer_timeout, self.exchange(request, login));
        answer.await.unwrap_or_else(|_| {
            Err(CallError::Timeout { node: self.node.clone(), phase: Phase::Answer })
        })
    }

    async fn exchange(
        &self,
        request: &HttpRequest,
        login: Login<'_>,
    ) -> Result<HttpAnswer, CallError> {
        let failed = |error| CallError::of_request(&self.node, error);
        let mut post = self
            .client
            .post(format!("https://{}{}", self.node, request.path))
            .header(CONTENT_TYPE, &request.content_type)
            .body(request.body.clone());
        if let Some(action) = &request.soap_action {
            post = post.header(HeaderName::from_static("soapaction"), action);
        }
        post = match login {
            Login::Basic(Credentials { user, password }) => {
                post.basic_auth(user, Some(password.reveal()))
            }
            Login::Cookie(cookie) => post.header(COOKIE, cookie),
        };
        let response = post.send().await.map_err(failed)?;
        let status = response.status();
        if status.is_redirection() {
            let target = response.headers().get(LOCATION).and_then(origin);
            let (node, status) = (self.node.clone(), status.as_u16());
            return Err(CallError::Redirected { node, status, target });
        }
        let cookie = session_cookie(response.headers());
        let body = self.body(response).await?;
        Ok(HttpAnswer { status: status.as_u16(), body, cookie })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, CallError> {
        let limit = self.limits.answer_bytes;
        let is_over = |bytes: u64| bytes > limit as u64;
        if response.content_length().is_some_and(is_over) {
            return Err(CallError::TooLarge { limit });
        }
        let mut body = Vec::new();
        let failed = |error| CallError::of_request(&self.node, error);
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if is_over((body.len() + chunk.len()) as u64) {
                return Err(CallError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Scheme, host and port of a header `Location`, without user, path and query.
fn origin(location: &HeaderValue) -> Option<String> {
    let url = Url::parse(location.to_str().ok()?).ok()?;
    url.has_host().then(|| url.origin().ascii_serialization())
}

/// The header `Cookie` that returns the session cookie of an answer.
fn session_cookie(headers: &HeaderMap) -> Option<HeaderValue> {
    let cookies = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let mut pairs = cookies.filter_map(|cookie| cookie.split(';').next()?.split_once('='));
    let (_, value) = pairs.rfind(|(name, _)| name.trim() == SESSION_COOKIE)?;
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let mut header = HeaderValue::try_from(format!("{SESSION_COOKIE}={value}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
