//! Creates the streams of a publication.

use std::sync::Arc;
use std::time::Instant;

use async_nats::jetstream::stream::Config;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::nats::Shared;

/// What [`Nats::prepare`](crate::Nats::prepare) did: names of streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Streams that were missing.
    pub created: Vec<String>,
    /// Streams that had other settings, such as another number of copies.
    pub changed: Vec<String>,
    /// Streams that were as they have to be.
    pub unchanged: Vec<String>,
}

/// What happened to a stream.
enum Done {
    Created,
    Changed,
    Nothing,
}

impl Shared {
    /// Creates what is missing, and changes what has other settings.
    pub(crate) async fn prepare(
        &self,
        replicas: usize,
        deadline: Instant,
    ) -> Result<Prepared, Fault> {
        let mut prepared = Prepared::default();
        for config in self.names.streams(replicas) {
            let name = config.name.clone();
            let prepare = |connection: Arc<Connection>| {
                let config = config.clone();
                async move { stream(&connection, config).await }
            };
            match self.run(deadline, prepare).await? {
                Done::Created => prepared.created.push(name),
                Done::Changed => prepared.changed.push(name),
                Done::Nothing => prepared.unchanged.push(name),
            }
        }
        Ok(prepared)
    }
}

async fn stream(connection: &Connection, wanted: Config) -> Result<Done, Fault> {
    let name = wanted.name.clone();
    let replicas = wanted.num_replicas;
    let (found, is_clustered) = match connection.context.get_stream(&name).await.map_err(Fault::of)
    {
        Ok(stream) => {
            let info = stream.cached_info();
            let cluster = info.cluster.as_ref();
            (info.config.clone(), cluster.is_some_and(|cluster| cluster.name.is_some()))
        }
        Err(Fault::NotPrepared(reason)) if reason == crate::fault::STREAM_MISSING => {
            let created = connection.context.create_stream(wanted).await;
            created.map_err(|error| not_possible(replicas, Fault::of(error)))?;
            return Ok(Done::Created);
        }
        Err(fault) => return Err(fault),
    };
    if found.subjects != wanted.subjects {
        return Err(Fault::Foreign(format!("the stream {name} exists and is not one of adrc")));
    }
    let changed = Config {
        num_replicas: wanted.num_replicas,
        max_age: wanted.max_age,
        max_messages_per_subject: wanted.max_messages_per_subject,
        discard: wanted.discard,
        allow_direct: wanted.allow_direct,
        allow_rollup: wanted.allow_rollup,
        ..found.clone()
    };
    if changed == found {
        return Ok(Done::Nothing);
    }
    // a server of its own accepts any number, and keeps one copy
    if replicas > 1 && !is_clustered {
        let reason = "replicas are not supported by a server of its own".to_owned();
        return Err(not_possible(replicas, Fault::Temporary(reason)));
    }
    let updated = connection.context.update_stream(&changed).await;
    updated.map_err(|error| not_possible(replicas, Fault::of(error)))?;
    Ok(Done::Changed)
}

/// Names what to do if the servers are too few.
fn not_possible(replicas: usize, fault: Fault) -> Fault {
    match fault {
        Fault::Temporary(reason)
            if ["replicas", "no suitable peers", "insufficient"]
                .iter()
                .any(|word| reason.contains(word)) =>
        {
            Fault::Foreign(format!(
                "{replicas} copies need {replicas} NATS servers in one cluster with room for \
                 them: {reason}"
            ))
        }
        fault => fault,
    }
}
