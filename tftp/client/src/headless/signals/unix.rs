//! The signals of a headless core on Unix.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::headless::controls::Control;

/// SIGHUP requests a reload; SIGTERM and SIGINT end the core.
#[derive(Debug)]
pub(in crate::headless) struct Signals {
    /// SIGHUP.
    reload: Signal,
    /// SIGTERM.
    terminate: Signal,
    /// SIGINT.
    interrupt: Signal,
}

impl Signals {
    /// Starts receiving signals. Must be called within a runtime.
    pub(in crate::headless) fn new() -> io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next signal.
    pub(in crate::headless) async fn next(&mut self) -> Control {
        tokio::select! {
            _ = self.reload.recv() => Control::Reload { by: "SIGHUP" },
            _ = self.terminate.recv() => Control::Stop,
            _ = self.interrupt.recv() => Control::Stop,
        }
    }
}
