//! The events of a running daemon. Signals, the admin port, watches and the worker send them into
//! one channel.

use adr_cucm_sync::live::LiveEvent;
use adr_server::{Generation, Part, Reload};
use adr_watcher::supervisor::Cause;
use adr_watcher::watch::WatchEvent;
use tokio::sync::mpsc;

use crate::generation_source::JobEnd;
use crate::nodes::follow::NodesEvent;

/// The capacity of the channel.
const CAPACITY: usize = 16;

/// An event of a running daemon.
#[derive(Debug)]
pub(crate) enum Event {
    /// An event of the watch on the rule sources.
    Watch(WatchEvent),
    /// An event of the CUCM whose rules are part of the dial plan.
    Cluster(LiveEvent),
    /// A reload was requested. The requester may wait for its result.
    Reload(Cause, Option<Reload>),
    /// Something is known about the cluster of this node.
    Nodes(NodesEvent),
    /// The published folder has another generation than before.
    FolderChanged,
    /// The generation that an earlier run left in the folder of a node, to be served before the
    /// cluster is asked for anything; `None` if there is none that can be served.
    Kept(Option<Box<Generation>>),
    /// The worker has finished a job.
    Finished(Box<JobEnd>),
    /// A part of the process panicked, and was started again.
    Restarted(Part),
    /// The process should end.
    Stop,
}

/// The channel of events. Senders can be cloned.
pub(crate) fn channel() -> (mpsc::Sender<Event>, mpsc::Receiver<Event>) {
    mpsc::channel(CAPACITY)
}
