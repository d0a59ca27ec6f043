//! What ends a headless core in a console of Windows. No key requests a reload: `adrc reload` does.

use std::io;

use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

use crate::headless::controls::Control;

/// Ctrl-C, Ctrl-Break, and a console that closes. A service does not receive them: its service
/// manager asks it by a [`Controller`](crate::headless::Controller).
#[derive(Debug)]
pub(in crate::headless) struct Signals {
    interrupt: CtrlC,
    end: CtrlBreak,
    close: CtrlClose,
}

impl Signals {
    /// Starts receiving keys. Must be called within a runtime.
    pub(in crate::headless) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()?, end: ctrl_break()?, close: ctrl_close()? })
    }

    /// Waits until the core is asked to end.
    pub(in crate::headless) async fn next(&mut self) -> Control {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.end.recv() => {}
            _ = self.close.recv() => {}
        }
        Control::Stop
    }
}
