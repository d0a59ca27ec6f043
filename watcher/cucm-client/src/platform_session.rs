//! A session with OS Administration, by which files get onto the TFTP server of a node.

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::io;

use adr_cucm::AnswerError;
use adr_cucm::upload::{self, FileUpload, FormError, LOGIN_PAGE, Token, UPLOAD_PATH, UploadPage};

use crate::call_error::{CallError, Phase};
use crate::cluster::Cluster;
use crate::cookies::Cookies;
use crate::credentials::Credentials;
use crate::exchange::{Exchange, HttpAnswer, Login};
use crate::node::{DEFAULT_PORT, Node};
use crate::setup_error::SetupError;
use crate::verifier::causes;

/// The port of OS Administration, besides the one of the SOAP services.
const HTTPS_PORT: u16 = 443;

/// Most redirects on the node that follow one request.
const MAX_REDIRECTS: usize = 5;

/// A session with OS Administration of one node, after the login.
///
/// CUCM allows few of these at the same time and locks users after wrong passwords, so use one
/// session for all files of a node, and do not repeat a failed login.
#[derive(Debug)]
pub struct PlatformSession {
    exchange: Exchange,
    cookies: Cookies,
    /// The token of the next upload; `None` before release 11.
    token: Option<Token>,
}

/// Why OS Administration did not do what it should. Texts are those of its page, shortened.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The session cannot be set up; adrc sent nothing.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No answer, or one that is not a page of OS Administration.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The login form came back: user or password is wrong, or the session ended.
    #[error("OS Administration asks for a login; check platform user and password (`{}`)", .text.escape_debug())]
    LoggedOut {
        /// The visible text of the page.
        text: String,
    },
    /// A page without the forms: too many sessions or attempts, or a lack of rights.
    #[error("OS Administration offers no upload; too many sessions or attempts? (`{}`)", .text.escape_debug())]
    LockedOut {
        /// The visible text of the page.
        text: String,
    },
    /// A name cannot stand in a form.
    #[error(transparent)]
    Form(#[from] FormError),
}

impl PlatformError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Setup(_) => "check user, certificate and fingerprint",
            Self::Call(error) => error.help(),
            Self::LoggedOut { .. } => {
                "log in to OS Administration by hand, then try again; CUCM locks users after some \
                 wrong passwords"
            }
            Self::LockedOut { .. } => {
                "end other sessions of OS Administration, or wait until the user is unlocked"
            }
            Self::Form(_) => "report this with the release of CUCM",
        }
    }

    /// Whether another attempt to log in could lock the user.
    #[must_use]
    pub fn is_about_login(&self) -> bool {
        match self {
            Self::LoggedOut { .. } | Self::LockedOut { .. } => true,
            Self::Call(CallError::Answer(AnswerError::Status { status: 401 | 403 })) => true,
            Self::Call(error) => !error.is_transient(),
            Self::Setup(_) | Self::Form(_) => false,
        }
    }
}

impl PlatformSession {
    /// Logs in, and opens the page for files. Redirects are followed on the node only.
    ///
    /// OS Administration is on port 443, else on [`DEFAULT_PORT`]: the second one is tried if
    /// nothing accepts connections on the first. A node with another port has that one only. User
    /// and password are sent once.
    ///
    /// # Errors
    ///
    /// See [`PlatformError`].
    pub async fn open(
        cluster: &Cluster,
        node: &Node,
        credentials: &Credentials,
    ) -> Result<Self, PlatformError> {
        Self::open_on(&ports(node), cluster, node, credentials).await
    }

    async fn open_on(
        ports: &[u16],
        cluster: &Cluster,
        node: &Node,
        credentials: &Credentials,
    ) -> Result<Self, PlatformError> {
        let mut session = Self::start(ports, cluster, node).await?;
        let Credentials { user, password } = credentials;
        let mut answer = session.login(user, password.reveal(), false).await?;
        if answer.status == 404 {
            answer = session.login(user, password.reveal(), true).await?;
        }
        session.settle(answer).await?;
        let page = session.page(UPLOAD_PATH).await?;
        session.read(&page)?;
        Ok(session)
    }

    /// Opens the login page on the first of the ports that accepts connections.
    async fn start(ports: &[u16], cluster: &Cluster, node: &Node) -> Result<Self, PlatformError> {
        let mut ports = ports.iter().copied().peekable();
        loop {
            let node = node.with_port(ports.next().unwrap_or(node.port()));
            let exchange = Exchange::new(&node, &cluster.trust, cluster.limits)?;
            let mut session = Self { exchange, cookies: Cookies::default(), token: None };
            match session.page(LOGIN_PAGE).await {
                Err(error) if is_closed(&error) && ports.peek().is_some() => {}
                page => return page.map(|_| session).map_err(PlatformError::Call),
            }
        }
    }

