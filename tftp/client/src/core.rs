//! A core that runs: dials by the rules it has, and renews them in a thread of its own.
#![allow(clippy::disallowed_methods, reason = "names and jitter need chance and the time of day")]

mod keeper;
mod listen;
mod local;
mod reports;

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc as blocking};
use std::thread::JoinHandle;
use std::time::Duration;

use adr_bundle::signature::PublicKey;
use adr_dialer::Dialed;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot, watch};

use crate::cache::{Cache, CacheError};
use crate::control::Door;
use crate::fetch::wire::Wire;
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;
use crate::schedule::Chance;
use crate::server::Server;
use crate::status::Status;
use keeper::Keeper;
use local::Current;

/// What a core is to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Servers, in the order in which they are asked.
    pub servers: Vec<Server>,
    /// The folder for the last good copy; without one nothing is kept, and the core has another
    /// name at each start.
    pub cache: Option<PathBuf>,
    /// The control socket, on Windows the name of a pipe, `\\.\pipe\NAME`; without one there is
    /// none.
    pub socket: Option<PathBuf>,
    /// The key that must have signed; without one signatures are not looked at.
    pub key: Option<PublicKey>,
    /// How often a server is asked that does not tell of changes by itself; a minute by default.
    pub poll: Duration,
    /// Patience with servers.
    pub times: Times,
}

impl Settings {
    /// Settings with defaults, and without cache, socket and key.
    #[must_use]
    pub fn new(servers: Vec<Server>) -> Self {
        Self {
            servers,
            cache: None,
            socket: None,
            key: None,
            poll: Duration::from_secs(60),
            times: Times::default(),
        }
    }
}

/// How long a core waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// For the first event behind the head of an answer; 10 seconds.
    pub first_event: Duration,
    /// For any byte of a stream of events; 45 seconds.
    pub silence: Duration,
    /// For a whole file; 5 minutes.
    pub file: Duration,
    /// For the answer of a long poll, which a server gives after 25 seconds; 40 seconds.
    pub long_poll: Duration,
    /// After a failure, until a server names another time; 5 seconds.
    pub retry: Duration,
    /// Between two reports that say the same; 5 minutes.
    pub report: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            first_event: Duration::from_secs(10),
            silence: Duration::from_secs(45),
            file: Duration::from_secs(300),
            long_poll: Duration::from_secs(40),
            retry: Duration::from_secs(5),
            report: Duration::from_secs(300),
        }
    }
}

/// What a reload came to: the generation that runs now and whether it is another one, or why not.
pub type Reloaded = Result<Done, Refusal>;

/// A reload that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// The generation that runs; 0 where the server has no manifest.
    pub generation: u64,
    /// Whether other rules run than before.
    pub changed: bool,
}

/// What a core is asked to do.
pub(crate) enum Command {
    Reload(oneshot::Sender<Reloaded>),
    Stop,
}

/// What a thread that dials and the thread that renews have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rules: Current,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) commands: mpsc::UnboundedSender<Command>,
}

/// A way to a core, for any number of threads.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

impl Handle {
    /// What a client sends out for a number, appended to `result`; gives the position of the rule
    /// that won, from 0. Byte for byte, nothing is cleaned. Never waits for anything.
    pub fn dial(&self, number: &[u8], result: &mut Vec<u8>) -> Option<usize> {
        self.dial_with(number, |dialled| {
            result.extend_from_slice(dialled.result);
            dialled.rule()
        })
    }

    /// What a client searches in the directory for a caller's number, likewise.
    pub fn lookup(&self, number: &[u8], result: &mut Vec<u8>) -> Option<usize> {
        self.lookup_with(number, |dialled| {
            result.extend_from_slice(dialled.result);
            dialled.rule()
        })
    }

    /// As [`dial`](Self::dial), into a function's hands; it is called once.
    #[inline]
    pub fn dial_with<T>(&self, number: &[u8], mut take: impl FnMut(Dialed<'_>) -> T) -> T {
        let rules = &self.shared.rules;
        rules.with(|rules, room| take(rules.dial(number, room)))
    }

    /// As [`lookup`](Self::lookup), into a function's hands; it is called once.
    #[inline]
    pub fn lookup_with<T>(&self, number: &[u8], mut take: impl FnMut(Dialed<'_>) -> T) -> T {
        let rules = &self.shared.rules;
        rules.with(|rules, room| take(rules.lookup(number, room)))
    }

    /// The rules that run; whoever holds them dials by them, whatever comes after.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.shared.rules.load())
    }

    /// The state of the core.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status.borrow().clone()
    }

    /// Every state from now on; the latest one counts, those in between may be missed.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// Asks servers now, whatever was told before; waits until that is done, at most `wait`.
    ///
    /// Reloads that come while servers are being asked are answered together, by one more round.
    ///
    /// # Errors
    ///
    /// Nothing was taken, or there was no answer in time. What ran before runs on.
    pub fn reload(&self, wait: Duration) -> Reloaded {
        let (done, answer) = blocking::sync_channel(1);
        let reply = self.begin_reload()?;
        // a receiver that can wait for a limited time, without a runtime of its own
        std::thread::spawn(move || {
            let _ = done.send(reply.blocking_recv());
        });
        match answer.recv_timeout(wait) {
            Ok(Ok(reloaded)) => reloaded,
            Ok(Err(_)) => Err(closed()),
            Err(_) => {
                let seconds = wait.as_secs();
                Err(Refusal::new(
                    Reason::Unreachable,
                    "",
                    format!("no answer within {seconds} seconds"),
                ))
            }
        }
    }

