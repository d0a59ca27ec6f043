//! Calls to one node.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adr_cucm::axl::{self, AxlOperation};
use adr_cucm::service::{self, ServiceOperation};
use adr_cucm::{AnswerError, HttpRequest, SchemaVersion};

use crate::back_off::{DELAYS, Pause, TokioPause, with_jitter};
use crate::call_error::CallError;
use crate::cluster::Cluster;
use crate::cookies::Cookies;
use crate::credentials::Credentials;
use crate::exchange::{Exchange, HttpAnswer, Login};
use crate::node::Node;
use crate::progress::Progress;
use crate::setup_error::SetupError;

/// The cookie that saves logins.
const SESSION_COOKIE: &str = "JSESSIONIDSSO";

/// Calls to one node. Made by [`Cluster::session`].
///
/// A session remembers the AXL version that CUCM accepted, and the session cookie. Calls may run at
/// the same time. `Debug` shows neither password nor cookie.
pub struct Session {
    exchange: Exchange,
    credentials: Credentials,
    pause: Arc<dyn Pause>,
    on_progress: Arc<dyn Fn(&Progress) + Send + Sync>,
    state: Mutex<State>,
}

/// What a session learned from answers.
struct State {
    /// The AXL version to ask with.
    version: SchemaVersion,
    /// Whether CUCM accepted it.
    is_accepted: bool,
    /// The session cookie, if CUCM sent one.
    cookies: Cookies,
}

impl Session {
    pub(crate) fn new(cluster: &Cluster, node: &Node) -> Result<Self, SetupError> {
        if cluster.credentials.user.contains(':') {
            return Err(SetupError::UserWithColon);
        }
        let version = cluster.first_version;
        Ok(Self {
            exchange: Exchange::new(node, &cluster.trust, cluster.limits)?,
            credentials: cluster.credentials.clone(),
            pause: Arc::new(TokioPause),
            on_progress: Arc::new(|_| {}),
            state: Mutex::new(State { version, is_accepted: false, cookies: Cookies::default() }),
        })
    }

    /// The session with another way to wait.
    #[must_use]
    pub fn with_pause(self, pause: Arc<dyn Pause>) -> Self {
        Self { pause, ..self }
    }

    /// The session with a function that it calls while a call is under way.
    #[must_use]
    pub fn with_progress(self, report: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self { on_progress: Arc::new(report), ..self }
    }

    /// The AXL version that CUCM accepted; `None` before the first answer.
    #[must_use]
    pub fn accepted_version(&self) -> Option<SchemaVersion> {
        let state = self.state();
        state.is_accepted.then_some(state.version)
    }

    /// Asks AXL.
    ///
    /// The call asks with an older version if CUCM does not support the first one, logs in again if
    /// the session has expired, and waits and repeats while CUCM is busy, as in [`DELAYS`]. It
    /// repeats nothing else, because CUCM may have carried out the operation.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn call<O: AxlOperation>(&self, operation: &O) -> Result<O::Answer, CallError> {
        let mut version = self.state().version;
        let mut tried = Vec::new();
        loop {
            let request = axl::request(version, operation)?;
            let read = |status, body: &[u8]| axl::answer(operation, status, body);
            let result = self.send(&request, read).await;
            let Err(CallError::Answer(AnswerError::UnsupportedVersion { supported })) = &result
            else {
                if is_from_axl(&result) {
                    let mut state = self.state();
                    (state.version, state.is_accepted) = (version, true);
                }
                return result;
            };
            tried.push(version);
            let next = SchemaVersion::next(&tried, supported).ok_or(CallError::NoCommonVersion)?;
            self.report(&Progress::Version { rejected: version, next });
            version = next;
        }
    }

    /// Asks another service of this node, such as ControlCenterServices.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn call_service<O: ServiceOperation>(
        &self,
        operation: &O,
    ) -> Result<O::Answer, CallError> {
        let request = service::request(operation)?;
        let read = |status, body: &[u8]| service::answer(operation, status, body);
        self.send(&request, read).await
    }

    /// The bytes of a log file of this node, by its path. Only the file is limited by
    /// [`Limits::answer_bytes`](crate::Limits::answer_bytes).
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn log_file(&self, path: &str) -> Result<Vec<u8>, CallError> {
        self.send(&service::file_request(path)?, service::file_answer).await
    }

    /// Sends a request until CUCM has time for it.
    async fn send<T>(
        &self,
        request: &HttpRequest,
        read: impl Fn(u16, &[u8]) -> Result<T, AnswerError>,
    ) -> Result<T, CallError> {
        let mut delays = DELAYS.into_iter();
        loop {
            let HttpAnswer { status, body, .. } = self.send_logged_in(request).await?;
            let reason = match read(status, &body) {
                Err(AnswerError::Busy(reason)) => reason,
                result => return result.map_err(CallError::Answer),
            };
            let Some(delay) = delays.next() else {
                return Err(CallError::Busy { reason, attempts: DELAYS.len() + 1 });
            };
            let time = with_jitter(delay, &*self.pause);
            self.report(&Progress::Waiting { reason, time });
            self.pause.pause(time).await;
        }
    }

    /// Sends a request with the session cookie, or, without one or with a stale one, with user and
    /// password.
    async fn send_logged_in(&self, request: &HttpRequest) -> Result<HttpAnswer, CallError> {
        let cookies = self.state().cookies.clone();
        if !cookies.is_empty() {
            let answer = self.exchange.post(request, Login::Cookies(&cookies)).await?;
            // CUCM answers a stale cookie with 404; 401 is what HTTP asks for
            if !matches!(answer.status, 401 | 404) {
                self.keep_cookie(&answer);
                return Ok(answer);
            }
            self.state().cookies = Cookies::default();
            self.report(&Progress::LoginAgain);
        }
        let answer = self.exchange.post(request, Login::Basic(&self.credentials)).await?;
        self.keep_cookie(&answer);
        Ok(answer)
    }

    fn keep_cookie(&self, answer: &HttpAnswer) {
        if !matches!(answer.status, 401 | 403) {
            self.state().cookies.take(&answer.headers, |name| name == SESSION_COOKIE);
        }
    }

    pub(crate) fn report(&self, progress: &Progress) {
        (self.on_progress)(progress);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether AXL itself answered, and so accepts the version.
fn is_from_axl<T>(result: &Result<T, CallError>) -> bool {
    match result {
        Ok(_) => true,
        Err(CallError::Answer(error)) => matches!(
            error,
            AnswerError::Fault(_) | AnswerError::QueueRestarted | AnswerError::TooManyRows { .. }
        ),
        Err(_) => false,
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("exchange", &self.exchange)
            .field("credentials", &self.credentials)
            .field("version", &self.accepted_version())
            .finish_non_exhaustive()
    }
}
