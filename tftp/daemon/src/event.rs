//! What happens to a running daemon: one channel for signals, the admin port, watches and the
//! worker.

use adr_server::Reload;
use adr_watcher::supervisor::Cause;
use adr_watcher::watch::WatchEvent;
use tokio::sync::mpsc;

use crate::generation_source::JobEnd;

/// Most events that wait in the channel.
const CAPACITY: usize = 16;

/// Something that happens to a running daemon.
#[derive(Debug)]
pub(crate) enum Event {
    /// The watch on the rule sources reports.
    Watch(WatchEvent),
    /// Somebody requests a reload, and may wait for its result.
    Reload(Cause, Option<Reload>),
    /// The published folder has another generation than before.
    FolderChanged,
    /// The worker has finished a job.
    Finished(Box<JobEnd>),
    /// The process is to end.
    Stop,
}

/// Where events come in. Senders may be cloned.
pub(crate) fn channel() -> (mpsc::Sender<Event>, mpsc::Receiver<Event>) {
    mpsc::channel(CAPACITY)
}
