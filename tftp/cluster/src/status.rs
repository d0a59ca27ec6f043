//! What the servers say about a publication.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_watcher::publication::NodeReport;
use adr_watcher::publish::Base;
use async_nats::jetstream::stream::Info;
use futures_util::future::join_all;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::read::last;
use crate::shared::Shared;

/// What the servers say about a publication, and what nodes report.
#[derive(Clone, Debug)]
pub struct ClusterStatus {
    /// The name of the server that answered.
    pub server: String,
    /// Its version.
    pub version: String,
    /// The longest message that it accepts, in bytes.
    pub max_payload: usize,
    /// How long it takes to answer.
    pub round_trip: Duration,
    /// The streams of the publication; the missing ones, too.
    pub buckets: Vec<BucketStatus>,
    /// The generations that are kept, ascending; the current one is the last. Empty if nothing is
    /// published, or if streams are missing.
    pub generations: Vec<Base>,
    /// When the current generation was published, in seconds since 1970 by the clock of NATS.
    pub published: Option<u64>,
    /// Why the current generation cannot be read; `None` if it can.
    pub damage: Option<String>,
    /// The nodes that reported within [`NodeReport::LIFETIME`], sorted by name.
    pub nodes: Vec<NodeStatus>,
}

/// A stream of a publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketStatus {
    /// The name of the stream, such as `KV_adrc`.
    pub name: String,
    /// Whether it exists. If not, everything else is 0 or empty.
    pub exists: bool,
    /// How many copies it is to have; `None` if the servers do not say, because too few run.
    pub replicas: Option<usize>,
    /// The server that leads it; `None` without one: then nothing can be stored. Always `None` if
    /// the server is not part of a cluster.
    pub leader: Option<String>,
    /// Whether the server is part of a NATS cluster.
    pub is_clustered: bool,
    /// The servers of the other copies; those of all copies without a leader.
    pub peers: Vec<PeerStatus>,
    /// Messages in it.
    pub messages: u64,
    /// Bytes in it.
    pub bytes: u64,
}

impl ClusterStatus {
    /// Whether every bucket that exists has a leader, or is on a server of its own.
    #[must_use]
    pub fn has_leaders(&self) -> bool {
        self.buckets.iter().filter(|bucket| bucket.exists).all(BucketStatus::is_led)
    }
}

impl BucketStatus {
    /// Whether a server answers for it.
    fn is_led(&self) -> bool {
        !self.is_clustered || self.leader.is_some()
    }

    /// Whether every copy that it is to have is there and complete.
    pub(crate) fn is_complete(&self) -> bool {
        let is_complete = |peer: &PeerStatus| peer.is_current && !peer.is_offline;
        let is_led = self.leader.is_some() && Some(self.peers.len() + 1) == self.replicas;
        self.exists && (!self.is_clustered || is_led && self.peers.iter().all(is_complete))
    }
}

/// The server of a copy of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// The name of the server.
    pub name: String,
    /// Whether its copy is complete.
    pub is_current: bool,
    /// Whether it is away.
    pub is_offline: bool,
    /// How many changes it is behind.
    pub lag: u64,
}

/// A node, as it reported.
#[derive(Clone, Debug)]
pub struct NodeStatus {
    /// What it reported, without the rows of client cores.
    pub report: NodeReport,
    /// When NATS stored the report, in seconds since 1970 by the clock of NATS. Compared with
    /// [`NodeReport::reported`], it shows a clock that is wrong.
    pub stored: u64,
}

