//! Brings the nodes to new or former files, one after the other, with a record of every step.

use std::sync::Arc;

use adr_bundle::sha256;
use adr_cucm_client::{Cluster, Credentials, Node, Pause};

use super::error::{Aftermath, DeployError, RecordError, Serves, StepError};
use super::files::{Files, without_rules};
use super::node_work::{NodeWork, Served};
use super::progress::{Action, OnStep, Progress};
use super::record::{NodeRecord, NodeState, Outcome, Record, RecordFolder, Step, Target};

/// A deployment that is under way.
pub(super) struct Run<'r> {
    pub(super) cluster: &'r Cluster,
    pub(super) credentials: &'r Credentials,
    /// The nodes of the record, in the same order.
    pub(super) nodes: &'r [Node],
    /// The new files.
    pub(super) files: &'r Files,
    pub(super) folder: &'r RecordFolder,
    pub(super) record: &'r mut Record,
    pub(super) pause: &'r Arc<dyn Pause>,
    pub(super) on_step: &'r OnStep,
    /// Whether a login succeeded, so that the password is right.
    pub(super) has_logged_in: bool,
}

impl Run<'_> {
    /// Brings every node to the new files that does not serve them, or, after a failure, every
    /// changed node back to its former ones.
    pub(super) async fn deploy(&mut self, is_wanted: &[bool]) -> Result<(), DeployError> {
        for (at, wanted) in is_wanted.iter().enumerate() {
            if !wanted {
                continue;
            }
            if let Err(source) = self.bring(at, Target::New).await {
                return Err(self.undo(at, source).await);
            }
        }
        self.finish(Outcome::Deployed)?;
        Ok(())
    }

    /// Brings every changed node back to its former files.
    pub(super) async fn roll_back(&mut self) -> Result<(), DeployError> {
        match self.put_back().await {
            None => Ok(self.finish(Outcome::PutBack)?),
            Some((node, source)) => {
                let nodes = self.what_nodes_serve().await;
                let aftermath = Aftermath::Unfinished { failed: None, nodes };
                Err(DeployError::Step { node, source: Box::new(source), aftermath })
            }
        }
    }

    /// Undoes everything after a step at a node failed.
    async fn undo(&mut self, at: usize, source: StepError) -> DeployError {
        let (node, source) = (self.label(at), Box::new(source));
        let changed: Vec<String> = (0..self.nodes.len())
            .filter(|at| self.is_changed(*at))
            .map(|at| self.label(at))
            .collect();
        if changed.is_empty() {
            return DeployError::Step { node, source, aftermath: Aftermath::NothingChanged };
        }
        if source.is_about_login() && !self.has_logged_in {
            // another login with the same password could lock the user
            let nodes = self.what_nodes_serve().await;
            let aftermath = Aftermath::Unfinished { failed: None, nodes };
            return DeployError::Step { node, source, aftermath };
        }
        self.report(at, Action::PutBack { reason: source.to_string() });
        let failed = match self.put_back().await {
            None => match self.finish(Outcome::PutBack) {
                Ok(()) => {
                    let aftermath = Aftermath::Restored { nodes: changed };
                    return DeployError::Step { node, source, aftermath };
                }
                Err(error) => (node.clone(), error.into()),
            },
            Some(failed) => failed,
        };
        let nodes = self.what_nodes_serve().await;
        let failed = Some((failed.0, Box::new(failed.1)));
        DeployError::Step { node, source, aftermath: Aftermath::Unfinished { failed, nodes } }
    }

    /// Brings every changed node back to its former files, the last one first. Returns the first
    /// failure. The other nodes are put back as well, unless a login failed: CUCM locks users.
    async fn put_back(&mut self) -> Option<(String, StepError)> {
        let mut first = None;
        for at in (0..self.nodes.len()).rev() {
            if !self.is_changed(at) {
                continue;
            }
            if let Err(error) = self.bring(at, Target::Former).await {
                let is_about_login = error.is_about_login();
                first.get_or_insert((self.label(at), error));
                if is_about_login {
                    break;
                }
            }
        }
        first
    }

    /// Brings a node to its new or former files.
    async fn bring(&mut self, at: usize, to: Target) -> Result<(), StepError> {
        let node = self.nodes.get(at).cloned();
        let Some(node) = node else { return Ok(()) };
        let (cluster, pause, on_step) = (self.cluster, self.pause, self.on_step);
        let work = NodeWork::new(&node, cluster, pause, on_step)?;
        let files = self.files_of(at, to)?;
        let mut session = work.log_in(self.credentials).await?;
        self.has_logged_in = true;
        self.note(at, NodeState::Changing { to, step: Step::Uploading })?;
        work.upload(&mut session, &files).await?;
        self.note(at, NodeState::Changing { to, step: Step::Restarting })?;
        work.restart().await?;
        self.note(at, NodeState::Changing { to, step: Step::Reading })?;
        work.read_back(&files).await?;
        let (state, action) = match to {
            Target::New => (NodeState::New, Action::ServesNew),
            Target::Former => (NodeState::Former, Action::ServesFormer),
        };
        self.note(at, state)?;
        self.report(at, action);
        Ok(())
    }

    /// The files that a node shall get.
    fn files_of(&self, at: usize, to: Target) -> Result<Files, RecordError> {
        if to == Target::New {
            return Ok(self.files.clone());
        }
        let former = self.record.nodes.get(at).map(|node| &node.former);
        let file = |(path, hash): (&String, &Option<String>)| {
            let bytes = match hash {
                Some(hash) => self.folder.kept(hash)?,
                None => without_rules(),
            };
            Ok((path.clone(), Arc::new(bytes)))
        };
        former.into_iter().flatten().map(file).collect()
    }

    fn is_changed(&self, at: usize) -> bool {
        self.record.nodes.get(at).is_some_and(|node| node.state != NodeState::Former)
    }

    /// Writes the state of a node into the record. The deployment is unfinished from then on.
    fn note(&mut self, at: usize, state: NodeState) -> Result<(), RecordError> {
        let mut next = self.record.clone();
        if let Some(node) = next.nodes.get_mut(at) {
            node.state = state;
        }
        next.outcome = None;
        self.folder.write(&next)?;
        *self.record = next;
        Ok(())
    }

    pub(super) fn finish(&mut self, outcome: Outcome) -> Result<(), RecordError> {
        self.record.outcome = Some(outcome);
        self.folder.write(self.record)
    }

    /// What every node serves, for the message about a failure.
    async fn what_nodes_serve(&self) -> Vec<(String, Serves)> {
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for (node, record) in self.nodes.iter().zip(&self.record.nodes) {
            let work = NodeWork::new(node, self.cluster, self.pause, self.on_step);
            let serves = match work {
                Ok(work) => work
                    .fetch()
                    .await
                    .map_or(Serves::Unknown, |served| serves(&served, record, &self.record.files)),
                Err(_) => Serves::Unknown,
            };
            nodes.push((node.label(), serves));
        }
        nodes
    }

    fn label(&self, at: usize) -> String {
        self.nodes.get(at).map(Node::label).unwrap_or_default()
    }

    fn report(&self, at: usize, action: Action) {
        (self.on_step)(&Progress { node: self.label(at), action });
    }
}

/// Whether a node serves its former or the new files.
fn serves(
    served: &Served,
    record: &NodeRecord,
    new: &std::collections::BTreeMap<String, String>,
) -> Serves {
    let hash = |path: &str| served.get(path).and_then(Option::as_ref).map(|bytes| sha256(bytes));
    let empty = sha256(&without_rules());
    let is_former = record.former.iter().all(|(path, former)| match (former, hash(path)) {
        (None, now) => now.is_none_or(|now| now == empty),
        (former, now) => *former == now,
    });
    match is_former {
        true => Serves::Former,
        false if new.iter().all(|(path, new)| hash(path).as_ref() == Some(new)) => Serves::New,
        false => Serves::Other,
    }
}
