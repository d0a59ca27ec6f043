//! A core as a process: it runs until a signal ends it, and reports what happens.

use std::fmt;
use std::io;
use std::path::PathBuf;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::core::{Core, OpenError};
use crate::handle::Handle;
use crate::settings::Settings;
use crate::status::Status;

/// What happens while a headless core runs. The text is one line for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A problem at the start that did not prevent it.
    Warning(String),
    /// The core is ready, and its control socket accepts connections.
    Ready {
        /// The path of the control socket; `None` if the core has none.
        socket: Option<PathBuf>,
    },
    /// SIGHUP was received: the core asks the servers now.
    Reloading,
    /// The status changed.
    Changed(String),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning(line) | Self::Changed(line) => f.write_str(line),
            Self::Ready { socket: Some(socket) } => write!(f, "listening on {}", socket.display()),
            Self::Ready { socket: None } => f.write_str("running without a control socket"),
            Self::Reloading => f.write_str("SIGHUP: asking the servers"),
        }
    }
}

/// Why a headless core cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The core cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The operating system does not provide a runtime or signals.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
}

/// Opens a core and runs it until SIGTERM or SIGINT; SIGHUP asks the servers at once. `on_event` is
/// called for everything that happens.
///
/// # Errors
///
/// The core cannot be opened, or signals cannot be received.
pub fn run(settings: Settings, mut on_event: impl FnMut(&Event)) -> Result<(), RunError> {
    keep_memory_private();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RunError::Signals)?;
    runtime.block_on(async {
        let mut signals = Signals::new().map_err(RunError::Signals)?;
        let socket = settings.socket.clone();
        let core = Core::open(settings)?;
        for warning in core.warnings() {
            on_event(&Event::Warning(warning.clone()));
        }
        on_event(&Event::Ready { socket });
        follow_status(core.handle(), &mut signals, on_event).await;
        Ok(())
    })
}

/// Keeps other processes of the user from reading dialed numbers in the memory of this one, and
/// the kernel from writing them to a core dump.
fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // fails only on kernels that do not know the call; the core works without it
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Reports changes of the status until a signal asks to stop, or the core ends.
async fn follow_status(core: &Handle, signals: &mut Signals, mut on_event: impl FnMut(&Event)) {
    let mut statuses = core.subscribe();
    let mut earlier = Status::default();
    loop {
        let status = statuses.borrow_and_update().clone();
        for line in status.changes_since(&earlier) {
            on_event(&Event::Changed(line));
        }
        earlier = status;
        tokio::select! {
            _ = signals.reload.recv() => {
                on_event(&Event::Reloading);
                let core = core.clone();
                tokio::spawn(async move { core.reload_async().await });
            }
            _ = signals.terminate.recv() => return,
            _ = signals.interrupt.recv() => return,
            changed = statuses.changed() => if changed.is_err() { return },
        }
    }
}

/// The signals of a headless core.
struct Signals {
    /// SIGHUP.
    reload: Signal,
    /// SIGTERM.
    terminate: Signal,
    /// SIGINT.
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}
