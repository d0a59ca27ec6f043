//! A core as a process: it runs until it is asked to end, and reports what happens.
//!
//! On Unix, signals ask; on Windows, Ctrl-C, Ctrl-Break and a console that closes. A program with
//! other ways, such as a Windows service, asks by a [`Controller`].

mod controls;
mod lines;
mod log_file;
mod signals;

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::core::{Core, OpenError};
use crate::detail::shown_path;
use crate::handle::Handle;
use crate::platform::keep_memory_private;
use crate::settings::Settings;
use crate::status::Status;

use self::controls::Control;
pub use self::controls::{Controller, Controls, controls};
pub use self::lines::Lines;
pub use self::log_file::LogFile;

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
    /// A reload was requested: the core asks the servers now.
    Reloading {
        /// What requested it, such as `SIGHUP`.
        by: &'static str,
    },
    /// The status changed.
    Changed(String),
    /// The core was asked to end, and closes.
    Ending,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning(line) | Self::Changed(line) => f.write_str(line),
            Self::Ready { socket: Some(socket) } => {
                write!(f, "listening on {}", shown_path(socket))
            }
            Self::Ready { socket: None } => f.write_str("running without a control socket"),
            Self::Reloading { by } => write!(f, "{by}: asking the servers"),
            Self::Ending => f.write_str("ending"),
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
    /// The thread of the core ended without being asked to.
    #[error("an internal error ended the client core: start it again, and report the error")]
    Ended,
}

/// Opens a core and runs it until a signal ends it: SIGTERM or SIGINT, or on Windows Ctrl-C,
/// Ctrl-Break or the end of the console. SIGHUP asks the servers at once. `on_event` is called for
/// everything that happens. It must not wait: signals are received between its calls. [`Lines`]
/// takes them for an output that may stand still.
///
/// # Errors
///
/// The core cannot be opened, signals cannot be received, or the core ends by itself.
pub fn run(settings: Settings, on_event: impl FnMut(&Event)) -> Result<(), RunError> {
    run_until(settings, Controls::of_signals, on_event)
}

/// As [`run`], but the [`Controller`] of `controls` asks instead of signals.
///
/// # Errors
///
/// The core cannot be opened, or it ends by itself.
pub fn run_controlled(
    settings: Settings,
    controls: Controls,
    on_event: impl FnMut(&Event),
) -> Result<(), RunError> {
    run_until(settings, || Ok(controls), on_event)
}

/// Gets the controls within the runtime, which signals need.
fn run_until(
    settings: Settings,
    controls: impl FnOnce() -> io::Result<Controls>,
    mut on_event: impl FnMut(&Event),
) -> Result<(), RunError> {
    keep_memory_private();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RunError::Signals)?;
    runtime.block_on(async {
        let mut controls = controls().map_err(RunError::Signals)?;
        let socket = settings.socket.clone();
        let core = Core::open(settings)?;
        for warning in core.warnings() {
            on_event(&Event::Warning(warning.clone()));
        }
        on_event(&Event::Ready { socket });
        follow_status(core.handle(), &mut controls, on_event).await
    })
}

/// Reports changes of the status until the core is asked to end; an error if it ends before.
async fn follow_status(
    core: &Handle,
    controls: &mut Controls,
    mut on_event: impl FnMut(&Event),
) -> Result<(), RunError> {
    let mut statuses = core.subscribe();
    let mut earlier = Status::default();
    loop {
        let status = statuses.borrow_and_update().clone();
        for line in status.changes_since(&earlier) {
            on_event(&Event::Changed(line));
        }
        earlier = status;
        tokio::select! {
            control = controls.next() => match control {
                Control::Reload { by } => {
                    on_event(&Event::Reloading { by });
                    let core = core.clone();
                    tokio::spawn(async move { core.reload_async().await });
                }
                Control::Stop => {
                    on_event(&Event::Ending);
                    return Ok(());
                }
            },
            () = core.ended() => return Err(RunError::Ended),
            // the handle keeps the sender
            _ = statuses.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A panic on the thread of the core drops what receives its commands.
    #[test]
    fn core_that_ended_by_itself_ends_the_process() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ran = runtime.block_on(async {
            let (handle, commands) = Handle::without_core();
            let ending = tokio::spawn(async move { drop(commands) });
            let ran = follow_status(&handle, &mut Controls::of_signals().unwrap(), |_| {}).await;
            ending.await.unwrap();
            ran
        });
        assert!(matches!(ran, Err(RunError::Ended)), "{ran:?}");
    }

    #[test]
    fn controller_reloads_and_ends_a_core() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (controller, mut controls) = controls();
        let mut events = Vec::new();
        let ran = runtime.block_on(async {
            let (handle, mut commands) = Handle::without_core();
            controller.reload("test");
            controller.stop();
            let ran = follow_status(&handle, &mut controls, |event| events.push(event.clone()));
            let ran = ran.await;
            assert!(commands.recv().await.is_some(), "the servers are asked");
            ran
        });
        assert!(ran.is_ok(), "{ran:?}");
        assert_eq!(events, [Event::Reloading { by: "test" }, Event::Ending]);
    }

    /// A program that drops what ends its core has lost control of it.
    #[test]
    fn dropped_controller_ends_a_core() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (controller, mut controls) = controls();
        drop(controller);
        let (handle, _commands) = Handle::without_core();
        let ran = runtime.block_on(follow_status(&handle, &mut controls, |_| {}));
        assert!(ran.is_ok(), "{ran:?}");
    }
}
