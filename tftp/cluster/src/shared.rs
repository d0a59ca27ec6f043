//! What the calls of a publication share: settings, names, and the connection that their requests
//! use.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::names::Names;
use crate::settings::Settings;

/// The pause before a request that failed is sent again.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// A server without JetStream may find one that has it within this time.
const JETSTREAM_LIMIT: Duration = Duration::from_secs(3);

/// How reasons begin that say that nobody answered.
const NO_ANSWER: &str = "no answer";

/// What the threads of callers and the thread of the connection share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) names: Names,
    pub(crate) connection: Mutex<Option<Arc<Connection>>>,
    /// The removal of unused files that runs, and when it began.
    pub(crate) pruning: std::sync::Mutex<Option<(JoinHandle<()>, Instant)>>,
}

impl Shared {
    /// When a step that reads or writes little has to end.
    pub(crate) fn call_deadline(&self) -> Instant {
        Instant::now() + self.settings.call_limit
    }

    /// Sends a request until it is answered, or for good. A connection that broke or whose server
    /// does not answer is replaced by one to another server.
    pub(crate) async fn run<T, F, R>(&self, deadline: Instant, request: F) -> Result<T, Fault>
    where
        F: Fn(Arc<Connection>) -> R,
        R: Future<Output = Result<T, Fault>>,
    {
        self.run_for(deadline, None, request).await
    }

    /// The same for a request with a message that has this subject.
    pub(crate) async fn run_for<T, F, R>(
        &self,
        deadline: Instant,
        subject: Option<&str>,
        request: F,
    ) -> Result<T, Fault>
    where
        F: Fn(Arc<Connection>) -> R,
        R: Future<Output = Result<T, Fault>>,
    {
        let began = Instant::now();
        loop {
            // if no server can be reached, the call fails at once
            let connection = self.connection(deadline).await?;
            match self.attempt(deadline, subject, &request).await {
                Err(fault)
                    if fault.is_without_responders()
                        && !connection.has_jetstream()
                        && began.elapsed() >= JETSTREAM_LIMIT =>
                {
                    return Err(Fault::no_jetstream());
                }
                Err(Fault::Temporary(_)) if Instant::now() + PAUSE < deadline => {}
                // the last of several attempts may have had a moment only
                Err(Fault::Temporary(reason)) if reason.starts_with(NO_ANSWER) => {
                    return Err(Fault::Temporary(no_answer(began.elapsed())));
                }
                answered => return answered,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends a request once. `subject` is that of its message, for a message of nobody else.
    pub(crate) async fn attempt<T, F, R>(
        &self,
        deadline: Instant,
        subject: Option<&str>,
        request: F,
    ) -> Result<T, Fault>
    where
        F: Fn(Arc<Connection>) -> R,
        R: Future<Output = Result<T, Fault>>,
    {
        let began = Instant::now();
        let connection = self.connection(deadline).await?;
        let answer = tokio::time::timeout_at(deadline.into(), request(Arc::clone(&connection)));
        let late = || Err(Fault::Temporary(no_answer(began.elapsed())));
        let fault = match answer.await.unwrap_or_else(|_| late()) {
            Err(Fault::Temporary(reason)) => match connection.denied_since(began, subject) {
                Some(denied) => Fault::Denied(denied),
                None => Fault::Temporary(reason),
            },
            answered => return answered,
        };
        if is_unusable(&fault, &connection) {
            self.replace(&connection).await;
        }
        Err(fault)
    }

    /// The connection; a new one if there is none or if it broke.
    pub(crate) async fn connection(&self, deadline: Instant) -> Result<Arc<Connection>, Fault> {
        let open = async {
            let mut connection = self.connection.lock().await;
            if let Some(open) = connection.as_ref().filter(|open| open.is_open()) {
                return Ok(Arc::clone(open));
            }
            *connection = None;
            let opened = Arc::new(Connection::open(&self.settings).await?);
            *connection = Some(Arc::clone(&opened));
            Ok(opened)
        };
        let late = |_| Err(Fault::Temporary("no connection in time".to_owned()));
        tokio::time::timeout_at(deadline.into(), open).await.unwrap_or_else(late)
    }

    /// Drops a connection, unless it was replaced already.
    async fn replace(&self, broken: &Arc<Connection>) {
        let mut connection = self.connection.lock().await;
        if connection.as_ref().is_some_and(|current| Arc::ptr_eq(current, broken)) {
            *connection = None;
        }
    }
}

/// Whether the next request needs another connection.
fn is_unusable(fault: &Fault, connection: &Connection) -> bool {
    let is_silent = match fault {
        Fault::Denied(_) => true,
        Fault::Temporary(reason) => reason.contains("timed out") || reason.contains(NO_ANSWER),
        _ => false,
    };
    is_silent || !connection.is_open()
}

/// Why a request failed that nobody answered within this time, a phrase.
pub(crate) fn no_answer(limit: Duration) -> String {
    format!("{NO_ANSWER} within {} s", limit.as_secs().max(1))
}
