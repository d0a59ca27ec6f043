//! Dialing through a core, and asking it to reload, from any thread.

use std::sync::{Arc, Weak, mpsc as blocking};
use std::time::Duration;

use adr_dialer::Dialed;
use adr_protocol::State;
use tokio::sync::{mpsc, oneshot, watch};

use crate::current::CurrentRules;
use crate::rejection::{Rejection, RejectionCause};
use crate::rules::Rules;
use crate::status::Status;

/// The result of a reload.
pub type ReloadResult = Result<Reloaded, Rejection>;

/// A reload that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// The generation that is running; 0 where the server has no manifest.
    pub generation: u64,
    /// Whether the reload replaced the rules, or took a renewed signature of them.
    pub changed: bool,
}

/// A caller that waits for the result of a reload.
pub(crate) struct Reply {
    send: Box<dyn FnOnce(ReloadResult) + Send>,
    /// The caller holds it while it waits.
    caller: Weak<()>,
}

impl Reply {
    /// Sends the result.
    pub(crate) fn send(self, result: ReloadResult) {
        (self.send)(result);
    }

    /// Whether the caller has stopped waiting.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.caller.strong_count() == 0
    }
}

/// A request to the task that refreshes the rules.
pub(crate) enum Command {
    /// Ask the servers now and send the result.
    Reload(Reply),
    /// End the task.
    Stop,
}

/// What the threads that dial and the task that refreshes the rules share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rules: CurrentRules,
    pub(crate) status: watch::Sender<Status>,
    /// The state that the application announced last.
    pub(crate) announced: watch::Sender<Option<State>>,
    /// To the task that refreshes the rules; `None` for rules from memory, which have no servers.
    pub(crate) commands: Option<mpsc::UnboundedSender<Command>>,
}

/// A handle to a core. It can be cloned and used from any number of threads.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

impl Handle {
    /// Appends what a softphone dials for a number to `result`, and returns the position of the
    /// rule that won, from 0. The number is taken byte for byte: it is not cleaned. The call never
    /// blocks.
    pub fn dial(&self, number: &[u8], result: &mut Vec<u8>) -> Option<usize> {
        self.dial_with(number, |dialed| {
            result.extend_from_slice(dialed.result);
            dialed.rule()
        })
    }

    /// Appends what a softphone searches in the directory for the number of a caller to `result`;
    /// otherwise as [`dial`](Self::dial).
    pub fn lookup(&self, number: &[u8], result: &mut Vec<u8>) -> Option<usize> {
        self.lookup_with(number, |dialed| {
            result.extend_from_slice(dialed.result);
            dialed.rule()
        })
    }

    /// As [`dial`](Self::dial), without a copy: calls `take` once with the result.
    #[inline]
    pub fn dial_with<T>(&self, number: &[u8], mut take: impl FnMut(Dialed<'_>) -> T) -> T {
        let rules = &self.shared.rules;
        rules.with(|rules, scratch| take(rules.dial(number, scratch)))
    }

    /// As [`lookup`](Self::lookup), without a copy: calls `take` once with the result.
    #[inline]
    pub fn lookup_with<T>(&self, number: &[u8], mut take: impl FnMut(Dialed<'_>) -> T) -> T {
        let rules = &self.shared.rules;
        rules.with(|rules, scratch| take(rules.lookup(number, scratch)))
    }

    /// The rules that are running. The returned rules do not change when the core replaces them.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.shared.rules.load())
    }

    /// The status of the core.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status.borrow().clone()
    }

    /// A receiver of every later status. A slow receiver sees the latest status and may miss those
    /// before it.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// Asks the servers now, and waits for the result for at most `timeout`.
    ///
    /// Reloads that are requested while the core is asking servers share one further round.
    ///
    /// # Errors
    ///
    /// The candidate was rejected, also if another server has what is running, or there was no
    /// result in time. The rules that were running before keep running.
    pub fn reload(&self, timeout: Duration) -> ReloadResult {
        let (done, result) = blocking::sync_channel(1);
        let _caller = self.begin_reload(move |reloaded| {
            // fails if the caller stopped waiting
            let _ = done.try_send(reloaded);
        })?;
        match result.recv_timeout(timeout) {
            Ok(reloaded) => reloaded,
            Err(blocking::RecvTimeoutError::Disconnected) => {
                Err(Rejection::local(RejectionCause::Closed))
            }
            Err(blocking::RecvTimeoutError::Timeout) => {
                let seconds = timeout.as_secs();
                Err(Rejection::local(RejectionCause::ReloadTimeout { seconds }))
            }
        }
    }

