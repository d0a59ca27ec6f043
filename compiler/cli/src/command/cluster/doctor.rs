//! `adrc cluster doctor`: why nodes do not run the current generation.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use adr_bundle::signature::PublicKey;
use adr_cluster::Nats;
use adr_doctor::nodes::observation::{Current, Failure as Seen, FailureKind, Node};
use adr_doctor::nodes::{Observations, diagnose};
use adr_watcher::publication::{NodeReport, Publication, PublicationError, SealedGeneration};
use clap::Args;

use crate::clock::now;
use crate::cluster::{Cluster, ClusterArguments};
use crate::command::doctor::report::report;
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::DoctorFormat;

/// How long the doctor listens to the nodes: two intervals of their reports.
const LISTENS: Duration = Duration::from_secs(2 * NodeReport::INTERVAL.as_secs());

/// How long the doctor waits for a leader: an election takes NATS 4 to 9 seconds.
const ELECTION: Duration = Duration::from_secs(15);

/// The time between two looks at the reports.
const INTERVAL: Duration = Duration::from_millis(250);

/// How often the current generation is read again if it is replaced meanwhile.
const FETCH_ATTEMPTS: usize = 5;

/// Arguments of `adrc cluster doctor`.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: DoctorFormat,
    #[command(flatten)]
    cluster: ClusterArguments,
}

impl Doctor {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let cluster = self.cluster.as_it_is(console)?;
        report(&diagnose(&look(&cluster)), self.format, console)
    }
}

/// Looks at everything that can be reached.
fn look(cluster: &Cluster) -> Observations {
    let publication = &*cluster.publication;
    let mut seen = Observations {
        cluster: cluster.name(),
        is_folder: cluster.nats.is_none(),
        ..Observations::default()
    };
    seen.failure = see(cluster, publication, &mut seen).err().map(|error| failure(&error));
    seen
}

/// Stops at the first thing that does not answer.
fn see(
    cluster: &Cluster,
    publication: &dyn Publication,
    seen: &mut Observations,
) -> Result<(), PublicationError> {
    let Some(nats) = &cluster.nats else { return read(cluster, publication, seen) };
    if !has_leaders(cluster, nats, seen)? {
        // nobody answers for what is in such a bucket
        return Ok(());
    }
    match read(cluster, publication, seen) {
        // the servers answered just now: a leader may be lost since
        Err(PublicationError::Unreachable { .. }) => match has_leaders(cluster, nats, seen)? {
            true => read(cluster, publication, seen),
            false => Ok(()),
        },
        read => read,
    }
}

/// Looks at the buckets, and says whether each has a leader.
fn has_leaders(
    cluster: &Cluster,
    nats: &Nats,
    seen: &mut Observations,
) -> Result<bool, PublicationError> {
    let status = nats.status_after_election(ELECTION)?;
    (seen.servers, seen.buckets) = super::nats::observed(&status, cluster.listed_servers);
    Ok(status.has_leaders())
}

/// Reads what is current, and listens to the nodes.
fn read(
    cluster: &Cluster,
    publication: &dyn Publication,
    seen: &mut Observations,
) -> Result<(), PublicationError> {
    let before = publication.current()?;
    seen.current_before = Some(before.map_or(0, |before| before.generation));
    let nodes = listen(cluster)?;
    // after the reports: no node has a generation that was not current before
    seen.current = current(publication, cluster.key.as_ref())?;
    seen.nodes = Some(nodes);
    Ok(())
}

/// The current generation, read as a whole.
fn current(
    publication: &dyn Publication,
    key: Option<&PublicKey>,
) -> Result<Option<Current>, PublicationError> {
    let Some(mut base) = publication.current()? else { return Ok(None) };
    let mut fetched = publication.fetch(base.generation);
    // it may have been replaced and removed meanwhile
    for _ in 0..FETCH_ATTEMPTS {
        let now = publication.current()?;
        match now {
            Some(now) if fetched.is_err() && now != base => {
                fetched = publication.fetch(now.generation);
                base = now;
            }
            _ => break,
        }
    }
    let (damage, signature) = match fetched {
        Ok(sealed) if sealed.base() != base => {
            (Some("its manifest has another SHA-256".into()), None)
        }
        Ok(sealed) => (None, key.and_then(|key| unsigned(key, &sealed))),
        Err(PublicationError::Damaged { reason, .. }) => (Some(reason), None),
        Err(PublicationError::Missing { .. }) => (Some("its manifest is missing".into()), None),
        Err(error) => return Err(error),
    };
    Ok(Some(Current { generation: base.generation, sha256: base.sha256, damage, signature }))
}

