//! The address of a server that rules are fetched from.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use reqwest::Url;

/// Longest address in bytes.
const MAX_ADDRESS_BYTES: usize = 2048;

/// The port of TFTP, where a server address has no port.
const TFTP_PORT: u16 = 69;

/// The address of a server: `http://HOST[:PORT]/[FOLDER/]`, `https://…` or
/// `tftp://HOST[:PORT]/[FOLDER/]`. Or `file:///FOLDER/`, a published folder on this machine, for
/// tests of a softphone: its clients get the default view.
///
/// The default port is that of the scheme: 80, 443 or 69. CUCM and adrc serve HTTP on port 6970.
///
/// ```
/// use adr_client::Server;
///
/// let server = Server::parse("http://cucm.example:6970")?;
/// assert_eq!(server.to_string(), "http://cucm.example:6970/");
/// assert!(Server::parse("ftp://cucm.example").is_err());
/// # Ok::<(), adr_client::ServerError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// A URL with one of the four schemes, and a host unless it is a file; its path ends with `/`.
    url: Url,
}

impl Server {
    /// Parses a server address.
    ///
    /// # Errors
    ///
    /// The text is not a URL with one of the four schemes, has a user, a query or a fragment, or is
    /// longer than 2,048 bytes.
    pub fn parse(text: &str) -> Result<Self, ServerError> {
        if text.len() > MAX_ADDRESS_BYTES {
            return Err(ServerError::TooLong { bytes: text.len() });
        }
        let invalid = || ServerError::Invalid { text: text.to_owned() };
        // `Url` removes line ends and tabs, and spaces around the text
        if text.contains(|letter: char| letter.is_control() || letter.is_whitespace()) {
            return Err(invalid());
        }
        let mut url = Url::parse(text).map_err(|_| invalid())?;
        let is_valid = match url.scheme() {
            "http" | "https" | "tftp" => url.has_host(),
            "file" => url.to_file_path().is_ok(),
            _ => false,
        };
        let folder = percent_decode_str(url.path()).decode_utf8();
        let is_text = folder.is_ok_and(|folder| !folder.contains(char::is_control));
        let has_folder = url.scheme() != "tftp" || is_text;
        if !is_valid || !has_folder || url.port() == Some(0) {
            return Err(invalid());
        }
        let has_user = !url.username().is_empty() || url.password().is_some();
        if url.query().is_some() || url.fragment().is_some() || has_user {
            return Err(ServerError::ExtraParts);
        }
        if !url.path().ends_with('/') {
            let folder = format!("{}/", url.path());
            url.set_path(&folder);
        }
        Ok(Self { url })
    }

    /// Whether files are fetched by TFTP. Such a server cannot announce changes.
    #[must_use]
    pub fn is_tftp(&self) -> bool {
        self.url.scheme() == "tftp"
    }

    /// Whether the server can announce changes: it is asked by HTTP or HTTPS.
    pub(crate) fn can_announce(&self) -> bool {
        matches!(self.url.scheme(), "http" | "https")
    }

    /// The published folder of a `file` address.
    pub(crate) fn published_folder(&self) -> Option<PathBuf> {
        (self.url.scheme() == "file").then(|| self.url.to_file_path().ok())?
    }

    pub(crate) fn uses_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The URL of a file in the server's folder.
    pub(crate) fn url_of(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path()));
        url
    }

    /// Host and port for TFTP.
    pub(crate) fn tftp_address(&self) -> (String, u16) {
        let host = self.url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (host.to_owned(), self.url.port().unwrap_or(TFTP_PORT))
    }

    /// The name of a file in a TFTP request, which knows no escapes.
    pub(crate) fn tftp_name(&self, path: &str) -> String {
        let folder = self.url.path().trim_start_matches('/');
        format!("{}{path}", percent_decode_str(folder).decode_utf8_lossy())
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}

/// Why a text is not a server address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// Not a URL with one of the four schemes and, unless it is a file, a host.
    #[error(
        "`{}` is not a server address; write `http://HOST:6970`, `https://HOST`, `tftp://HOST` or \
         `file:///FOLDER`",
        text.escape_debug()
    )]
    Invalid {
        /// The text that was parsed.
        text: String,
    },
    /// An address that is too long to be one.
    #[error("a server address has at most {MAX_ADDRESS_BYTES} bytes, and this one has {bytes}")]
    TooLong {
        /// The length of the text in bytes.
        bytes: usize,
    },
    /// A URL with a user, a password, a query or a fragment.
    #[error("a server address has no user, password, query or fragment")]
    ExtraParts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_gives_ports_and_names() {
        let server = Server::parse("tftp://[::1]:1069/a/b").unwrap();
        assert_eq!(server.tftp_address(), ("::1".to_owned(), 1069));
        assert_eq!(server.tftp_name("CUPC/x.xml"), "a/b/CUPC/x.xml");
        let server = Server::parse("tftp://10.1.2.3").unwrap();
        assert_eq!(server.tftp_address(), ("10.1.2.3".to_owned(), 69));
        assert_eq!(server.tftp_name("x"), "x");
        let server = Server::parse("tftp://h/my%20folder/%C3%A4").unwrap();
        assert_eq!(server.tftp_name("x"), "my folder/ä/x");
        let server = Server::parse("file:///srv/rules").unwrap();
        assert_eq!(server.published_folder(), Some("/srv/rules/".into()));
        assert!(!server.can_announce() && !server.is_tftp());
        let server = Server::parse("http://h:1/f/").unwrap();
        assert_eq!(server.url_of("CUPC/x.xml").as_str(), "http://h:1/f/CUPC/x.xml");
    }

    #[test]
    fn invalid_address_is_rejected() {
        for text in [
            "",
            "h",
            "h:1",
            "file://h/x",
            "http://",
            "http://u@h",
            "http://:secret@h",
            "http://h?q",
            "http://h#f",
            "tftp:x",
            "tftp://h/a%00b",
            "tftp://h/%ff",
            "http://h:0",
            "http://a\nb/",
            " http://h",
            "http://h/\t",
        ] {
            assert!(Server::parse(text).is_err(), "{text}");
        }
        let longest = format!("http://h/{}", "f".repeat(MAX_ADDRESS_BYTES - "http://h/".len()));
        assert!(Server::parse(&longest).is_ok());
        let error = Server::parse(&(longest + "f")).unwrap_err();
        assert_eq!(error, ServerError::TooLong { bytes: MAX_ADDRESS_BYTES + 1 });
    }
}
