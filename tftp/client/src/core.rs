//! A running core: opening it, and the thread that refreshes its rules.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{EnterGuard, Runtime};
use tokio::sync::{mpsc, watch};

use crate::cache::{Cache, CacheError};
use crate::control::{BindError, Listener};
use crate::current::CurrentRules;
use crate::fetch::network::Network;
use crate::fetch::tls::TlsError;
use crate::handle::{Command, Handle, Shared};
use crate::platform::has_descriptors;
use crate::refresh::Refresher;
use crate::rules::Rules;
use crate::schedule::Rng;
use crate::settings::Settings;
use crate::snapshot::RuleSnapshot;
use crate::status::Status;

/// Most threads for looking names up, for saving, and for reading large files.
const MAX_BLOCKING_THREADS: usize = 4;

/// These threads do not end while the core is open. If the system starts no further one, the others
/// do all the work; without any, tokio would panic.
const KEEP_ALIVE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long closing a core waits for these threads.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A running core. Dropping it closes it.
///
/// ```
/// use adr_client::{Core, Server, Settings};
///
/// // no server listens at this address: numbers are unchanged until one does
/// let core = Core::open(Settings::new(vec![Server::parse("http://127.0.0.1:9/")?]))?;
/// let mut result = Vec::new();
/// core.handle().dial(b"5551212", &mut result);
/// assert_eq!(result, b"5551212");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Core {
    handle: Handle,
    /// The thread that refreshes the rules and serves the control socket; `None` once it is joined.
    thread: Option<JoinHandle<()>>,
    warnings: Vec<String>,
}

impl Core {
    /// Opens a core: loads the cached snapshot and starts asking the servers. Dialing works as soon
    /// as this returns.
    ///
    /// A damaged snapshot is ignored; [`warnings`](Self::warnings) says so.
    ///
    /// # Errors
    ///
    /// The settings pin a folder and no key; the cache folder, the control socket or a certificate
    /// cannot be used; or the operating system does not start the thread. The error is the same
    /// inside of a runtime.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        if settings.folder.is_some() && settings.key.is_none() {
            return Err(OpenError::FolderWithoutKey);
        }
        let mut rng = Rng::new(random_seed());
        let mut warnings = Vec::new();
        let random = (u128::from(rng.next_u64()) << 64) | u128::from(rng.next_u64());
        let cache = settings.cache.as_deref().map(Cache::open).transpose()?;
        let (client, snapshot) = match &cache {
            None => (format!("{random:032x}"), None),
            Some(cache) => {
                let name = cache.client_name(random)?;
                (name, load_snapshot(cache, &settings, &mut warnings))
            }
        };
        let snapshot = snapshot.map(|snapshot| match settings.forget {
            true => snapshot.without_generation(),
            false => snapshot,
        });
        let rules = snapshot.map_or_else(Rules::empty, Rules::from_snapshot);
        let (commands, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            status: watch::Sender::new(Status::new(client, &rules)),
            rules: CurrentRules::new(rules),
            announced: watch::Sender::new(None),
            commands: Some(commands),
        });
        let handle = Handle { shared: Arc::clone(&shared) };
        let network = Network::new(&settings)?;
        let runtime = OwnRuntime::start()?;
        let listener = bind(&runtime, settings.socket.as_deref())?;
        let refresher = Refresher::new(shared, network, settings, cache, rng);
        let refreshing = refresher.run(received);
        let thread = spawn(runtime, refreshing, serve(listener, handle.clone()))?;
        Ok(Self { handle, thread: Some(thread), warnings })
    }

    /// A core that dials by these rules for as long as it is open, for tests of a softphone. It has
    /// no servers, cache and control socket, and starts no thread; a reload fails.
    ///
    /// ```
    /// use adr_client::{Core, Rules};
    ///
    /// let xml = b"<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' \
    ///             PrefixWith='9'/></DialRules>";
    /// let core = Core::from_rules(Rules::from_xml(xml, None)?);
    /// let mut result = Vec::new();
    /// core.handle().dial(b"5551212", &mut result);
    /// assert_eq!(result, b"95551212");
    /// # Ok::<(), adr_client::Rejection>(())
    /// ```
    #[must_use]
    pub fn from_rules(rules: Rules) -> Self {
        let mut status = Status::new(String::new(), &rules);
        status.from_cache = false;
        let shared = Shared {
            status: watch::Sender::new(status),
            rules: CurrentRules::new(rules),
            announced: watch::Sender::new(None),
            commands: None,
        };
        let handle = Handle { shared: Arc::new(shared) };
        Self { handle, thread: None, warnings: Vec::new() }
    }

    /// Closes the core, as dropping it does, and releases its rules: from now on its handles leave
    /// every number unchanged.
    pub fn close(self) {
        let shared = Arc::clone(&self.handle.shared);
        drop(self);
        shared.rules.store(Arc::new(Rules::empty()));
    }

    /// A handle to this core.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Problems at the start that did not prevent it, as lines for a log.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(commands) = &self.handle.shared.commands {
            let _ = commands.send(Command::Stop);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn load_snapshot(
    cache: &Cache,
    settings: &Settings,
    warnings: &mut Vec<String>,
) -> Option<RuleSnapshot> {
    let loaded = cache.load(settings.key.as_ref(), settings.folder.as_deref());
    loaded.unwrap_or_else(|error| {
        warnings.push(format!(
            "{error}; the cached rules are not used, and the next accepted ones replace them"
        ));
        None
    })
}

