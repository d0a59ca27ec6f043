//! From what was seen of a cluster of nodes to a diagnosis.

use super::cause::CHECKS;
use super::observation::{Bucket, Failure, FailureKind, Observations};
use crate::cause::run;
use crate::diagnosis::{Diagnosis, Outcome, Unseen};
use crate::step::{Area, Step};

/// Judges what was seen of a cluster of nodes.
///
/// ```
/// use adr_doctor::nodes::{Observations, diagnose};
///
/// let seen = Observations { cluster: "nats://nats1".to_owned(), ..Observations::default() };
/// assert_eq!(diagnose(&seen).names(), ["nothing-published"]);
/// ```
#[must_use]
pub fn diagnose(seen: &Observations) -> Diagnosis {
    let found = run(CHECKS, seen);
    let mut diagnosis = Diagnosis::of(Area::Nodes, &*seen.cluster, &facts(seen), found);
    diagnosis.unseen = unseen(seen, &diagnosis);
    diagnosis.has_looked = true;
    diagnosis
}

/// A short fact for each step that was looked at.
fn facts(seen: &Observations) -> Vec<(Step, String)> {
    let reached = match seen.failure.as_ref() {
        None => 4,
        Some(Failure { kind, .. }) => match kind {
            FailureKind::Unreachable => 0,
            FailureKind::Tls => 1,
            FailureKind::Denied => 2,
            FailureKind::NotPrepared | FailureKind::NoJetStream | FailureKind::Foreign => 3,
        },
    };
    let steps = [Step::Tcp, Step::Tls, Step::Login, Step::Buckets];
    let mut facts: Vec<(Step, String)> = Vec::new();
    if !seen.is_folder {
        facts.extend(steps.into_iter().take(reached).map(|step| (step, String::new())));
    } else if reached == steps.len() {
        let not_needed = [Step::Tcp, Step::Tls, Step::Login, Step::Quorum];
        facts.extend(not_needed.map(|step| (step, "not needed".to_owned())));
        facts.push((Step::Buckets, "a folder".to_owned()));
    }
    if seen.failure.is_some() {
        return facts;
    }
    if let Some(bucket) = seen.buckets.first() {
        facts.push((Step::Quorum, quorum(bucket)));
    }
    if seen.is_readable() {
        facts.push((Step::Generation, seen.current_words()));
    }
    if let Some(nodes) = &seen.nodes {
        let up = nodes.iter().filter(|node| !node.is_silent && !node.has_ended).count();
        facts.push((Step::Nodes, format!("{up} of {} report", nodes.len())));
    }
    facts
}

/// The copies of a bucket, and who leads it.
fn quorum(bucket: &Bucket) -> String {
    let copies = match bucket.replicas {
        None => return "a bucket without a leader".to_owned(),
        Some(1) => "1 copy".to_owned(),
        Some(number) => format!("{number} copies"),
    };
    let leader = bucket.leader.as_ref();
    let leader = leader.map(|leader| format!(", led by {leader}")).unwrap_or_default();
    format!("{copies} of a bucket{leader}")
}

fn unseen(seen: &Observations, diagnosis: &Diagnosis) -> Vec<Unseen> {
    let not_reached = diagnosis.path.iter().filter(|at| at.outcome == Outcome::NotReached);
    let mut unseen: Vec<Unseen> = not_reached
        .map(|at| Unseen {
            what: format!("the step {}", at.step.title()),
            why: "an earlier step stops before it".to_owned(),
        })
        .collect();
    if seen.is_folder {
        unseen.push(Unseen {
            what: "the drive of the folder".to_owned(),
            why: "its copies and its connection belong to the drive".to_owned(),
        });
    }
    unseen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody says how many copies the bucket has, nor what is in it.
    #[test]
    fn bucket_without_a_leader_has_no_number_of_copies() {
        let (name, copies) = ("KV_adrc".to_owned(), Vec::new());
        let bucket = Bucket { name, replicas: None, leader: None, copies };
        let (buckets, servers) = (vec![bucket; 3], Some(3));
        let diagnosis = diagnose(&Observations { buckets, servers, ..Observations::default() });
        assert_eq!(diagnosis.names(), ["no-quorum"]);
        let at = |step| diagnosis.path.iter().find(|at| at.step == step).unwrap();
        assert_eq!(at(Step::Quorum).detail, "a bucket without a leader");
        assert_eq!(at(Step::Generation).outcome, Outcome::NotReached);
    }
}
