//! Requests and answers as values, without sockets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A request, read completely.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path without query.
    pub(crate) path: String,
    /// Header lines: name in lower case, and value.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of the first header line of this name; `name` in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.iter().filter(|(it, _)| it == "cookie");
        let mut pairs = lines.flat_map(|(_, line)| line.split(';'));
        pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    }

    /// User and password of HTTP Basic.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let bytes = STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// The operation of a SOAP request: the last word of `SOAPAction`,
    /// or what is behind its last `#`. For other requests the last
    /// part of the path.
    pub(crate) fn operation(&self) -> String {
        let name = match self.header("soapaction") {
            Some(action) => action.trim_matches('"').rsplit([' ', '#']).next(),
            None => self.path.rsplit('/').next(),
        };
        name.unwrap_or_default().to_owned()
    }
}

/// An answer, before faults are applied to it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    pub(crate) fn html(status: u16, page: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/html;charset=UTF-8", page)
    }

    /// A page of Tomcat with nothing but an error.
    pub(crate) fn error_page(status: u16, message: &str) -> Self {
        let page = format!(
            "<html><head><title>Error report</title></head><body><h1>HTTP Status {status} - \
             {message}</h1></body></html>\n"
        );
        Self::html(status, page)
    }

    /// The page of a request without a valid user.
    pub(crate) fn unauthorized() -> Self {
        let page = Self::error_page(401, "This request requires HTTP authentication");
        page.with("www-authenticate", "Basic realm=\"Cisco Web Services Realm\"".to_owned())
    }

    /// The same answer with another header line.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}