    /// As [`reload`](Self::reload), for callers with a runtime; without a timeout.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub async fn reload_async(&self) -> ReloadResult {
        let (done, result) = oneshot::channel();
        let _caller = self.begin_reload(move |reloaded| {
            // fails if the caller stopped waiting
            let _ = done.send(reloaded);
        })?;
        result.await.unwrap_or_else(|_| Err(Rejection::local(RejectionCause::Closed)))
    }

    /// Gives the core a state that the application heard elsewhere, for example on the subject
    /// [`STATE_SUBJECT`](adr_protocol::STATE_SUBJECT) of NATS. The call never blocks.
    ///
    /// A state is a hint, as one of a server is: it decides when the core asks its servers, and
    /// never what it accepts. If the followed server does not announce the state as well within a
    /// second and the window of the state, the core asks its servers, up to 8 times with growing
    /// delays until one has a generation that is as new. A state that is not newer than the running
    /// generation changes nothing. Only the latest state counts.
    ///
    /// ```
    /// use adr_client::{Core, Server, Settings, State};
    ///
    /// let core = Core::open(Settings::new(vec![Server::parse("http://127.0.0.1:9")?]))?;
    /// let state = State { generation: 7, sha256: "5d0c".into(), window: 0 };
    /// core.handle().announce(state)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The core is closed, or has no servers.
    pub fn announce(&self, state: State) -> Result<(), Rejection> {
        let commands = self.shared.commands.as_ref();
        let commands = commands.ok_or_else(|| Rejection::local(RejectionCause::NoServers))?;
        if commands.is_closed() {
            return Err(Rejection::local(RejectionCause::Closed));
        }
        self.shared.announced.send_replace(Some(state));
        Ok(())
    }

    /// Waits until the thread of the core has ended; forever for rules from memory, which have no
    /// thread.
    pub(crate) async fn ended(&self) {
        match &self.shared.commands {
            Some(commands) => commands.closed().await,
            None => std::future::pending().await,
        }
    }

    /// A handle without a core and without rules. The test that holds the receiver answers
    /// commands.
    #[cfg(test)]
    pub(crate) fn without_core() -> (Self, mpsc::UnboundedReceiver<Command>) {
        let (commands, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            rules: CurrentRules::new(Rules::empty()),
            status: watch::Sender::new(Status::default()),
            announced: watch::Sender::new(None),
            commands: Some(commands),
        });
        (Self { shared }, received)
    }

    /// Asks for a reload. The caller keeps what it gets for as long as it waits.
    fn begin_reload(
        &self,
        send: impl FnOnce(ReloadResult) + Send + 'static,
    ) -> Result<Arc<()>, Rejection> {
        let Some(commands) = &self.shared.commands else {
            return Err(Rejection::local(RejectionCause::NoServers));
        };
        let caller = Arc::new(());
        let reply = Reply { send: Box::new(send), caller: Arc::downgrade(&caller) };
        let sent = commands.send(Command::Reload(reply));
        sent.map_err(|_| Rejection::local(RejectionCause::Closed))?;
        Ok(caller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reply_is_abandoned_when_its_caller_stops_waiting() {
        let (handle, mut commands) = Handle::without_core();
        assert!(handle.reload(Duration::ZERO).is_err());
        let Ok(Command::Reload(reply)) = commands.try_recv() else { panic!("no reload") };
        assert!(reply.is_abandoned());
        reply.send(Ok(Reloaded { generation: 1, changed: true }));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| handle.reload(Duration::from_secs(60)));
            let Some(Command::Reload(reply)) = commands.blocking_recv() else {
                panic!("no reload")
            };
            assert!(!reply.is_abandoned());
            reply.send(Ok(Reloaded { generation: 2, changed: true }));
            assert_eq!(waiting.join().unwrap().unwrap().generation, 2);
        });
    }
}
