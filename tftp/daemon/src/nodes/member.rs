//! How far the folder of this node is: what the worker and the thread `nodes` tell each other.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adr_watcher::publication::PublicationError;
use adr_watcher::publish::{Base, PublishError, Publisher};

use super::Nodes;

/// A node, and how far its folder is. Clones share that.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) nodes: Nodes,
    progress: Arc<(Mutex<Progress>, Condvar)>,
}

/// How far the folder of this node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// What is current in the folder, as far as the worker knows.
    pub(crate) in_folder: Option<Base>,
    /// How often the worker has tried to bring the folder up to date.
    pub(crate) attempts: u64,
    /// Why the last attempt failed; `None` if it did not.
    pub(crate) failure: Option<CatchUpFailure>,
    /// Whether rules wait to be published until the cluster answers.
    pub(crate) has_unpublished: bool,
    /// Whether the worker has looked what the folder has to serve.
    has_looked: bool,
}

/// Why the folder does not have the current generation of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CatchUpFailure {
    /// The cluster does not answer.
    Silent(PublicationError),
    /// The generation is not accepted, or cannot be written: what is wrong, and what to do.
    NotInstalled(String),
    /// Something on this machine. The job that failed says so.
    Local,
}

impl Progress {
    /// Whether the folder has this generation, or a later one: others publish meanwhile.
    pub(crate) fn has_reached(&self, current: Option<&Base>) -> bool {
        match (&self.in_folder, current) {
            (Some(own), Some(current)) => own == current || own.generation > current.generation,
            (own, current) => own.as_ref() == current,
        }
    }
}

impl CatchUpFailure {
    /// The failure of an attempt.
    pub(crate) fn of(error: &PublishError) -> Self {
        match error {
            PublishError::Publication(error) if error.is_temporary() => Self::Silent(error.clone()),
            PublishError::Publication(error) => {
                Self::NotInstalled(format!("{error}; {}", error.help()))
            }
            PublishError::Untrusted { .. }
            | PublishError::OtherSequence { .. }
            | PublishError::Backwards { .. } => Self::NotInstalled(error.to_string()),
            _ => Self::Local,
        }
    }

    /// The failure of an attempt to bring the folder up to date. Also a full disk is a reason why
    /// the folder does not have the current generation, and what it has can be served.
    pub(crate) fn of_catching_up(error: &PublishError) -> Self {
        match Self::of(error) {
            Self::Local => Self::NotInstalled(error.to_string()),
            failure => failure,
        }
    }
}

impl Member {
    pub(crate) fn new(nodes: Nodes) -> Self {
        Self { nodes, progress: Arc::default() }
    }

    /// The publisher, which publishes through the cluster of the member if there is one.
    pub(crate) fn through<'p>(member: Option<&'p Self>, publisher: Publisher<'p>) -> Publisher<'p> {
        match member {
            Some(Self { nodes, .. }) => {
                publisher.through(&*nodes.publication).trusting(nodes.key.as_ref())
            }
            None => publisher,
        }
    }

    /// Notes the end of an attempt to bring the folder up to date, or to publish.
    pub(crate) fn attempted(&self, result: Result<Option<Base>, CatchUpFailure>) {
        let mut progress = self.lock();
        progress.attempts += 1;
        match result {
            Ok(in_folder) => {
                progress.in_folder = in_folder;
                progress.failure = None;
            }
            Err(failure) => progress.failure = Some(failure),
        }
        self.progress.1.notify_all();
    }

    /// Notes whether rules wait to be published until the cluster answers.
    pub(crate) fn set_unpublished(&self, has_unpublished: bool) {
        self.lock().has_unpublished = has_unpublished;
    }

    /// Notes that the worker has looked what the folder has to serve.
    pub(crate) fn set_looked(&self) {
        self.lock().has_looked = true;
        self.progress.1.notify_all();
    }

    /// Waits until the worker has looked what the folder has to serve, at most for `timeout`.
    pub(crate) fn wait_for_look(&self, timeout: Duration) {
        let waits = |progress: &mut Progress| !progress.has_looked;
        // without it, messages say that nothing is served yet
        drop(self.progress.1.wait_timeout_while(self.lock(), timeout, waits));
    }

    /// Waits until the folder has this generation or a later one, or until an attempt fails, at
    /// most for `timeout`.
    pub(crate) fn wait_for_folder(&self, current: Option<&Base>, timeout: Duration) -> Progress {
        let waits = |it: &mut Progress| it.failure.is_none() && !it.has_reached(current);
        let waited = self.progress.1.wait_timeout_while(self.lock(), timeout, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// How far the folder is.
    pub(crate) fn progress(&self) -> Progress {
        self.lock().clone()
    }

    /// Waits until more than `attempts` have ended, at most for `timeout`. Returns how far the
    /// folder is then.
    pub(crate) fn wait(&self, attempts: u64, timeout: Duration) -> Progress {
        let waits = |progress: &mut Progress| progress.attempts <= attempts;
        let waited = self.progress.1.wait_timeout_while(self.lock(), timeout, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_has_reached_what_is_current_or_was() {
        let base = |generation, sha256: &str| Base { generation, sha256: sha256.to_owned() };
        let own = |in_folder| Progress { in_folder, ..Progress::default() };
        let seven = own(Some(base(7, "a")));
        assert!(seven.has_reached(Some(&base(7, "a"))));
        assert!(seven.has_reached(Some(&base(6, "b"))));
        assert!(!seven.has_reached(Some(&base(7, "b"))));
        assert!(!seven.has_reached(Some(&base(8, "a"))));
        // an empty cluster has no earlier generation
        assert!(!seven.has_reached(None));
        assert!(own(None).has_reached(None));
        assert!(!own(None).has_reached(Some(&base(1, "a"))));
    }
}
