//! A session with OS Administration, by which files get onto the TFTP server of a node.

use std::hash::{BuildHasher, RandomState};

use adr_cucm::AnswerError;
use adr_cucm::upload::{self, FileUpload, FormError, LOGIN_PAGE, Token, UPLOAD_PATH, UploadPage};

use crate::call_error::CallError;
use crate::cluster::{Cluster, SetupError};
use crate::cookies::Cookies;
use crate::credentials::Credentials;
use crate::exchange::{Exchange, HttpAnswer, Login};
use crate::node::Node;

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

impl PlatformSession {
    /// Logs in on the node's port, and opens the page for files. Redirects are followed on the node
    /// only.
    ///
    /// # Errors
    ///
    /// See [`PlatformError`].
    pub async fn open(
        cluster: &Cluster,
        node: &Node,
        credentials: &Credentials,
    ) -> Result<Self, PlatformError> {
        let exchange = Exchange::new(node, &cluster.trust, cluster.limits)?;
        let mut session = Self { exchange, cookies: Cookies::default(), token: None };
        session.page(LOGIN_PAGE).await?;
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

/// A random boundary of a form.
fn boundary() -> String {
    // the standard library seeds every hasher differently
    let half = || RandomState::new().hash_one(0_u8);
    format!("adrc-{:016x}{:016x}", half(), half())
}
