//! Who tells `adrc serve` that something has changed: files that are watched, and the published folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_language::Parsed;
use adr_watcher::sources::InputError;
use adr_watcher::watch::{Answer, Noticed, Requests, Timing, requests, watch};
use tokio::sync::mpsc;

use super::requests::{Cause, Request};

/// How often the link of a published folder is looked at: one system call.
const LOOK: Duration = Duration::from_millis(250);

/// Rule sources as somebody read them, or why he could not.
pub(crate) type Sources = Result<Box<Parsed>, InputError>;

/// Sources that were read as a whole while nothing was changing.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The sources.
    pub(crate) sources: Sources,
    /// How many reloads had been asked for when they were read.
    pub(crate) reloads: u64,
}

/// A watch on rule sources; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Watched {
    requests: Requests,
    snapshots: mpsc::Receiver<Snapshot>,
}

/// Watches rule sources from now on. The first snapshot comes at once.
pub(crate) fn sources(paths: Vec<String>, timing: Timing) -> std::io::Result<Watched> {
    let (requests, receiver) = requests();
    let for_events = requests.clone();
    // one that waits is enough: whoever reads the next one waits himself until it is taken
    let (send, snapshots) = mpsc::channel(1);
    let follow = move || {
        let noticed = |noticed| {
            match noticed {
                Noticed::Sources { parsed, reloads } => {
                    let sources = parsed;
                    // nobody takes it once the end has begun
                    let _ = send.blocking_send(Snapshot { sources, reloads });
                }
                Noticed::PollingOnly { folder, reason } => {
                    let folder = folder.display();
                    tracing::warn!(%folder, reason, "changes are noticed by looking only");
                }
            }
            Answer::Done
        };
        watch(&paths, timing, (&for_events, &receiver), noticed);
    };
    std::thread::Builder::new()
        .name("watch".to_owned())
        .spawn(follow)?;
    Ok(Watched {
        requests,
        snapshots,
    })
}

impl Watched {
    /// The next snapshot: the first one, and one after each change and each reload. `None` when the watch has ended.
    pub(crate) async fn snapshot(&mut self) -> Option<Snapshot> {
        self.snapshots.recv().await
    }

    /// Asks for a snapshot, changed or not.
    pub(crate) fn reload(&self) {
        self.requests.reload();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.requests.stop();
    }
}

/// Follows the generation of a published folder, whoever publishes there.
pub(crate) fn folder(folder: PathBuf, send: mpsc::Sender<Request>) {
    tokio::spawn(async move {
        let mut known = current(&folder);
        let mut looks = tokio::time::interval(LOOK);
        while !send.is_closed() {
            looks.tick().await;
            let now = current(&folder);
            if now != known
                && send
                    .send(Request::Reload(Cause::Folder, None))
                    .await
                    .is_err()
            {
                return;
            }
            known = now;
        }
    });
}

fn current(folder: &Path) -> Option<PathBuf> {
    std::fs::read_link(folder.join("current")).ok()
}
