//! Asks the backend in threads of their own: a few at a time, and for a bounded time. A drive that
//! hangs does not hold up the admin port.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::backend::{Backend, History, Trace, Trial};
use adr_bundle::TreeFile;

/// How long the page waits for the history.
const HISTORY_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a history is shown before the folder is read again.
const HISTORY_LIFETIME: Duration = Duration::from_secs(1);

/// Most generations of a history.
const MAX_GENERATIONS: usize = 50;

/// How long a number waits for its result. The largest files take about a second.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(15);

/// How many numbers are tried at the same time.
const MAX_TRIALS: usize = 2;

/// The history of the published folder, as far as it is known.
#[derive(Clone, Debug)]
pub(super) enum KnownHistory {
    /// The process serves no published folder.
    NoFolder,
    /// The folder was read, or why it cannot be read.
    Read(Arc<Result<History, String>>),
    /// The folder does not answer in time. The value is what was read before.
    Silent(Option<Arc<Result<History, String>>>),
}

/// The history that was read last.
#[derive(Clone)]
struct Latest {
    at: Instant,
    /// The generation that was served then.
    generation: u64,
    /// `None` if the process has no folder.
    history: Option<Arc<Result<History, String>>>,
}

impl Latest {
    /// Whether the folder need not be read again.
    fn is_fresh(&self, generation: u64) -> bool {
        self.generation == generation && self.at.elapsed() < HISTORY_LIFETIME
    }
}

/// A backend with limits.
pub(super) struct Bounded {
    backend: Arc<dyn Backend>,
    latest: Arc<Mutex<Option<Latest>>>,
    /// One reader of the folder at a time.
    histories: Arc<Semaphore>,
    /// How long the page waits for the history.
    history_timeout: Duration,
    trials: Arc<Semaphore>,
}

/// Why a number has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTrace {
    /// The process cannot read rules.
    Unable,
    /// Too many numbers at the same time, or the rules take too long.
    Busy,
}

impl Bounded {
    pub(super) fn new(backend: Arc<dyn Backend>) -> Self {
        Self {
            backend,
            latest: Arc::default(),
            histories: Arc::new(Semaphore::new(1)),
            history_timeout: HISTORY_TIMEOUT,
            trials: Arc::new(Semaphore::new(MAX_TRIALS)),
        }
    }

    /// The history while this generation is served, at most a second old if the folder can be read.
    pub(super) async fn history(&self, generation: u64) -> KnownHistory {
        match timeout(self.history_timeout, self.read_history(generation)).await {
            Ok(Some(history)) => KnownHistory::Read(history),
            Ok(None) => KnownHistory::NoFolder,
            Err(_) => {
                let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
                KnownHistory::Silent(latest.as_ref().and_then(|latest| latest.history.clone()))
            }
        }
    }

    async fn read_history(&self, generation: u64) -> Option<Arc<Result<History, String>>> {
        let permit = Arc::clone(&self.histories).acquire_owned().await.ok()?;
        let (backend, latest) = (Arc::clone(&self.backend), Arc::clone(&self.latest));
        let read = spawn_blocking(move || {
            let lock = || latest.lock().unwrap_or_else(PoisonError::into_inner);
            let known = lock().clone().filter(|latest| latest.is_fresh(generation));
            let Latest { history, .. } = known.unwrap_or_else(|| {
                let history = backend.history(MAX_GENERATIONS).map(Arc::new);
                let read = Latest { at: Instant::now(), generation, history };
                *lock() = Some(read.clone());
                read
            });
            // also if the page waits no longer
            drop(permit);
            history
        });
        read.await.unwrap_or_default()
    }

    /// Applies the rules of a file to a number.
    pub(super) async fn dial(
        &self,
        name: &'static str,
        file: Arc<TreeFile>,
        number: String,
    ) -> Result<Trace, NoTrace> {
        let permit = Arc::clone(&self.trials).try_acquire_owned().map_err(|_| NoTrace::Busy)?;
        let backend = Arc::clone(&self.backend);
        let dial = spawn_blocking(move || {
            let trial = Trial { file: name, content: file.bytes(), number: &number };
            let trace = backend.dial(&trial);
            drop(permit);
            trace
        });
        match timeout(TRIAL_TIMEOUT, dial).await {
            Ok(trace) => trace.ok().flatten().ok_or(NoTrace::Unable),
            Err(_) => Err(NoTrace::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A backend whose drive answers only when it gets a message.
    #[derive(Debug)]
    struct Hanging(Mutex<mpsc::Receiver<u64>>);

    impl Hanging {
        /// Limits for this backend, and its messages. The page waits longer than an answer takes on
        /// a machine that is busy.
        fn bounded() -> (Bounded, mpsc::Sender<u64>) {
            let (send, receive) = mpsc::channel();
            let bounded = Bounded::new(Arc::new(Self(Mutex::new(receive))));
            (Bounded { history_timeout: Duration::from_secs(120), ..bounded }, send)
        }
    }

    impl Backend for Hanging {
        fn history(&self, _: usize) -> Option<Result<History, String>> {
            let answer = self.0.lock().unwrap().recv().unwrap();
            Some(Err(answer.to_string()))
        }
    }

    #[tokio::test]
    async fn drive_that_hangs_does_not_hold_up_the_page() {
        let (mut bounded, send) = Hanging::bounded();
        send.send(1).unwrap();
        let first = bounded.history(7).await;
        assert!(matches!(&first, KnownHistory::Read(it) if **it == Err("1".to_owned())));
        std::thread::sleep(HISTORY_LIFETIME);
        bounded.history_timeout = Duration::from_millis(100);
        let silent = bounded.history(7).await;
        let KnownHistory::Silent(Some(known)) = silent else { panic!("{silent:?}") };
        assert_eq!(*known, Err("1".to_owned()));
        send.send(2).unwrap();
        drop(send);
    }

    #[tokio::test]
    async fn folder_is_read_again_when_another_generation_is_served() {
        let (bounded, send) = Hanging::bounded();
        for generation in [1, 2] {
            send.send(generation).unwrap();
            let history = bounded.history(generation).await;
            let expected = Err(generation.to_string());
            assert!(matches!(&history, KnownHistory::Read(it) if **it == expected), "{history:?}");
        }
    }

    #[tokio::test]
    async fn process_without_a_folder_has_no_history() {
        let bounded = Bounded::new(Arc::new(()));
        assert!(matches!(bounded.history(7).await, KnownHistory::NoFolder));
        let file = Arc::new(TreeFile::of(Vec::new()));
        assert_eq!(bounded.dial("x", file, "1".to_owned()).await, Err(NoTrace::Unable));
    }
}
