//! Who tells `adrc serve` that something has changed: files that are watched, and the published folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_watcher::watch::{Answer, Noticed, Requests, Timing, requests, watch};
use tokio::sync::mpsc;

use super::requests::{Cause, Request};

/// How often the link of a published folder is looked at: one system call.
const LOOK: Duration = Duration::from_millis(250);

/// Watches rule sources from now on; ends when what is returned is dropped.
pub(crate) fn sources(
    paths: Vec<String>,
    timing: Timing,
    send: mpsc::Sender<Request>,
) -> std::io::Result<Watched> {
    let (requests, receiver) = requests();
    let for_events = requests.clone();
    let follow = move || {
        let noticed = |noticed| {
            match noticed {
                // A full channel loses nothing: whoever waits there will read the newest rules.
                Noticed::Sources(_) => drop(send.try_send(Request::Reload(Cause::Files, None))),
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
    Ok(Watched(requests))
}

/// Ends a watch when it is dropped.
#[derive(Debug)]
pub(crate) struct Watched(Requests);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.stop();
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