    /// Uploads a file, and returns the visible text of the page that answers.
    ///
    /// The page does not prove success: restart Cisco Tftp, fetch the file, and compare its bytes.
    ///
    /// # Errors
    ///
    /// See [`PlatformError`]. CUCM may have the file although the call failed.
    pub async fn upload(&mut self, file: &FileUpload<'_>) -> Result<String, PlatformError> {
        let request = loop {
            match upload::upload(file, self.token.as_ref(), &boundary()) {
                Err(FormError::BoundaryInContent) => {}
                request => break request?,
            }
        };
        let answer = self.exchange.post_any(&request, Login::Cookies(&self.cookies)).await?;
        let page = self.settle(answer).await?;
        self.read(&page)
    }

    async fn login(
        &mut self,
        user: &str,
        password: &str,
        before_11: bool,
    ) -> Result<HttpAnswer, CallError> {
        let request = upload::login(user, password, before_11);
        self.exchange.post_any(&request, Login::Cookies(&self.cookies)).await
    }

    async fn page(&mut self, path: &str) -> Result<Vec<u8>, CallError> {
        let answer = self.exchange.get(path, &self.cookies).await?;
        self.settle(answer).await
    }

    /// The page at the end of the redirects that an answer starts.
    async fn settle(&mut self, mut answer: HttpAnswer) -> Result<Vec<u8>, CallError> {
        for _ in 0..=MAX_REDIRECTS {
            self.cookies.take(&answer.headers, |_| true);
            match answer.status {
                200 => return Ok(answer.body),
                301..=303 | 307 | 308 => {
                    let path = self.exchange.redirect_on_node(&answer)?;
                    answer = self.exchange.get(&path, &self.cookies).await?;
                }
                _ => break,
            }
        }
        Err(AnswerError::Status { status: answer.status }.into())
    }

    /// Takes the token of a page, and returns the page's text.
    fn read(&mut self, page: &[u8]) -> Result<String, PlatformError> {
        match upload::read_page(page) {
            UploadPage::Upload { token, text } => {
                self.token = token;
                Ok(text)
            }
            UploadPage::LoggedOut { text } => Err(PlatformError::LoggedOut { text }),
            UploadPage::LockedOut { text } => Err(PlatformError::LockedOut { text }),
        }
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> &Node {
        self.exchange.node()
    }
}

/// The ports on which OS Administration may be, in the order to try them.
fn ports(node: &Node) -> Vec<u16> {
    match node.port() {
        DEFAULT_PORT => vec![HTTPS_PORT, DEFAULT_PORT],
        port => vec![port],
    }
}

/// Whether nothing accepts connections on the port.
fn is_closed(error: &CallError) -> bool {
    let is_refusal = |cause: &(dyn Error + 'static)| {
        let error = cause.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    match error {
        CallError::Connect { source, .. } => causes(source).any(is_refusal),
        CallError::Timeout { phase: Phase::Connection, .. } => true,
        _ => false,
    }
}

/// A random boundary of a form.
fn boundary() -> String {
    // the standard library seeds every hasher differently
    let half = || RandomState::new().hash_one(0_u8);
    format!("adrc-{:016x}{:016x}", half(), half())
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;
    use crate::credentials::Secret;
    use crate::trust::Trust;

    #[test]
    fn node_without_its_own_port_has_both_ports_of_cucm() {
        assert_eq!(ports(&Node::new("a").unwrap()), [443, 8443]);
        assert_eq!(ports(&Node::new("a:9443").unwrap()), [9443]);
    }

    #[tokio::test]
    async fn second_port_is_tried_only_if_the_first_is_closed() {
        // a server that accepts a connection and closes it: the port is open, and TLS fails
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let open = listener.local_addr().unwrap().port();
        std::thread::spawn(move || listener.incoming().for_each(drop));
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let closed = unused.local_addr().unwrap().port();
        drop(unused);
        let node = Node::new("127.0.0.1").unwrap();
        let credentials = Credentials { user: "u".into(), password: Secret::new("p".into()) };
        let cluster = Cluster::new(node.clone(), Trust::Nothing, credentials.clone());
        for (ports, asked) in [([closed, open], open), ([open, closed], open)] {
            let error = PlatformSession::open_on(&ports, &cluster, &node, &credentials).await;
            let error = error.unwrap_err().to_string();
            assert!(error.contains(&format!("127.0.0.1:{asked}")), "{error}");
        }
    }
}