    /// The same for whoever has a runtime.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub async fn reload_async(&self) -> Reloaded {
        self.begin_reload()?.await.unwrap_or_else(|_| Err(closed()))
    }

    /// A way to a core that is not there: it has no rules, and whoever holds the receiver answers
    /// commands.
    #[cfg(test)]
    pub(crate) fn alone() -> (Self, mpsc::UnboundedReceiver<Command>) {
        let (commands, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            rules: Current::new(Rules::none()),
            status: watch::Sender::new(Status::default()),
            commands,
        });
        (Self { shared }, received)
    }

    fn begin_reload(&self) -> Result<oneshot::Receiver<Reloaded>, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.shared.commands.send(Command::Reload(reply)).map_err(|_| closed())?;
        Ok(answer)
    }
}

fn closed() -> Refusal {
    Refusal::new(Reason::Other, "", "the core is closed")
}

/// A core; it ends when this is dropped.
///
/// ```
/// use adr_client::core::{Core, Settings};
/// use adr_client::server::Server;
///
/// // nobody listens there: numbers stay as they are until somebody does
/// let core = Core::open(Settings::new(vec![Server::parse("http://127.0.0.1:9/")?]))?;
/// let mut result = Vec::new();
/// core.handle().dial(b"5551212", &mut result);
/// assert_eq!(result, b"5551212");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Core {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    remarks: Vec<String>,
}

impl Core {
    /// Opens a core: reads the last good copy, and begins to ask servers. Dialling works at once.
    ///
    /// A copy that was damaged is left out, and told in [`remarks`](Self::remarks).
    ///
    /// # Errors
    ///
    /// The cache folder or the socket cannot be used, or the system gives no thread.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let mut chance = chance();
        let mut remarks = Vec::new();
        let cache = settings.cache.as_deref().map(Cache::open).transpose()?;
        let bits = (u128::from(chance.bits()) << 64) | u128::from(chance.bits());
        let (client, copy) = match &cache {
            None => (format!("{bits:032x}"), None),
            Some(cache) => (cache.client(bits)?, kept(cache, settings.key.as_ref(), &mut remarks)),
        };
        let rules = copy.map_or_else(Rules::none, Rules::of);
        let (commands, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            status: watch::Sender::new(Status::new(client, &rules)),
            rules: Current::new(rules),
            commands,
        });
        let handle = Handle { shared: Arc::clone(&shared) };
        let runtime = runtime()?;
        let door = open_door(&runtime, settings.socket.as_deref())?;
        let wire = Wire::new(&settings.servers, settings.times.file).map_err(OpenError)?;
        let keeper = Keeper::new((shared, wire), settings, cache, chance);
        let renewing = keeper.run(received);
        let thread = spawn(runtime, renewing, serve(door, handle.clone()))?;
        Ok(Self { handle, thread: Some(thread), remarks })
    }

    /// A way to this core.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// What was wrong and mended at the start, in lines for people.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        let _ = self.handle.shared.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn kept(
    cache: &Cache,
    key: Option<&PublicKey>,
    remarks: &mut Vec<String>,
) -> Option<crate::copy::Copy> {
    cache.load(key).unwrap_or_else(|error| {
        remarks.push(format!(
            "{error}; the copy on disk is not used, and replaced by the next good one"
        ));
        None
    })
}

fn runtime() -> Result<Runtime, OpenError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .build()
        .map_err(cannot_run)
}

fn open_door(runtime: &Runtime, socket: Option<&Path>) -> Result<Option<Door>, OpenError> {
    let _entered = runtime.enter();
    socket.map(Door::bind).transpose().map_err(OpenError)
}

/// Runs until there is nothing more to renew.
fn spawn(
    runtime: Runtime,
    renewing: impl Future<Output = ()> + Send + 'static,
    serving: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<()>, OpenError> {
    let run = move || {
        runtime.block_on(async {
            tokio::select! {
                () = renewing => {}
                () = serving => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
    };
    let thread = std::thread::Builder::new().name("adrc-core".to_owned());
    thread.spawn(run).map_err(cannot_run)
}

#[allow(clippy::needless_pass_by_value, reason = "what `map_err` takes")]
fn cannot_run(error: std::io::Error) -> OpenError {
    OpenError(format!("the core cannot run: {error}"))
}

async fn serve(door: Option<Door>, handle: Handle) {
    match door {
        Some(door) => crate::control::serve(door, handle).await,
        None => std::future::pending().await,
    }
}

/// Chance that differs from process to process.
fn chance() -> Chance {
    Chance::new(RandomState::new().build_hasher().finish())
}

/// Seconds since 1970, UTC; 0 where the clock stands before that.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Why a core did not open; place, cause and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError(pub(crate) String);

impl From<CacheError> for OpenError {
    fn from(error: CacheError) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}