impl Shared {
    /// What the servers say. Missing streams are part of the status, and no error.
    pub(crate) async fn status(&self, deadline: Instant) -> Result<ClusterStatus, Fault> {
        let began = Instant::now();
        let ask = |connection: Arc<Connection>| async move {
            connection.client.flush().await.map_err(Fault::of)?;
            Ok((connection.client.server_info(), connection.client.max_payload()))
        };
        self.run(deadline, ask).await?;
        let asked = Instant::now();
        let (server, max_payload) = self.run(deadline, ask).await?;
        let round_trip = if asked > began { asked.elapsed() } else { Duration::ZERO };
        let mut status = ClusterStatus {
            server: server.server_name,
            version: server.version,
            max_payload,
            round_trip,
            buckets: self.buckets(deadline).await?,
            generations: Vec::new(),
            published: None,
            damage: None,
            nodes: Vec::new(),
        };
        if status.buckets.iter().all(|bucket| bucket.exists && bucket.is_led()) {
            self.fill(&mut status, deadline).await?;
        }
        Ok(status)
    }

    async fn fill(&self, status: &mut ClusterStatus, deadline: Instant) -> Result<(), Fault> {
        match self.current(deadline).await {
            Ok((_, current)) => {
                let kept = current.map(|current| current.kept).unwrap_or_default();
                status.generations = kept.iter().map(crate::current::Kept::base).collect();
            }
            Err(Fault::Foreign(reason) | Fault::NotPrepared(reason)) => {
                status.damage = Some(reason);
            }
            Err(fault) => return Err(fault),
        }
        let look = |connection: Arc<Connection>| {
            let (stream, subject) = (self.names.stream(), self.names.current());
            async move { last(&connection, &stream, &subject).await }
        };
        let message = self.run(deadline, look).await?;
        status.published =
            message.and_then(|message| u64::try_from(message.time.unix_timestamp()).ok());
        let nodes = self.reports(false, deadline).await?.into_iter();
        status.nodes =
            nodes.map(|node| NodeStatus { report: node.summary, stored: node.stored }).collect();
        Ok(())
    }

    /// The streams of the publication; the missing ones, too.
    pub(crate) async fn buckets(&self, deadline: Instant) -> Result<Vec<BucketStatus>, Fault> {
        // at the same time: each may get no answer, and all have one limit
        let streams = self.names.streams(1).map(|config| self.bucket(config.name, deadline));
        join_all(streams).await.into_iter().collect()
    }

    async fn bucket(&self, name: String, deadline: Instant) -> Result<BucketStatus, Fault> {
        let look = |connection: Arc<Connection>| {
            let name = name.clone();
            async move {
                match connection.context.get_stream(name).await.map_err(Fault::of) {
                    Ok(stream) => Ok(Some(stream.cached_info().clone())),
                    // asking again has no other answer within the limit
                    Err(fault) if fault.is_without_leader() && connection.is_clustered() => {
                        Ok(None)
                    }
                    Err(fault) => Err(fault),
                }
            }
        };
        match self.run(deadline, look).await {
            Ok(Some(info)) => Ok(bucket(name, &info)),
            Ok(None) => {
                let (exists, is_clustered) = (true, true);
                Ok(BucketStatus { name, exists, is_clustered, ..BucketStatus::default() })
            }
            Err(Fault::NotPrepared(reason)) if reason == crate::fault::STREAM_MISSING => {
                Ok(BucketStatus { name, ..BucketStatus::default() })
            }
            Err(fault) => Err(fault),
        }
    }
}

fn bucket(name: String, info: &Info) -> BucketStatus {
    let cluster = info.cluster.as_ref();
    let peers = cluster.map(|cluster| cluster.replicas.as_slice()).unwrap_or_default();
    let peer = |peer: &async_nats::jetstream::stream::PeerInfo| PeerStatus {
        name: peer.name.clone(),
        is_current: peer.current,
        is_offline: peer.offline,
        lag: peer.lag.unwrap_or(0),
    };
    BucketStatus {
        name,
        exists: true,
        replicas: Some(info.config.num_replicas),
        leader: cluster.and_then(|cluster| cluster.leader.clone()),
        is_clustered: cluster.is_some_and(|cluster| cluster.name.is_some()),
        peers: peers.iter().map(peer).collect(),
        messages: info.state.messages,
        bytes: info.state.bytes,
    }
}
