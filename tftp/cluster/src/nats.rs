//! The publication in NATS, and how its calls reach NATS.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use adr_bundle::ManifestFile;
use adr_bundle::signature::is_folder_name;
use adr_protocol::State;
use adr_watcher::publication::{
    GenerationDocument, NodeReport, Publication, PublicationError, SealedGeneration,
};
use adr_watcher::publish::Base;

use crate::budget::Budget;
use crate::fault::Fault;
use crate::names::Names;
use crate::prepare::Prepared;
use crate::publish::NotPublished;
use crate::read::sealed;
use crate::runtime::Runtime;
use crate::settings::{Settings, is_bucket_name};
use crate::shared::{PAUSE, Shared, no_answer};
use crate::status::ClusterStatus;

/// How many copies a stream may have: an even number survives no more failures.
const COPIES: [usize; 3] = [1, 3, 5];

/// After a change of streams, their copies may take this long.
const COPY_LIMIT: Duration = Duration::from_secs(60);

/// A call that moves files blocks at most this long.
pub(crate) use adr_watcher::publication::TRANSFER_LIMIT;

/// Dropping waits at most this long for the removal of unused files; the next publisher goes on.
const END_LIMIT: Duration = Duration::from_secs(3);

/// A publication in NATS JetStream.
///
/// It connects with its first call, and again whenever the connection broke. So NATS may be away
/// when it is made. Calls come from any thread, and a thread of its own drives the connection. They
/// block at most [`Settings::call_limit`], with these exceptions: where they read files, 10
/// minutes; publishing three limits longer; [`Self::prepare`] a minute longer than one; watching
/// one longer than it is to wait. [`Self::verify`] takes 10 minutes for each generation.
///
/// ```no_run
/// use adr_cluster::{Nats, Settings};
/// use adr_watcher::publication::Publication;
///
/// let nats = Nats::connect(Settings::new("nats://nats1.example.com".parse()?))?;
/// nats.prepare(3)?;
/// assert_eq!(nats.current()?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Nats {
    shared: Arc<Shared>,
    runtime: Runtime,
}

impl Nats {
    /// A publication with these settings. Does not connect yet.
    ///
    /// # Errors
    ///
    /// [`PublicationError::Foreign`] if the bucket's name is not valid;
    /// [`PublicationError::Unreachable`] if the system gives no thread.
    pub fn connect(settings: Settings) -> Result<Self, PublicationError> {
        let name = settings.servers.to_string();
        if !is_bucket_name(&settings.bucket) {
            let reason = format!(
                "invalid bucket `{}`; 1 to 63 characters of A-Z a-z 0-9 - _",
                settings.bucket.escape_debug()
            );
            return Err(PublicationError::Foreign { name, reason });
        }
        let runtime = Runtime::start()
            .map_err(|error| PublicationError::Unreachable { name, reason: error.to_string() })?;
        let names = Names { bucket: settings.bucket.clone() };
        let (connection, pruning) = (tokio::sync::Mutex::new(None), std::sync::Mutex::new(None));
        Ok(Self { shared: Arc::new(Shared { settings, names, connection, pruning }), runtime })
    }

    /// Creates the streams of the publication that are missing, with this many copies each, and
    /// gives existing ones that many. The second time it changes nothing. After a change it waits
    /// up to 60 seconds until the copies are complete. It names the streams whose copies are not,
    /// or of which that is not known.
    ///
    /// `replicas` is 1, 3 or 5; three need three NATS servers in one cluster.
    ///
    /// # Errors
    ///
    /// [`PublicationError::Impossible`] for another number of copies;
    /// [`PublicationError::Foreign`] if a stream exists and is not one of adrc; for others, see
    /// [`PublicationError`].
    pub fn prepare(&self, replicas: usize) -> Result<Prepared, PublicationError> {
        if !COPIES.contains(&replicas) {
            // NATS takes 0 as 1, and so it would remove copies
            return Err(PublicationError::Impossible {
                name: self.name(),
                reason: format!("a bucket cannot have {replicas} copies"),
                help: "choose 1, 3 or 5 copies",
            });
        }
        let mut prepared = self.call(self.limit(), 0, move |shared, deadline| async move {
            shared.prepare(replicas, deadline).await
        })?;
        let has_changed = !prepared.created.is_empty() || !prepared.changed.is_empty();
        let limit = if has_changed { COPY_LIMIT } else { self.limit() };
        let complete = self.call(limit, 0, move |shared, deadline| async move {
            shared.incomplete_copies(has_changed, deadline).await
        });
        // what was created is there, whatever the servers say afterwards
        let all = || self.shared.names.streams(replicas).map(|stream| stream.name).to_vec();
        prepared.incomplete = complete.unwrap_or_else(|_| all());
        Ok(prepared)
    }

