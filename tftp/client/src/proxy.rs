//! The address of a proxy.

use std::fmt;

use reqwest::Url;

/// The address of an HTTP proxy for requests by HTTP and HTTPS: `http://HOST:PORT`.
///
/// A core uses no proxy unless one is set. The variables `http_proxy` and `https_proxy` have no
/// effect, because they could choose the site whose rules a core gets.
///
/// ```
/// use adr_client::Proxy;
///
/// assert_eq!(Proxy::parse("http://proxy:3128")?.to_string(), "http://proxy:3128/");
/// assert!(Proxy::parse("proxy").is_err());
/// # Ok::<(), adr_client::ProxyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub(crate) url: Url,
}

/// Why a text is not the address of a proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a proxy; write `http://HOST:PORT`", text.escape_debug())]
pub struct ProxyError {
    /// The text that was parsed.
    pub text: String,
}

impl Proxy {
    /// Parses the address of a proxy.
    ///
    /// # Errors
    ///
    /// The text is not an `http` URL with a host and nothing but a port after it.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let invalid = || ProxyError { text: text.to_owned() };
        let url = Url::parse(text).map_err(|_| invalid())?;
        let has_more = url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if url.scheme() != "http" || !url.has_host() || has_more {
            return Err(invalid());
        }
        Ok(Self { url })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}
