//! Windows: events of the console in place of signals, and no limits to raise.

use std::fs::Metadata;
use std::io;

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};

use super::Signal;

/// The events of the console that end a daemon.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: CtrlC,
    stop: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Signals {
    /// Receives them from now on. Must be called within a runtime.
    ///
    /// # Errors
    ///
    /// The operating system refuses.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
            stop: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.stop.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
        }
        Signal::Stop
    }
}

/// Windows cannot replace the program of a process.
pub(crate) fn start_again_with(_: &str, _: &str) {}

/// Windows has no limit on open files.
pub(crate) fn allow_open_files(_: u64) -> Result<(), u64> {
    Ok(())
}

/// Windows uses huge pages only for programs that ask for them.
pub(crate) fn use_no_huge_pages() {}

/// A path of Windows never leads to a file without a name.
pub(crate) fn has_no_name(_: &Metadata) -> bool {
    false
}

/// Windows has no systemd.
pub(crate) mod systemd {
    use crate::Error;
    use crate::platform::HandedSockets;

    pub(crate) fn take_sockets() -> Result<HandedSockets, Error> {
        Ok(HandedSockets::default())
    }

    pub(crate) fn ready(_: &str) {}

    pub(crate) fn reloading() {}

    pub(crate) fn stopping() {}
}