/// Why a generation is not signed as the key asks, a phrase; `None` if it is.
fn unsigned(key: &PublicKey, sealed: &SealedGeneration) -> Option<String> {
    let document = sealed.document();
    let Some(signature) = &document.signature else { return Some("it is not signed".to_owned()) };
    match key.verify(document.manifest.as_bytes(), signature) {
        Ok(statement) if statement.is_expired(now()) => {
            Some("its signature has expired".to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// Listens until every node that runs has reported again, or the time is over.
fn listen(cluster: &Cluster) -> Result<Vec<Node>, PublicationError> {
    let first: BTreeMap<String, u64> =
        cluster.reports()?.into_iter().map(|report| (report.node, report.reported)).collect();
    let mut ahead: BTreeMap<String, i64> = BTreeMap::new();
    let began = Instant::now();
    loop {
        let reports = cluster.reports()?;
        for report in &reports {
            if first.get(&report.node) != Some(&report.reported) {
                let clock = now();
                ahead
                    .entry(report.node.clone())
                    .or_insert_with(|| difference(report.reported, clock));
            }
        }
        let is_heard = |report: &NodeReport| report.has_ended || ahead.contains_key(&report.node);
        if reports.iter().all(is_heard) || began.elapsed() >= LISTENS {
            let clock = now();
            return Ok(reports.iter().map(|it| node(it, ahead.get(&it.node), clock)).collect());
        }
        thread::sleep(INTERVAL);
    }
}

/// A node by its report, and how far its clock is ahead; `None` if it was silent.
fn node(report: &NodeReport, ahead: Option<&i64>, clock: u64) -> Node {
    Node {
        name: report.node.clone(),
        generation: report.clients.generation,
        sha256: report.clients.sha256.clone(),
        version: report.tool.clone(),
        has_ended: report.has_ended,
        is_silent: ahead.is_none(),
        silent_seconds: clock.saturating_sub(report.reported),
        clock_ahead_seconds: ahead.copied().unwrap_or(0),
    }
}

/// How many seconds one time is after another.
fn difference(one: u64, other: u64) -> i64 {
    let seconds = i64::try_from(one.abs_diff(other)).unwrap_or(i64::MAX);
    if one >= other { seconds } else { -seconds }
}

/// At which step the cluster did not answer, and why.
fn failure(error: &PublicationError) -> Seen {
    let (kind, reason) = match error {
        PublicationError::Unreachable { reason, .. }
        | PublicationError::Unconfirmed { reason, .. } => match is_about_tls(reason) {
            true => (FailureKind::Tls, reason.clone()),
            false => (FailureKind::Unreachable, reason.clone()),
        },
        PublicationError::Denied { reason, .. } => (FailureKind::Denied, reason.clone()),
        PublicationError::NotPrepared { reason, .. } => (FailureKind::NotPrepared, reason.clone()),
        PublicationError::NoJetStream { reason, .. } => (FailureKind::NoJetStream, reason.clone()),
        PublicationError::Foreign { reason, .. } => (FailureKind::Foreign, reason.clone()),
        other => (FailureKind::Foreign, other.to_string()),
    };
    Seen { kind, reason }
}

/// Whether the reason of a failed connection is its encryption.
fn is_about_tls(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["tls", "certificate", "handshake"].iter().any(|word| reason.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable(reason: &str) -> PublicationError {
        let name = "nats://nats1".to_owned();
        PublicationError::Unreachable { name, reason: reason.to_owned() }
    }

    #[test]
    fn failure_is_at_the_step_of_its_reason() {
        for (reason, kind) in [
            ("connection refused", FailureKind::Unreachable),
            ("invalid peer certificate: UnknownIssuer", FailureKind::Tls),
            ("TLS error: the server sent no certificate", FailureKind::Tls),
        ] {
            assert_eq!(failure(&unreachable(reason)).kind, kind, "{reason}");
        }
    }

    #[test]
    fn clock_may_be_ahead_or_behind() {
        assert_eq!((difference(110, 100), difference(100, 110)), (10, -10));
        assert_eq!(difference(u64::MAX, 0), i64::MAX);
    }
}