/// The runtime of the core's thread. If the core cannot be opened, it ends without waiting, because
/// the caller may be inside a runtime, where waiting is not allowed.
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    fn start() -> Result<Self, OpenError> {
        has_descriptors().map_err(OpenError::Thread)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(MAX_BLOCKING_THREADS)
            .thread_keep_alive(KEEP_ALIVE)
            .build();
        let runtime = Self(Some(runtime.map_err(OpenError::Thread)?));
        runtime.start_blocking_thread().map_err(OpenError::Thread)?;
        Ok(runtime)
    }

    /// Starts the first of the blocking threads.
    fn start_blocking_thread(&self) -> io::Result<()> {
        // an error where tokio would panic, which it still does if the system changes its mind
        std::thread::Builder::new().spawn(|| ())?.join().map_err(|_| no_thread())?;
        let start = || self.0.as_ref().map(|runtime| runtime.spawn_blocking(|| ()));
        catch_unwind(AssertUnwindSafe(start)).map(drop).map_err(|_| no_thread())
    }

    fn enter(&self) -> Option<EnterGuard<'_>> {
        self.0.as_ref().map(Runtime::enter)
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn no_thread() -> io::Error {
    io::Error::other("the system starts no further thread")
}

fn bind(runtime: &OwnRuntime, socket: Option<&Path>) -> Result<Option<Listener>, OpenError> {
    let _entered = runtime.enter();
    Ok(socket.map(Listener::bind).transpose()?)
}

/// Starts the thread. It ends when one of the futures does.
fn spawn(
    mut runtime: OwnRuntime,
    refreshing: impl Future<Output = ()> + Send + 'static,
    serving: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<()>, OpenError> {
    let run = move || {
        let Some(runtime) = runtime.0.take() else { return };
        runtime.block_on(async {
            tokio::select! {
                () = refreshing => {}
                () = serving => {}
            }
        });
        runtime.shutdown_timeout(CLOSE_TIMEOUT);
    };
    let thread = std::thread::Builder::new().name("adrc-core".to_owned());
    thread.spawn(run).map_err(OpenError::Thread)
}

async fn serve(listener: Option<Listener>, handle: Handle) {
    match listener {
        Some(listener) => crate::control::serve(listener, handle).await,
        None => std::future::pending().await,
    }
}

/// A seed that differs from process to process.
fn random_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Why a core cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The settings pin a folder and no key, so that nothing would be verified.
    #[error("folder without key: only a signature names its folder; set the key as well")]
    FolderWithoutKey,
    /// The cache folder cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The control socket cannot be bound.
    #[error(transparent)]
    Socket(#[from] BindError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The operating system does not start the core's thread.
    #[error("cannot start the thread of the core: {0}")]
    Thread(#[source] io::Error),
}
