//! Puts the files of a plan's default view onto the TFTP nodes of a cluster, and takes them back.
//!
//! [`Deployment::prepare`] reads what every node serves and changes nothing. Its
//! [overview](Deployment::overview) says what would change. [`Deployment::carry_out`] then brings
//! one node after the other to the new files:
//!
//! ```text
//! log in -> record -> upload -> record -> restart -> Started -> record -> read back -> record
//!     \_________________ a failure: the same steps with the former files _______________/
//! ```
//!
//! A node is changed only when the node before it serves the new bytes. If a step fails, all nodes
//! that were changed get their former files, so that the cluster stays uniform. The record of the
//! deployment is on disk before the first upload, so a killed process is continued by the next
//! deployment, or undone by [`Deployment::prepare_rollback`].

pub mod archive;
mod carry_out;
mod error;
mod files;
mod node_work;
mod nodes;
mod progress;
mod record;
mod survey;

use std::path::PathBuf;
use std::sync::Arc;

use adr_cucm::{Release, deployment_notes};
use adr_cucm_client::{Credentials, Pause, TokioPause};
use adr_language::{DialPlan, ListKind};
use adr_render::deployment::{DeploymentAction, DeploymentOverview, NodeOverview};

use crate::connect::Connection;
use crate::emergency::check_emergency;
use crate::read::read_patterns;
use carry_out::Run;
pub use error::{Aftermath, DeployError, RecordError, Serves, StepError};
use files::Files;
pub use files::paths;
pub use node_work::{READ_BACK_LIMIT, RESTART_LIMIT};
pub use progress::{Action, OnStep, Progress};
use record::{NodeState, Outcome, Record, RecordFolder, Target};
use survey::Surveyed;

/// How to deploy.
#[derive(Clone)]
pub struct Settings {
    /// The folder of records, with a folder for each cluster below it.
    pub state: PathBuf,
    /// Gets each step.
    pub on_step: OnStep,
    /// How time passes.
    pub pause: Arc<dyn Pause>,
}

impl Settings {
    /// Settings with this folder of records, real time, and a function that gets each step.
    #[must_use]
    pub fn new(state: PathBuf, on_step: OnStep) -> Self {
        Self { state, on_step, pause: Arc::new(TokioPause) }
    }
}

/// A deployment, or the undoing of one, that has changed nothing yet.
pub struct Deployment<'c> {
    connection: &'c Connection,
    settings: Settings,
    folder: RecordFolder,
    /// The new files; empty when a deployment is undone.
    files: Files,
    surveyed: Surveyed,
    overview: DeploymentOverview,
}

impl<'c> Deployment<'c> {
    /// Looks at all nodes, and compares their files with those of the plan's default view.
    ///
    /// An unfinished deployment is continued: its record of former files stays, and this plan takes
    /// the place of the earlier one.
    ///
    /// # Errors
    ///
    /// See [`DeployError`]. No node was changed.
    pub async fn prepare(
        connection: &'c Connection,
        plan: &DialPlan,
        settings: Settings,
    ) -> Result<Self, DeployError> {
        let artifacts = plan.artifacts();
        plan.read_back(&artifacts)?;
        let flagged = read_patterns(&connection.session).await?;
        let rules = plan.default_view().list(ListKind::Application).rules();
        check_emergency(rules.iter(), &flagged)?;
        let files = files::of_default_view(&artifacts);
        let folder = open(connection, &settings)?;
        let known = folder.read()?.filter(Record::is_unfinished);
        let was_unfinished = known.is_some();
        let listed = nodes::nodes(connection).await?;
        let survey = survey::Survey { connection, settings: &settings, files: &files };
        let surveyed = survey.deployment(known, listed).await?;
        let mut overview = overview(connection, DeploymentAction::Deploy, &surveyed);
        if was_unfinished {
            overview.notes.push(
                "An earlier deployment to this cluster was interrupted; adrc continues it with \
                 this plan, and keeps the files from before it."
                    .to_owned(),
            );
        }
        let sites = plan.sites().len();
        if sites > 0 {
            overview.notes.push(match sites {
                1 => "The plan has a site, whose rules are not deployed.".to_owned(),
                sites => format!("The plan has {sites} sites, whose rules are not deployed."),
            });
        }
        Ok(Self { connection, settings, folder, files, surveyed, overview })
    }

