//! Looks at the nodes before a deployment, and decides which of them need it.

use std::collections::BTreeMap;

use adr_bundle::sha256;
use adr_cucm_client::Node;
use adr_render::deployment::{FileOverview, PresentFile};

use super::error::{DeployError, StepError};
use super::files::{Files, without_rules};
use super::node_work::{NodeWork, Served};
use super::record::{NodeRecord, NodeState, Record, RecordFolder, Step};
use super::{Settings, Target};
use crate::connect::Connection;

/// What a survey needs.
pub(super) struct Survey<'s> {
    pub(super) connection: &'s Connection,
    pub(super) settings: &'s Settings,
    /// The new files.
    pub(super) files: &'s Files,
}

/// What a survey found.
pub(super) struct Surveyed {
    /// The record with which the deployment begins.
    pub(super) record: Record,
    /// The nodes of the record, in the same order.
    pub(super) nodes: Vec<Node>,
    /// Which of them shall be changed.
    pub(super) is_wanted: Vec<bool>,
    /// Bytes that the record names and that are not kept yet.
    pub(super) former: Vec<Vec<u8>>,
    /// The files of each node.
    pub(super) files: Vec<Vec<FileOverview>>,
    /// Whether a node had no such file before.
    pub(super) has_absent: bool,
}

impl Surveyed {
    fn new(record: Record) -> Self {
        let (nodes, is_wanted, former, files) = Default::default();
        Self { record, nodes, is_wanted, former, files, has_absent: false }
    }

    fn add(&mut self, node: Node, record: NodeRecord, is_wanted: bool, files: Vec<FileOverview>) {
        self.nodes.push(node);
        self.record.nodes.push(record);
        self.is_wanted.push(is_wanted);
        self.files.push(files);
    }
}

impl Survey<'_> {
    /// Looks at the listed nodes, and at those of an unfinished deployment.
    pub(super) async fn deployment(
        &self,
        unfinished: Option<Record>,
        listed: Vec<Node>,
    ) -> Result<Surveyed, DeployError> {
        let hashes: BTreeMap<String, String> =
            self.files.iter().map(|(path, bytes)| (path.clone(), sha256(bytes))).collect();
        let has_same_files = unfinished.as_ref().is_some_and(|record| record.files == hashes);
        let known = unfinished.map(|record| record.nodes).unwrap_or_default();
        let mut surveyed = Surveyed::new(Record::new(hashes));
        let mut listed = listed;
        for record in known {
            let node = Node::new(&record.node);
            let node = node.map_err(|_| DeployError::InvalidNode { name: record.node.clone() })?;
            if record.state == NodeState::Former {
                // adrc has not touched it: what it serves now is what it shall get back
                if !listed.contains(&node) {
                    listed.push(node);
                }
                continue;
            }
            listed.retain(|listed| *listed != node);
            self.changed_node(node, record, has_same_files, &mut surveyed).await?;
        }
        for node in listed {
            self.unchanged_node(node, &mut surveyed).await?;
        }
        Ok(surveyed)
    }

    /// Looks at a node that adrc has not changed.
    async fn unchanged_node(&self, node: Node, into: &mut Surveyed) -> Result<(), DeployError> {
        let look = async {
            let work = self.work(&node)?;
            work.check_service().await?;
            work.served().await
        };
        let served: Served = look.await.map_err(|source: StepError| failed(&node, source))?;
        let former = served
            .iter()
            .map(|(path, bytes)| (path.clone(), bytes.as_ref().map(|bytes| sha256(bytes))));
        let former: BTreeMap<_, _> = former.collect();
        let files = self.overview(Some(&served));
        let is_wanted = files.iter().any(|file| file.present != PresentFile::Same);
        let record = NodeRecord { node: node.to_string(), former, state: NodeState::Former };
        into.former.extend(served.into_values().flatten());
        into.add(node, record, is_wanted, files);
        Ok(())
    }

    /// Looks at a node that an interrupted deployment has changed. It may not answer: its service
    /// may be starting, or never have started.
    async fn changed_node(
        &self,
        node: Node,
        mut record: NodeRecord,
        has_same_files: bool,
        into: &mut Surveyed,
    ) -> Result<(), DeployError> {
        let work = self.work(&node);
        let work = work.map_err(|source| failed(&node, source))?;
        let served = work.fetch().await.ok();
        let files = self.overview(served.as_ref());
        let is_same = files.iter().all(|file| file.present == PresentFile::Same);
        let is_done = has_same_files && record.state == NodeState::New && is_same;
        if !is_done {
            record.state = NodeState::Changing { to: Target::New, step: Step::Uploading };
        }
        into.add(node, record, !is_done, files);
        Ok(())
    }

    /// Looks at the nodes of a deployment that shall be undone.
    pub(super) async fn rollback(
        &self,
        mut record: Record,
        folder: &RecordFolder,
    ) -> Result<Surveyed, DeployError> {
        let nodes = std::mem::take(&mut record.nodes);
        let mut surveyed = Surveyed::new(record);
        for record in nodes {
            let node = Node::new(&record.node);
            let node = node.map_err(|_| DeployError::InvalidNode { name: record.node.clone() })?;
            let work = self.work(&node);
            let work = work.map_err(|source| failed(&node, source))?;
            let served = work.fetch().await.ok();
            let mut files = Vec::new();
            for (path, hash) in &record.former {
                let bytes = match hash {
                    Some(hash) => folder.kept(hash)?,
                    None => without_rules(),
                };
                surveyed.has_absent |= hash.is_none();
                files.push(file(path, &bytes, served.as_ref()));
            }
            let is_wanted = record.state != NodeState::Former;
            surveyed.add(node, record, is_wanted, files);
        }
        Ok(surveyed)
    }

    fn work(&self, node: &Node) -> Result<NodeWork<'_>, StepError> {
        let Settings { pause, on_step, .. } = self.settings;
        NodeWork::new(node, &self.connection.cluster, pause, on_step)
    }

    fn overview(&self, served: Option<&Served>) -> Vec<FileOverview> {
        self.files.iter().map(|(path, bytes)| file(path, bytes, served)).collect()
    }
}

fn failed(node: &Node, source: StepError) -> DeployError {
    DeployError::Survey { node: node.label(), source: Box::new(source) }
}

/// Compares a file that a node shall serve with the one that it serves.
fn file(path: &str, bytes: &[u8], served: Option<&Served>) -> FileOverview {
    let present = served.map(|served| served.get(path).and_then(Option::as_deref));
    FileOverview {
        path: path.to_owned(),
        present: match present {
            None => PresentFile::Unknown,
            Some(None) => PresentFile::Absent,
            Some(Some(present)) if present == bytes => PresentFile::Same,
            Some(Some(_)) => PresentFile::Other,
        },
        present_bytes: present.flatten().map(<[u8]>::len),
        bytes: bytes.len(),
        sha256: sha256(bytes),
    }
}
