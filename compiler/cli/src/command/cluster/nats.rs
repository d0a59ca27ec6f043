//! What the servers of NATS say about a cluster, in the types of the commands.

use adr_cluster::{BucketStatus, ClusterStatus, Nats, Settings};
use adr_doctor::nodes::observation::{Bucket, Copy};
use adr_watcher::publication::Publication;

use super::init::Ready;
use crate::failure::Failure;

/// Copies of each bucket in a cluster of three servers or more.
const COPIES: usize = 3;

/// Creates what is missing with this many copies. By default, they have as many as what exists;
/// if nothing does, three if the address lists three servers or more.
///
/// # Errors
///
/// Without a number, a bucket without a leader is one: nobody says how many copies it has.
pub(super) fn prepare(
    nats: &Nats,
    replicas: Option<usize>,
    listed_servers: usize,
) -> Result<Ready, Failure> {
    let replicas = match replicas {
        Some(replicas) => replicas,
        None => {
            let status = nats.status_after_election(Settings::ELECTION_LIMIT)?;
            let existing = existing(&status).map_err(|bucket| {
                Failure::new(
                    format!(
                        "{}: the bucket {bucket} has no leader, and no server says how many copies \
                         it has",
                        nats.name()
                    ),
                    "start the servers of NATS that are down, and run this again",
                )
            })?;
            existing.unwrap_or(by_default(listed_servers))
        }
    };
    let prepared = nats.prepare(replicas)?;
    let created = prepared.created.into_iter().map(|name| format!("created {name}"));
    let changed = prepared.changed.into_iter().map(|name| format!("changed {name}"));
    Ok(Ready {
        cluster: nats.name(),
        changed: created.chain(changed).collect(),
        replicas: Some(replicas),
        incomplete: prepared.incomplete,
    })
}

/// How many copies the buckets have that exist; `None` if none does. The error is the name of one
/// whose number is not known.
fn existing(status: &ClusterStatus) -> Result<Option<usize>, String> {
    let existing = status.buckets.iter().filter(|bucket| bucket.exists);
    let numbers = existing.map(|bucket| bucket.replicas.ok_or_else(|| bucket.name.clone()));
    let numbers: Vec<usize> = numbers.collect::<Result<_, _>>()?;
    Ok(numbers.into_iter().max())
}

fn by_default(listed_servers: usize) -> usize {
    if listed_servers >= COPIES { COPIES } else { 1 }
}

/// The buckets for the doctor, and how many servers there are, as far as the address and the
/// copies say; `None` without a cluster of servers.
pub(super) fn observed(
    status: &ClusterStatus,
    listed_servers: usize,
) -> (Option<usize>, Vec<Bucket>) {
    let existing: Vec<&BucketStatus> =
        status.buckets.iter().filter(|bucket| bucket.exists).collect();
    let is_clustered = existing.iter().any(|bucket| bucket.is_clustered);
    let buckets = existing.iter().map(|bucket| Bucket {
        name: bucket.name.clone(),
        replicas: bucket.replicas,
        leader: leader(status, bucket),
        copies: bucket
            .peers
            .iter()
            .map(|peer| Copy {
                server: peer.name.clone(),
                is_online: !peer.is_offline,
                is_current: peer.is_current,
            })
            .collect(),
    });
    // without a leader, all servers are peers
    let copies = |it: &&BucketStatus| it.peers.len() + usize::from(it.leader.is_some());
    let copies = existing.iter().map(copies).max();
    let servers = copies.map(|copies| copies.max(listed_servers));
    (servers.filter(|_| is_clustered), buckets.collect())
}

/// The server that leads a bucket: without a cluster of servers, the only one.
pub(super) fn leader(status: &ClusterStatus, bucket: &BucketStatus) -> Option<String> {
    match bucket.is_clustered {
        true => bucket.leader.clone(),
        false => Some(status.server.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use adr_cluster::PeerStatus;

    use super::*;

    fn status(buckets: Vec<BucketStatus>) -> ClusterStatus {
        ClusterStatus {
            server: "nats1".to_owned(),
            version: "2.10.0".to_owned(),
            max_payload: 1 << 20,
            round_trip: Duration::ZERO,
            buckets,
            generations: Vec::new(),
            published: None,
            damage: None,
            nodes: Vec::new(),
        }
    }

    #[test]
    fn number_of_copies_that_exists_is_kept() {
        let of = |exists, replicas| BucketStatus { exists, replicas, ..BucketStatus::default() };
        assert_eq!(existing(&status(vec![of(false, None), of(true, Some(3))])), Ok(Some(3)));
        assert_eq!(existing(&status(vec![of(false, None)])), Ok(None));
        let is_unknown = existing(&status(vec![of(true, Some(1)), of(true, None)])).is_err();
        assert!(is_unknown, "the bucket without a leader may have more");
        assert_eq!((by_default(1), by_default(3)), (1, 3));
    }

    #[test]
    fn single_server_leads_its_buckets() {
        let bucket = BucketStatus {
            name: "KV_adrc".to_owned(),
            exists: true,
            replicas: Some(1),
            ..BucketStatus::default()
        };
        let missing = BucketStatus { name: "KV_adrc-nodes".to_owned(), ..BucketStatus::default() };
        let (servers, buckets) = observed(&status(vec![bucket, missing]), 1);
        assert_eq!((servers, buckets.len()), (None, 1));
        assert_eq!(buckets[0].leader.as_deref(), Some("nats1"));
    }

    #[test]
    fn bucket_of_a_cluster_without_a_leader_has_none() {
        let peer = |name: &str, is_current| PeerStatus {
            name: name.to_owned(),
            is_current,
            is_offline: false,
            lag: 0,
        };
        let peers = vec![peer("nats1", true), peer("nats2", false), peer("nats3", false)];
        let (exists, is_clustered, replicas) = (true, true, Some(3));
        let bucket =
            BucketStatus { exists, is_clustered, replicas, peers, ..BucketStatus::default() };
        let (servers, buckets) = observed(&status(vec![bucket]), 2);
        assert_eq!((servers, buckets[0].leader.as_ref()), (Some(3), None));
        assert_eq!(buckets[0].copies.len(), 3);
        // a server may also say nothing about it
        let bucket = BucketStatus { exists, is_clustered, ..BucketStatus::default() };
        let (servers, buckets) = observed(&status(vec![bucket]), 2);
        assert_eq!((servers, buckets[0].replicas), (Some(2), None));
    }
}