    /// Looks at all nodes of the last deployment, to give them their former files.
    ///
    /// # Errors
    ///
    /// See [`DeployError`]. No node was changed.
    pub async fn prepare_rollback(
        connection: &'c Connection,
        settings: Settings,
    ) -> Result<Self, DeployError> {
        let folder = open(connection, &settings)?;
        let known = folder.read()?.filter(|record| record.outcome != Some(Outcome::PutBack));
        let changed =
            |record: &Record| record.nodes.iter().any(|node| node.state != NodeState::Former);
        let Some(record) = known.filter(changed) else {
            return Err(DeployError::NothingToUndo { cluster: connection.name.clone() });
        };
        let files = Files::new();
        let survey = survey::Survey { connection, settings: &settings, files: &files };
        let surveyed = survey.rollback(record, &folder).await?;
        let mut overview = overview(connection, DeploymentAction::Rollback, &surveyed);
        if surveyed.has_absent {
            overview.notes.push(
                "A file that did not exist before gets a list without rules, because the upload \
                 page cannot remove files; clients read it as no rules."
                    .to_owned(),
            );
        }
        Ok(Self { connection, settings, folder, files, surveyed, overview })
    }

    /// What would change.
    #[must_use]
    pub fn overview(&self) -> &DeploymentOverview {
        &self.overview
    }

    /// Whether a node must be changed. If not, [`Deployment::carry_out`] needs no credentials, and
    /// there is nothing to confirm.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.surveyed.is_wanted.contains(&true)
    }

    /// Notes that an interrupted deployment turned out to be complete. Changes no node.
    ///
    /// # Errors
    ///
    /// The record cannot be written.
    pub fn conclude(mut self) -> Result<DeploymentOverview, DeployError> {
        let record = &mut self.surveyed.record;
        let is_changed = record.nodes.iter().any(|node| node.state != NodeState::Former);
        if record.is_unfinished() && is_changed {
            record.outcome = Some(Outcome::Deployed);
            self.folder.write(record)?;
        }
        Ok(self.overview)
    }

    /// Changes one node after the other.
    ///
    /// # Errors
    ///
    /// See [`DeployError`]: [`DeployError::Step`] says what every node serves then.
    pub async fn carry_out(
        mut self,
        credentials: &Credentials,
    ) -> Result<DeploymentOverview, DeployError> {
        let Surveyed { record, nodes, is_wanted, former, .. } = &mut self.surveyed;
        for bytes in former {
            self.folder.keep(bytes)?;
        }
        let mut run = Run {
            cluster: &self.connection.cluster,
            credentials,
            nodes,
            files: &self.files,
            folder: &self.folder,
            record,
            pause: &self.settings.pause,
            on_step: &self.settings.on_step,
            has_logged_in: false,
        };
        match self.overview.action {
            DeploymentAction::Deploy => run.deploy(is_wanted).await?,
            DeploymentAction::Rollback => run.roll_back().await?,
        }
        self.overview.changed = true;
        Ok(self.overview)
    }
}

/// Opens and locks the folder of a cluster's record.
fn open(connection: &Connection, settings: &Settings) -> Result<RecordFolder, RecordError> {
    let publisher = connection.profile.publisher.label();
    let name: String = publisher
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .collect();
    RecordFolder::open(&settings.state.join(name))
}

fn overview(
    connection: &Connection,
    action: DeploymentAction,
    surveyed: &Surveyed,
) -> DeploymentOverview {
    let release = &connection.versions.release;
    let nodes = surveyed.nodes.iter().zip(&surveyed.files);
    DeploymentOverview {
        cluster: connection.name.clone(),
        release: release.clone(),
        action,
        changed: false,
        notes: match action {
            DeploymentAction::Deploy => deployment_notes(Release::new(release)),
            DeploymentAction::Rollback => Vec::new(),
        },
        nodes: nodes
            .map(|(node, files)| NodeOverview { node: node.label(), files: files.clone() })
            .collect(),
    }
}
