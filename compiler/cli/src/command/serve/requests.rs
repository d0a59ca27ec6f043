//! What a running `adrc serve` is asked for, each with a name: signals, the admin port and whoever
//! watches files send the same few requests into one channel.

use adr_server::Reload;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::failure::Failure;

/// Requests that may wait; more of them say nothing new.
const WAITING: usize = 16;

/// A request to the running command.
#[derive(Debug)]
pub(crate) enum Request {
    /// Check the rules, publish them and serve the new generation; on failure what is served stays.
    /// Whoever waits for the outcome gets it.
    Reload(Cause, Option<Reload>),
    /// Finish what is under way and end.
    Stop,
}

/// Who asks for a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// SIGHUP.
    Signal,
    /// `POST /-/reload` on the admin port.
    Admin,
    /// Rule sources have changed, and somebody who watches them has read them.
    Files,
    /// Somebody else has published into the folder.
    Folder,
    /// What could not be done a moment ago.
    Again,
}

impl Cause {
    /// Whether it comes again and again while something goes wrong.
    pub(crate) fn repeats(self) -> bool {
        matches!(self, Self::Folder | Self::Again)
    }

    /// In the words of a log.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Signal => "SIGHUP",
            Self::Admin => "POST /-/reload",
            Self::Files => "files changed",
            Self::Folder => "the published folder changed",
            Self::Again => "trying again",
        }
    }
}

/// Where requests come in. Senders are cloned freely; a full channel refuses, which loses nothing:
/// reloads that wait already will see the newest rules.
pub(crate) fn channel() -> (mpsc::Sender<Request>, mpsc::Receiver<Request>) {
    mpsc::channel(WAITING)
}

/// Turns signals into requests, from now on.
///
/// SIGHUP asks for a reload; SIGTERM and SIGINT for the end.
pub(crate) fn listen_to_signals(requests: &mpsc::Sender<Request>) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("signals: {error}"), "");
    let mut reload = signal(SignalKind::hangup()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let requests = requests.clone();
    tokio::spawn(async move {
        loop {
            let passed = tokio::select! {
                // a reload that cannot wait is not needed: others wait before it
                _ = reload.recv() => requests.try_send(Request::Reload(Cause::Signal, None)).is_ok() || !requests.is_closed(),
                _ = terminate.recv() => requests.send(Request::Stop).await.is_ok(),
                _ = interrupt.recv() => requests.send(Request::Stop).await.is_ok(),
            };
            if !passed {
                return;
            }
        }
    });
    Ok(())
}
