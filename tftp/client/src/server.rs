//! Where rules are fetched from.

use std::fmt;

use reqwest::Url;

/// A server: `http://HOST[:PORT]/[FOLDER/]`, `https://…` or `tftp://HOST[:PORT]/[FOLDER/]`.
///
/// Without a port it is the scheme's: 80, 443 and 69. CUCM and adrc serve HTTP on 6970.
///
/// ```
/// use adr_client::server::Server;
///
/// let server = Server::parse("http://cucm.example:6970")?;
/// assert_eq!(server.to_string(), "http://cucm.example:6970/");
/// assert!(Server::parse("ftp://cucm.example").is_err());
/// # Ok::<(), adr_client::server::ServerError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    url: Url,
}

impl Server {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// It is no URL of one of the three schemes, or has a user, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, ServerError> {
        let refuse = |what: &str| ServerError(format!("`{}`: {what}", text.escape_debug()));
        let mut url = Url::parse(text).map_err(|_| refuse(HELP))?;
        if !matches!(url.scheme(), "http" | "https" | "tftp") || !url.has_host() {
            return Err(refuse(HELP));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(refuse("an address has no user, no query and no fragment"));
        }
        if !url.path().ends_with('/') {
            let folder = format!("{}/", url.path());
            url.set_path(&folder);
        }
        Ok(Self { url })
    }

    /// Whether it is asked by TFTP, and so cannot tell of changes by itself.
    #[must_use]
    pub fn is_tftp(&self) -> bool {
        self.url.scheme() == "tftp"
    }

    pub(crate) fn has_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The URL of a file below the server's folder.
    pub(crate) fn file(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path()));
        url
    }

    /// Host and port for TFTP.
    pub(crate) fn host_and_port(&self) -> (String, u16) {
        let host = self.url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (host.to_owned(), self.url.port().unwrap_or(69))
    }

    /// The name of a file for TFTP.
    pub(crate) fn name(&self, path: &str) -> String {
        format!("{}{path}", self.url.path().trim_start_matches('/'))
    }
}

const HELP: &str = "no server; write `http://HOST:6970`, `https://HOST` or `tftp://HOST`";

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}

/// Why a text is no server; a sentence in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError(String);

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ServerError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_ports_and_names() {
        let server = Server::parse("tftp://[::1]:1069/a/b").unwrap();
        assert_eq!(server.host_and_port(), ("::1".to_owned(), 1069));
        assert_eq!(server.name("CUPC/x.xml"), "a/b/CUPC/x.xml");
        let server = Server::parse("tftp://10.1.2.3").unwrap();
        assert_eq!(server.host_and_port(), ("10.1.2.3".to_owned(), 69));
        assert_eq!(server.name("x"), "x");
        let server = Server::parse("http://h:1/f/").unwrap();
        assert_eq!(server.file("CUPC/x.xml").as_str(), "http://h:1/f/CUPC/x.xml");
    }

    #[test]
    fn what_is_no_server() {
        for text in [
            "",
            "h",
            "h:1",
            "file:///x",
            "http://",
            "http://u@h",
            "http://h?q",
            "http://h#f",
            "tftp:x",
        ] {
            assert!(Server::parse(text).is_err(), "{text}");
        }
    }
}
