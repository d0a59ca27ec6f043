//! Unix: signals, limits of processes, and systemd.

pub(crate) mod systemd;

use std::env;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal as UnixSignal, SignalKind, signal};

use super::Signal;

/// The signals that a daemon receives.
#[derive(Debug)]
pub(crate) struct Signals {
    hang_up: UnixSignal,
    terminate: UnixSignal,
    interrupt: UnixSignal,
}

impl Signals {
    /// Receives them from now on. Must be called within a runtime.
    ///
    /// # Errors
    ///
    /// The operating system refuses.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hang_up.recv() => Signal::Reload,
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
        }
    }
}

/// Starts this program again, in the same process, with a variable in its environment. Does
/// nothing where the environment has the variable: in the program that was started again, or by the
/// wish of a person.
pub(crate) fn start_again_with(variable: &str, value: &str) {
    let (None, Ok(program)) = (env::var_os(variable), env::current_exe()) else { return };
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_else(|| program.clone().into());
    // returns only if it fails
    let _ = Command::new(program).arg0(name).args(arguments).env(variable, value).exec();
}

/// Raises the limit on open files of this process to a number, or to the most that the system
/// grants.
///
/// # Errors
///
/// The number that the system grants, if it is smaller.
pub(crate) fn allow_open_files(wanted: u64) -> Result<(), u64> {
    let has = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if has(current) {
        return Ok(());
    }
    let raised = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = Rlimit { current: Some(raised), maximum };
    let granted = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(_) => current,
    };
    if has(granted) { Ok(()) } else { Err(granted.unwrap_or_default()) }
}

/// From now on the process uses no huge pages, on systems where it would.
pub(crate) fn use_no_huge_pages() {
    // an error means that the system has none
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Whether no folder contains this file any more, although a path leads to it.
pub(crate) fn has_no_name(file: &Metadata) -> bool {
    file.nlink() == 0
}
