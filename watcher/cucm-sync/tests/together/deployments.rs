//! Deployments that may break, and what every node serves after each.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use adr_cucm_client::Session;
use adr_cucm_sync::connect::{ConnectError, connect_with};
use adr_cucm_sync::deploy::{Aftermath, DeployError, Deployment, Settings, paths};
use adr_cucm_sync::{Connection, Options};
use adr_language::DialPlan;

use crate::admin::Admin;
use crate::broken::{Broken, idle_timeout};
use crate::no_pause::NoPause;
use crate::plan as one_rule;
use crate::site::{End, NodeFiles, Site, credentials};

/// Why a deployment failed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Deploy(#[from] DeployError),
}

/// What is known about deployments so far.
#[derive(Default)]
pub(crate) struct Deployments {
    /// What each node served before the last deployment, which can be undone.
    former: Option<[NodeFiles; 2]>,
}

impl Deployments {
    /// Deploys a plan whose rule has this prefix, or, without one, undoes the last deployment.
    /// Checks what every node serves after that. Returns whether the process was not killed.
    pub(crate) fn deploy(
        &mut self,
        site: &Site,
        prefix: Option<u8>,
        broken: Option<&Broken>,
    ) -> bool {
        let (before, was_unfinished) = (site.files(), is_unfinished(site));
        let end = site.run(broken, deploy(site, prefix, broken));
        let now = site.files();
        // what a deployment that begins now can be undone to
        let undone_to = match was_unfinished || prefix.is_none() {
            true => self.former.clone(),
            false => Some(before.clone()),
        };
        match &end {
            End::Killed if is_unfinished(site) => self.former = undone_to,
            End::Killed => assert_eq!(now, before, "changed without a record"),
            End::Done(Ok(changed)) => {
                assert!(site.serves_its_disk() && !is_unfinished(site));
                match prefix {
                    Some(prefix) => assert_eq!(now, [files(prefix), files(prefix)]),
                    None => assert_eq!(Some(&now), self.former.as_ref()),
                }
                match (prefix, changed) {
                    (None, _) => self.former = None,
                    (Some(_), true) => self.former = undone_to,
                    (Some(_), false) => assert_eq!(now, before),
                }
            }
            End::Done(Err(error)) => {
                let text = error.to_string();
                assert!(broken.is_some() || is_nothing_to_undo(error), "{text}");
                assert!(!text.contains('\n'), "{text}");
                self.failed(site, error, &before, undone_to);
            }
        }
        matches!(end, End::Done(_))
    }

    fn failed(
        &mut self,
        site: &Site,
        error: &Failed,
        before: &[NodeFiles; 2],
        undone_to: Option<[NodeFiles; 2]>,
    ) {
        let now = site.files();
        match error {
            Failed::Deploy(DeployError::Step { aftermath: Aftermath::Restored { .. }, .. }) => {
                assert_eq!(Some(now), undone_to);
                assert!(site.serves_its_disk() && !is_unfinished(site));
                self.former = None;
            }
            Failed::Deploy(DeployError::Step {
                aftermath: Aftermath::Unfinished { .. }, ..
            }) => {
                // a rollback that changed nothing leaves the record of a finished deployment
                assert!(self.former.is_some() || is_unfinished(site), "{error}");
                self.former = undone_to;
            }
            error if is_nothing_to_undo(error) => assert!(self.former.is_none() && now == *before),
            _ => assert_eq!(now, *before, "{error}"),
        }
    }

    /// Whether a deployment is neither finished nor undone.
    pub(crate) fn is_unfinished(site: &Site) -> bool {
        is_unfinished(site)
    }
}

fn is_nothing_to_undo(error: &Failed) -> bool {
    matches!(error, Failed::Deploy(DeployError::NothingToUndo { .. }))
}

/// Whether the record says that a deployment has begun and not ended.
fn is_unfinished(site: &Site) -> bool {
    let publisher = site.cucm.address().to_string().replace(':', "_");
    let record = state(site).join(publisher).join("journal.json");
    fs::read_to_string(record).is_ok_and(|record| record.contains("\"outcome\": null"))
}

fn state(site: &Site) -> PathBuf {
    site.records().join("deployments")
}

/// Deploys; returns whether anything was changed.
async fn deploy(site: &Site, prefix: Option<u8>, broken: Option<&Broken>) -> Result<bool, Failed> {
    let connection = connection(site, broken).await?;
    let on_step = Arc::new(|_: &adr_cucm_sync::deploy::Progress| {});
    let settings = Settings { pause: Arc::new(NoPause), ..Settings::new(state(site), on_step) };
    let deployment = match prefix {
        Some(prefix) => Deployment::prepare(&connection, &plan(prefix), settings).await?,
        None => Deployment::prepare_rollback(&connection, settings).await?,
    };
    let overview = match deployment.has_work() {
        true => deployment.carry_out(&credentials("platform")).await?,
        false => deployment.conclude()?,
    };
    Ok(overview.changed)
}

async fn connection(site: &Site, broken: Option<&Broken>) -> Result<Connection, ConnectError> {
    let ca = Some(site.folder.path().join("ca.pem"));
    let options = Options { ca, ..Options::default() };
    let name = site.cucm.address().to_string();
    let on_progress = Arc::new(|_: &adr_cucm_client::Progress| {});
    let pause = Arc::new(NoPause);
    let mut connection =
        connect_with(&name, &options, &Admin, on_progress, Arc::clone(&pause) as _).await?;
    connection.cluster.limits.idle_timeout = idle_timeout(broken);
    connection.session = Session::with_pause(connection.cluster.session()?, pause);
    Ok(connection)
}

/// The files that a plan gives each node.
fn files(prefix: u8) -> NodeFiles {
    let artifacts = plan(prefix).artifacts();
    let written = artifacts.files.iter().filter(|(path, _)| paths().contains(&&**path));
    written.map(|(path, bytes)| (path.clone(), bytes.to_vec())).collect()
}

/// A plan whose default view has a rule with this prefix.
fn plan(prefix: u8) -> DialPlan {
    one_rule::plan(&one_rule::source(&format!("9{prefix}")))
}
