//! Removes what belongs to no generation that is kept.
//!
//! This is safe beside another publisher. An object is removed only if it is older than any
//! publishing takes, and by the number of its message: an object that was stored again meanwhile
//! has another one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_bundle::Manifest;
use futures_util::StreamExt;

use crate::connection::Connection;
use crate::current::Current;
use crate::fault::Fault;
use crate::objects::{decoded, info};
use crate::read::{all, last};
use crate::shared::Shared;

/// Unused objects are looked for at most this often.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

/// How long looking for them may take.
const LIMIT: Duration = Duration::from_secs(2 * 60);

/// Most subjects that are looked at.
const MAX_SUBJECTS: usize = 500_000;

/// Most objects that are removed at once; the rest follows next time.
const MAX_REMOVED: usize = 10_000;

impl Shared {
    /// Removes what is unused, unless that runs or was done lately. Nothing depends on it: what
    /// fails now is done next time.
    pub(crate) fn prune_later(self: &Arc<Self>, current: Current) {
        let Ok(mut pruning) = self.pruning.lock() else {
            return;
        };
        let interval = INTERVAL.min(self.settings.unused_for);
        let is_early = |(task, began): &(tokio::task::JoinHandle<()>, Instant)| {
            !task.is_finished() || began.elapsed() < interval
        };
        if pruning.as_ref().is_some_and(is_early) {
            return;
        }
        let shared = Arc::clone(self);
        let prune = async move {
            let _ = shared.prune(&current).await;
        };
        *pruning = Some((tokio::spawn(prune), Instant::now()));
    }

    async fn prune(&self, current: &Current) -> Result<(), Fault> {
        let deadline = Instant::now() + LIMIT;
        let used = self.used(current, deadline).await?;
        let list = |connection: Arc<Connection>| {
            let (stream, filter) = (self.names.files_stream(), self.names.all_objects());
            async move { subjects(&connection, &stream, &filter).await }
        };
        let unused = self.run(deadline, list).await?.names.into_iter().filter(|subject| {
            let object = subject.rsplit('.').next().and_then(decoded);
            object.is_some_and(|object| !used.contains(&object))
        });
        let now = self.now(deadline).await?;
        for subject in unused.take(MAX_REMOVED) {
            self.remove(&subject, now, deadline).await?;
        }
        self.remove_lost_chunks(now, deadline).await
    }

    /// The names of all objects that belong to a generation that is kept. A generation that cannot
    /// be read is an error: its files are unknown.
    async fn used(&self, current: &Current, deadline: Instant) -> Result<HashSet<String>, Fault> {
        let mut used = HashSet::new();
        for kept in &current.kept {
            used.insert(kept.document_name());
            let document = self.document(kept, deadline).await?;
            let manifest = Manifest::parse(document.manifest.as_bytes())
                .map_err(|error| Fault::Damaged(error.to_string()))?;
            used.extend(manifest.files.into_iter().map(|file| file.sha256));
        }
        Ok(used)
    }

    /// The time at which the current generation became current, by the clock of NATS.
    async fn now(&self, deadline: Instant) -> Result<i64, Fault> {
        let look = |connection: Arc<Connection>| {
            let (stream, subject) = (self.names.stream(), self.names.current());
            async move { last(&connection, &stream, &subject).await }
        };
        let message = self.run(deadline, look).await?;
        message
            .map(|message| message.time.unix_timestamp())
            .ok_or_else(|| Fault::NotPrepared("the key `current` was removed".to_owned()))
    }

    /// Removes the object of a subject, if it is old enough.
    async fn remove(&self, subject: &str, now: i64, deadline: Instant) -> Result<(), Fault> {
        let oldest = now - self.unused_seconds();
        let remove = |connection: Arc<Connection>| {
            let (names, subject) = (self.names.clone(), subject.to_owned());
            async move {
                let stream = names.files_stream();
                let Some(message) = last(&connection, &stream, &subject).await? else {
                    return Ok(());
                };
                if message.time.unix_timestamp() > oldest {
                    return Ok(());
                }
                let stream = connection.context.get_stream_no_info(stream).await;
                let stream = stream.map_err(Fault::of)?;
                let removed = stream.delete_message(message.sequence).await;
                if removed.is_ok_and(|removed| removed)
                    && let Some(info) = info(&message.payload)
                {
                    let chunks = names.chunks(&info.nuid);
                    stream.purge().filter(chunks).await.map_err(Fault::of)?;
                }
                Ok(())
            }
        };
        self.run(deadline.min(self.call_deadline()), remove).await
    }

    /// Removes old chunks of no object: those of publishers that were killed.
    async fn remove_lost_chunks(&self, now: i64, deadline: Instant) -> Result<(), Fault> {
        let oldest = now - self.unused_seconds();
        let remove = |connection: Arc<Connection>| {
            let names = self.names.clone();
            async move {
                let stream_name = names.files_stream();
                // chunks first: an object whose chunks are in this list is in the next one, too
                let chunks = subjects(&connection, &stream_name, &names.chunks("*")).await?;
                let mut chunks: HashSet<String> = chunks.names.into_iter().collect();
                let objects = subjects(&connection, &stream_name, &names.all_objects()).await?;
                if !objects.is_complete {
                    // chunks of the objects beyond would look lost
                    return Ok(());
                }
                let owners = objects.names.iter().map(|subject| {
                    let (connection, stream) = (&connection, &stream_name);
                    async move { last(connection, stream, subject).await }
                });
                for message in all(owners).await?.into_iter().flatten() {
                    if let Some(info) = info(&message.payload) {
                        chunks.remove(&names.chunks(&info.nuid));
                    }
                }
                let stream = connection.context.get_stream_no_info(&stream_name).await;
                let stream = stream.map_err(Fault::of)?;
                for subject in chunks.into_iter().take(MAX_REMOVED) {
                    let newest = last(&connection, &stream_name, &subject).await?;
                    if newest.is_some_and(|newest| newest.time.unix_timestamp() <= oldest) {
                        stream.purge().filter(subject).await.map_err(Fault::of)?;
                    }
                }
                Ok(())
            }
        };
        self.run(deadline, remove).await
    }

    fn unused_seconds(&self) -> i64 {
        i64::try_from(self.settings.unused_for.as_secs()).unwrap_or(i64::MAX / 2)
    }
}

/// Subjects of a stream.
pub(crate) struct Subjects {
    /// Each once.
    pub(crate) names: Vec<String>,
    /// Whether there are no others, beyond [`MAX_SUBJECTS`].
    pub(crate) is_complete: bool,
}

/// The subjects of a stream that match a filter.
pub(crate) async fn subjects(
    connection: &Connection,
    stream: &str,
    filter: &str,
) -> Result<Subjects, Fault> {
    let stream = connection.context.get_stream_no_info(stream).await.map_err(Fault::of)?;
    let found = stream.info_with_subjects(filter).await.map_err(Fault::of)?;
    let found: Vec<_> = found.take(MAX_SUBJECTS).collect().await;
    let is_complete = found.len() < MAX_SUBJECTS;
    // a map: each subject once
    let found: Result<HashMap<String, usize>, _> = found.into_iter().collect();
    let names = found.map_err(Fault::of)?.into_keys().collect();
    Ok(Subjects { names, is_complete })
}
