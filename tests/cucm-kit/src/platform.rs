//! What OS Administration knows: sessions, and how it behaves.

use std::collections::BTreeMap;

use crate::http::Request;
use crate::pages::Language;

/// Name of the session cookie.
pub(crate) const COOKIE: &str = "JSESSIONID";

/// How OS Administration behaves.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Language of the pages.
    pub language: Language,
    /// Whether pages write attributes in another order and with other quotes.
    pub other_markup: bool,
    /// Failed logins after which nobody can log in any more; at first 5.
    pub max_failures: usize,
    /// Failed logins since the last success.
    pub failures: usize,
    /// Sessions that may be logged in at a time; at first 10.
    pub max_sessions: usize,
    /// Whether a login changes the session cookie, as Tomcat does by default; at first true.
    pub renews_cookie: bool,
    pub(crate) sessions: BTreeMap<String, Session>,
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) node: String,
    pub(crate) is_logged_in: bool,
    /// The token that the next upload must have.
    pub(crate) token: Option<String>,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            language: Language::English,
            other_markup: false,
            max_failures: 5,
            failures: 0,
            max_sessions: 10,
            renews_cookie: true,
            sessions: BTreeMap::new(),
        }
    }
}

impl Platform {
    /// Ends all sessions.
    pub fn expire_sessions(&mut self) {
        self.sessions.clear();
    }

    /// Whether too many logins failed.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.failures >= self.max_failures
    }

    /// Ends the lock-out.
    pub fn unlock(&mut self) {
        self.failures = 0;
    }

    /// The session of a request to a node.
    pub(crate) fn session(&mut self, node: &str, request: &Request) -> Option<&mut Session> {
        let session = self.sessions.get_mut(request.cookie(COOKIE)?)?;
        (session.node == node).then_some(session)
    }
}