    /// What the servers say about the publication, and what nodes report.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`]. [`PublicationError::NotPrepared`] is none: the status says which
    /// streams are missing.
    pub fn status(&self) -> Result<ClusterStatus, PublicationError> {
        self.call(self.limit(), 0, |shared, deadline| async move { shared.status(deadline).await })
    }

    /// The same, as soon as every bucket has a leader, or after `patience`: servers of NATS may
    /// elect one just now. It blocks one call longer than that.
    ///
    /// # Errors
    ///
    /// As for [`Self::status`].
    pub fn status_after_election(
        &self,
        patience: Duration,
    ) -> Result<ClusterStatus, PublicationError> {
        let end = Instant::now() + patience;
        loop {
            let status = self.status()?;
            if status.has_leaders() || Instant::now() >= end {
                return Ok(status);
            }
            thread::sleep(PAUSE);
        }
    }

    /// Reads all files of all generations that are kept, and returns what is wrong, one phrase
    /// each with the generation.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    pub fn verify(&self) -> Result<Vec<(u64, String)>, PublicationError> {
        let mut damage = Vec::new();
        for generation in self.generations()? {
            match self.fetch(generation) {
                Ok(_) | Err(PublicationError::Missing { .. }) => {}
                Err(PublicationError::Damaged { reason, .. }) => damage.push((generation, reason)),
                Err(error) => return Err(error),
            }
        }
        Ok(damage)
    }

    /// Announces a state to the subscribers of `BUCKET.state`, as [`Publication::publish`] does
    /// after each change.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    pub fn announce(&self, state: &State) -> Result<(), PublicationError> {
        let text = state.to_json();
        self.call(self.limit(), 0, move |shared, deadline| async move {
            shared.announce(&text, deadline).await
        })
    }

    /// How long a call blocks that reads or writes little.
    fn limit(&self) -> Duration {
        self.shared.settings.call_limit
    }

    /// Runs a call on the thread of the connection, within a limit.
    fn call<T, F, R>(
        &self,
        limit: Duration,
        generation: u64,
        call: F,
    ) -> Result<T, PublicationError>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Shared>, Instant) -> R,
        R: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        // the call itself ends before the runtime drops it, and says more
        let deadline = Instant::now() + limit;
        let future = call(Arc::clone(&self.shared), deadline);
        let result = self.runtime.call(limit + PAUSE, future);
        let late = || Err(Fault::Temporary(no_answer(limit)));
        result.unwrap_or_else(late).map_err(|fault| fault.into_error(&self.name(), generation))
    }
}

impl Publication for Nats {
    fn name(&self) -> String {
        self.shared.settings.servers.to_string()
    }

    fn folder_name(&self) -> Option<String> {
        let bucket = &self.shared.settings.bucket;
        is_folder_name(bucket).then(|| bucket.clone())
    }

    fn current(&self) -> Result<Option<Base>, PublicationError> {
        self.call(self.limit(), 0, |shared, deadline| async move {
            Ok(shared.current(deadline).await?.1.map(|current| current.base()))
        })
    }

    fn generations(&self) -> Result<Vec<u64>, PublicationError> {
        self.call(self.limit(), 0, |shared, deadline| async move {
            let kept = shared.current(deadline).await?.1.map(|current| current.kept);
            Ok(kept.unwrap_or_default().iter().map(|kept| kept.generation).collect())
        })
    }

    fn document(&self, generation: u64) -> Result<GenerationDocument, PublicationError> {
        let document = self.call(self.limit(), generation, move |shared, deadline| async move {
            shared.document_of(generation, deadline).await
        })?;
        document.ok_or_else(|| PublicationError::Missing { name: self.name(), generation })
    }

    fn file(&self, listed: &ManifestFile) -> Result<Vec<u8>, PublicationError> {
        let listed = listed.clone();
        self.call(TRANSFER_LIMIT, 0, move |shared, deadline| async move {
            shared.file(&listed, deadline).await
        })
    }

    fn publish(
        &self,
        expected: Option<&Base>,
        next: &SealedGeneration,
    ) -> Result<(), PublicationError> {
        self.publish_history(expected, &[], next)
    }

