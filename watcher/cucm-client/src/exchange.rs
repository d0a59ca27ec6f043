//! One HTTP request to a node, and its answer, within the limits.

use std::time::Duration;

use adr_cucm::HttpRequest;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};

use crate::call_error::{CallError, Phase};
use crate::cookies::Cookies;
use crate::credentials::Credentials;
use crate::limits::Limits;
use crate::node::Node;
use crate::setup_error::SetupError;
use crate::trust::Trust;
use crate::verifier::tls_config;

/// How long a connection stays open after an answer: less than servers keep idle connections, which
/// they may close at the moment of the next request.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Sends requests to one node.
#[derive(Debug)]
pub(crate) struct Exchange {
    client: Client,
    scheme: Scheme,
    node: Node,
    limits: Limits,
}

/// How an exchange protects its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// By TLS.
    Https,
    /// Not at all: for files that everybody may read. Requests carry no credentials.
    Http,
}

/// How a request says who sends it.
pub(crate) enum Login<'s> {
    /// By user and password.
    Basic(&'s Credentials),
    /// By cookies of earlier answers.
    Cookies(&'s Cookies),
}

/// An answer of a node.
pub(crate) struct HttpAnswer {
    /// The address of the request.
    url: Url,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Exchange {
    pub(crate) fn new(node: &Node, trust: &Trust, limits: Limits) -> Result<Self, SetupError> {
        Self::with_scheme(Scheme::Https, node, trust, limits)
    }

    /// An exchange without TLS, which only asks for files.
    pub(crate) fn of_files(node: &Node, limits: Limits) -> Result<Self, SetupError> {
        Self::with_scheme(Scheme::Http, node, &Trust::Nothing, limits)
    }

    fn with_scheme(
        scheme: Scheme,
        node: &Node,
        trust: &Trust,
        limits: Limits,
    ) -> Result<Self, SetupError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls_config(trust)?)
            .https_only(scheme == Scheme::Https)
            .http1_only()
            // credentials go to this node only, whatever an answer or the environment says
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .pool_idle_timeout(KEEP_ALIVE)
            .connect_timeout(limits.connect_timeout)
            .read_timeout(limits.idle_timeout)
            .user_agent(concat!("adrc/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, scheme, node: node.clone(), limits })
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// Sends a request, and reads its whole answer.
    ///
    /// # Errors
    ///
    /// No complete answer within the limits, or a redirect.
    pub(crate) async fn post(
        &self,
        request: &HttpRequest,
        login: Login<'_>,
    ) -> Result<HttpAnswer, CallError> {
        let answer = self.post_any(request, login).await?;
        match (300..400).contains(&answer.status) {
            true => Err(self.redirected(&answer)),
            false => Ok(answer),
        }
    }

    /// Sends a request, and reads its whole answer, which may be a redirect.
    pub(crate) async fn post_any(
        &self,
        request: &HttpRequest,
        login: Login<'_>,
    ) -> Result<HttpAnswer, CallError> {
        let mut post = self
            .client
            .post(self.url(request.path))
            .header(CONTENT_TYPE, &request.content_type)
            .body(request.body.clone());
        if let Some(action) = &request.soap_action {
            post = post.header(HeaderName::from_static("soapaction"), action);
        }
        self.answer(post, login).await
    }

    /// Asks for a page, and reads its whole answer, which may be a redirect.
    pub(crate) async fn get(&self, path: &str, cookies: &Cookies) -> Result<HttpAnswer, CallError> {
        let get = self.client.get(self.url(path));
        self.answer(get, Login::Cookies(cookies)).await
    }

    /// Path and query to which an answer redirects on the same node.
    ///
    /// # Errors
    ///
    /// Another node, scheme or port.
    pub(crate) fn redirect_on_node(&self, answer: &HttpAnswer) -> Result<String, CallError> {
        let there = answer.location().and_then(|location| answer.url.join(location).ok());
        match there {
            Some(there) if there.origin() == answer.url.origin() => {
                let query = there.query().map_or_else(String::new, |query| format!("?{query}"));
                Ok(format!("{}{query}", there.path()))
            }
            _ => Err(self.redirected(answer)),
        }
    }

    fn url(&self, path: &str) -> String {
        let scheme = match self.scheme {
            Scheme::Https => "https",
            Scheme::Http => "http",
        };
        format!("{scheme}://{}{path}", self.node)
    }

    fn redirected(&self, answer: &HttpAnswer) -> CallError {
        let target = answer.location().and_then(origin);
        CallError::Redirected { node: self.node.clone(), status: answer.status, target }
    }

    async fn answer(
        &self,
        request: RequestBuilder,
        login: Login<'_>,
    ) -> Result<HttpAnswer, CallError> {
        let request = match login {
            Login::Basic(Credentials { user, password }) => {
                request.basic_auth(user, Some(password.reveal()))
            }
            Login::Cookies(cookies) => match cookies.header() {
                Some(header) => request.header(COOKIE, header),
                None => request,
            },
        };
        let exchange = async {
            let response = request.send().await;
            let mut response =
                response.map_err(|error| CallError::of_request(&self.node, error))?;
            let status = response.status().as_u16();
            let url = response.url().clone();
            let headers = std::mem::take(response.headers_mut());
            Ok(HttpAnswer { url, status, headers, body: self.body(response).await? })
        };
        let answer = tokio::time::timeout(self.limits.answer_timeout, exchange).await;
        answer.unwrap_or_else(|_| {
            Err(CallError::Timeout { node: self.node.clone(), phase: Phase::Answer })
        })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, CallError> {
        let limit = self.limits.answer_bytes;
        let is_over = |bytes: u64| bytes > limit as u64;
        if response.content_length().is_some_and(is_over) {
            return Err(CallError::TooLarge { limit });
        }
        // at once, because the buffers of a growing vector take twice the memory of the answer
        let announced = response.content_length().unwrap_or_default().try_into();
        let mut body = Vec::with_capacity(announced.unwrap_or_default());
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

impl HttpAnswer {
    fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }
}

/// Scheme, host and port of a URL, without user, path and query.
fn origin(location: &str) -> Option<String> {
    let url = Url::parse(location).ok()?;
    url.has_host().then(|| url.origin().ascii_serialization())
}
