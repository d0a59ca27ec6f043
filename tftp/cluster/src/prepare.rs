//! Creates the streams of a publication.

use std::sync::Arc;
use std::time::Instant;

use async_nats::jetstream::stream::Config;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::names::Names;
use crate::read::{is_removed, last};
use crate::shared::{PAUSE, Shared};

/// What [`Nats::prepare`](crate::Nats::prepare) did: names of streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Streams that were missing.
    pub created: Vec<String>,
    /// Streams that had other settings, such as another number of copies.
    pub changed: Vec<String>,
    /// Streams that were as they have to be.
    pub unchanged: Vec<String>,
    /// Streams of which a copy was not complete when the call ended, or is not known to be: if a
    /// server of NATS goes now, they may stay without a leader.
    pub incomplete: Vec<String>,
}

impl Shared {
    /// Creates what is missing, and changes what has other settings. Nothing is created or changed
    /// if one of the streams is not one of adrc. A key `current` that somebody removed is as if it
    /// had never been written afterwards.
    pub(crate) async fn prepare(
        &self,
        replicas: usize,
        deadline: Instant,
    ) -> Result<Prepared, Fault> {
        let mut prepared = Prepared::default();
        let mut before = Vec::new();
        for wanted in self.names.streams(replicas) {
            let look = |connection: Arc<Connection>| {
                let wanted = wanted.clone();
                async move { found(&connection, &wanted).await }
            };
            before.push(self.run(deadline, look).await?.map(|(found, _)| found));
        }
        for (wanted, before) in self.names.streams(replicas).into_iter().zip(before) {
            let prepare = |connection: Arc<Connection>| {
                let wanted = wanted.clone();
                async move { stream(&connection, wanted).await }
            };
            self.run(deadline, prepare).await?;
            // by what was there before: a change whose answer was lost is one
            let done = match before {
                None => &mut prepared.created,
                Some(before) if with_settings(&before, &wanted) == before => {
                    &mut prepared.unchanged
                }
                Some(_) => &mut prepared.changed,
            };
            done.push(wanted.name);
        }
        let forget = |connection: Arc<Connection>| {
            let names = self.names.clone();
            async move { forget_removed(&connection, &names).await }
        };
        self.run(deadline, forget).await?;
        Ok(prepared)
    }

    /// The names of the streams of which a copy is not complete. If it `waits`, until there are
    /// none, or the deadline.
    pub(crate) async fn incomplete_copies(
        &self,
        waits: bool,
        deadline: Instant,
    ) -> Result<Vec<String>, Fault> {
        loop {
            let buckets = self.buckets(deadline).await?;
            let incomplete = buckets.into_iter().filter(|bucket| !bucket.is_complete());
            let incomplete: Vec<String> = incomplete.map(|bucket| bucket.name).collect();
            if !waits || incomplete.is_empty() || Instant::now() + PAUSE >= deadline {
                return Ok(incomplete);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Forgets that the key `current` was removed, but nothing that was stored since.
async fn forget_removed(connection: &Connection, names: &Names) -> Result<(), Fault> {
    let (stream, subject) = (names.stream(), names.current());
    let Some(message) = last(connection, &stream, &subject).await?.filter(is_removed) else {
        return Ok(());
    };
    let stream = connection.context.get_stream_no_info(stream).await.map_err(Fault::of)?;
    let until = message.sequence.saturating_add(1);
    stream.purge().filter(subject).sequence(until).await.map_err(Fault::of)?;
    Ok(())
}

/// The settings of a stream, and whether its server is one of a cluster; `None` if it is missing.
async fn found(connection: &Connection, wanted: &Config) -> Result<Option<(Config, bool)>, Fault> {
    let name = &wanted.name;
    let info = match connection.context.get_stream(name).await.map_err(Fault::of) {
        Ok(stream) => stream.cached_info().clone(),
        Err(Fault::NotPrepared(reason)) if reason == crate::fault::STREAM_MISSING => {
            return Ok(None);
        }
        Err(fault) => return Err(fault),
    };
    // a bucket of another program has the same subjects
    let is_ours =
        info.config.subjects == wanted.subjects && info.config.description == wanted.description;
    if !is_ours {
        return Err(Fault::Foreign(format!("the stream {name} exists and is not one of adrc")));
    }
    let is_clustered = info.cluster.as_ref().is_some_and(|cluster| cluster.name.is_some());
    Ok(Some((info.config, is_clustered)))
}

/// A stream with the settings that adrc needs, and its own others.
fn with_settings(found: &Config, wanted: &Config) -> Config {
    Config {
        num_replicas: wanted.num_replicas,
        max_age: wanted.max_age,
        max_messages_per_subject: wanted.max_messages_per_subject,
        discard: wanted.discard,
        allow_direct: wanted.allow_direct,
        allow_rollup: wanted.allow_rollup,
        ..found.clone()
    }
}

/// Creates a stream or changes its settings, unless it is as wanted.
async fn stream(connection: &Connection, wanted: Config) -> Result<(), Fault> {
    let replicas = wanted.num_replicas;
    let Some((found, is_clustered)) = found(connection, &wanted).await? else {
        let created = connection.context.create_stream(wanted).await;
        created.map_err(|error| not_possible(replicas, Fault::of(error)))?;
        return Ok(());
    };
    let changed = with_settings(&found, &wanted);
    if changed == found {
        return Ok(());
    }
    // a server of its own accepts any number, and keeps one copy
    if replicas > 1 && !is_clustered {
        let reason = "replicas are not supported by a server of its own".to_owned();
        return Err(not_possible(replicas, Fault::Temporary(reason)));
    }
    let updated = connection.context.update_stream(&changed).await;
    updated.map_err(|error| not_possible(replicas, Fault::of(error)))?;
    Ok(())
}

/// Names what to do if the servers are too few.
fn not_possible(replicas: usize, fault: Fault) -> Fault {
    match fault {
        Fault::Temporary(reason)
            if ["replicas", "no suitable peers", "insufficient"]
                .iter()
                .any(|word| reason.contains(word)) =>
        {
            let reason = format!(
                "{replicas} copies need {replicas} NATS servers in one cluster with room for \
                 them: {reason}"
            );
            Fault::Impossible(reason, "start more servers, or use `--replicas 1`")
        }
        fault => fault,
    }
}