    fn publish_history(
        &self,
        expected: Option<&Base>,
        older: &[SealedGeneration],
        next: &SealedGeneration,
    ) -> Result<(), PublicationError> {
        let (expected, older, next) = (expected.cloned(), older.to_vec(), next.clone());
        let generation = next.manifest().generation;
        let for_error = expected.clone();
        let deadline = Instant::now() + TRANSFER_LIMIT;
        let publish = Arc::clone(&self.shared).publish(expected, older, next, deadline);
        // after the files, the key and the announcement have limits of their own
        let limit = TRANSFER_LIMIT + 3 * self.limit();
        let published = self.runtime.call(limit, publish);
        let name = self.name();
        // it may have reached NATS already
        let late = || Err(NotPublished::Unconfirmed(no_answer(limit)));
        published.unwrap_or_else(late).map_err(|why| match why {
            NotPublished::Refused(current) => {
                PublicationError::Refused { name, expected: for_error, current }
            }
            NotPublished::Unconfirmed(reason) => {
                PublicationError::Unconfirmed { name, generation, reason }
            }
            NotPublished::Fault(fault) => fault.into_error(&name, generation),
        })
    }

    fn watch(
        &self,
        known: Option<&Base>,
        timeout: Duration,
    ) -> Result<Option<Base>, PublicationError> {
        let known = known.cloned();
        let timeout = timeout.min(TRANSFER_LIMIT);
        self.call(timeout + self.limit(), 0, move |shared, deadline| async move {
            shared.watch(known, timeout, deadline).await
        })
    }

    fn report(&self, report: &NodeReport) -> Result<(), PublicationError> {
        let report = crate::reports::Encoded::of(report)
            .map_err(|fault| fault.into_error(&self.name(), 0))?;
        self.call(self.limit(), 0, move |shared, deadline| async move {
            shared.report(&report, deadline).await
        })
    }

    fn reports(&self) -> Result<Vec<NodeReport>, PublicationError> {
        let stored = self.call(self.limit(), 0, |shared, deadline| async move {
            shared.reports(true, deadline).await
        })?;
        // not on the thread of the connection, for which other calls wait
        let budget = Budget::new();
        Ok(stored.into_iter().map(|stored| stored.open(&budget)).collect())
    }

    fn summaries(&self) -> Result<Vec<NodeReport>, PublicationError> {
        let stored = self.call(self.limit(), 0, |shared, deadline| async move {
            shared.reports(false, deadline).await
        })?;
        Ok(stored.into_iter().map(|stored| stored.summary).collect())
    }

    fn report_of(&self, node: &str) -> Result<Option<NodeReport>, PublicationError> {
        let node = node.to_owned();
        let stored = self.call(self.limit(), 0, move |shared, deadline| async move {
            shared.report_of(&node, deadline).await
        })?;
        Ok(stored.map(|stored| stored.open(&Budget::new())))
    }

    fn kept(&self, generation: u64) -> Result<Option<Base>, PublicationError> {
        self.call(self.limit(), generation, move |shared, deadline| async move {
            let kept = shared.current(deadline).await?.1.map(|current| current.kept);
            let mut kept = kept.unwrap_or_default().into_iter();
            Ok(kept.find(|kept| kept.generation == generation).map(|kept| kept.base()))
        })
    }

    fn fetch_beside(
        &self,
        generation: u64,
        known: &dyn Fn(&ManifestFile) -> Option<Vec<u8>>,
    ) -> Result<SealedGeneration, PublicationError> {
        let end = Instant::now() + TRANSFER_LIMIT;
        let listed = self.call(TRANSFER_LIMIT, generation, move |shared, deadline| async move {
            shared.listed(generation, deadline).await
        })?;
        let (document, listed) =
            listed.ok_or_else(|| PublicationError::Missing { name: self.name(), generation })?;
        let (mut files, mut missing) = (HashMap::new(), Vec::new());
        for listed in listed {
            match known(&listed) {
                Some(bytes) => drop(files.insert(listed.sha256, bytes)),
                None => missing.push(listed),
            }
        }
        let left = end.saturating_duration_since(Instant::now());
        files.extend(self.call(left, generation, |shared, deadline| async move {
            shared.files(missing, deadline).await
        })?);
        sealed(document, files).map_err(|fault| fault.into_error(&self.name(), generation))
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Drop for Nats {
    /// Waits for the removal of unused files, which a process that publishes once would cut off.
    fn drop(&mut self) {
        let pruning = self.shared.pruning.lock().map(|mut pruning| pruning.take());
        if let Ok(Some((pruning, _))) = pruning
            && !pruning.is_finished()
        {
            let _ = self.runtime.call(END_LIMIT, pruning);
        }
    }
}
