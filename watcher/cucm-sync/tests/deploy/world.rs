//! A cluster with two TFTP nodes, and deployments to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use adr_cucm_client::{Credentials, Secret};
use adr_cucm_kit::{CucmStandIn, PUBLISHER, TFTP};
use adr_cucm_sync::connect::connect_with;
use adr_cucm_sync::deploy::{DeployError, Deployment, Settings, paths};
use adr_cucm_sync::{Connection, Options, block_on};
use adr_render::deployment::DeploymentOverview;

use crate::admin::Admin;
use crate::no_pause::NoPause;
use crate::plan::{plan, source};

/// The files that nodes have at first.
pub(crate) const FORMER: &[u8] = b"<DialRules>former</DialRules>";

/// A cluster whose TFTP nodes are 127.14.NET.1 and 127.14.NET.2, with the ports of CUCM.
pub(crate) struct World {
    pub(crate) cucm: CucmStandIn,
    /// Names and addresses of the nodes.
    pub(crate) nodes: [String; 2],
    folder: tempfile::TempDir,
    steps: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub(crate) fn start(net: u8) -> Self {
        Self::start_release("15.0.1.10000(32)", net)
    }

    pub(crate) fn start_release(release: &str, net: u8) -> Self {
        let mut cucm = CucmStandIn::start_release(release);
        let nodes = [1, 2].map(|host| {
            let address = Ipv4Addr::new(127, 14, net, host);
            let on = |port| SocketAddr::from((address, port));
            cucm.add_node_on(&address.to_string(), on(8443), on(6970));
            address.to_string()
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), cucm.ca_pem()).unwrap();
        let world = Self { cucm, nodes, folder, steps: Arc::default() };
        let mut state = world.cucm.state();
        let publisher = state.node_mut(PUBLISHER).unwrap();
        publisher.service_mut(TFTP).unwrap().is_active = false;
        drop(state);
        world.reset();
        world
    }

    /// Gives all nodes their former files, and ends sessions, faults and records.
    pub(crate) fn reset(&self) {
        let mut state = self.cucm.state();
        for name in &self.nodes {
            let node = state.node_mut(name).unwrap();
            node.restart_polls = 0;
            node.service_mut(TFTP).unwrap().status = adr_cucm_kit::Status::Started;
            paths().iter().for_each(|path| node.set_file(path, FORMER));
        }
        drop(state);
        self.heal();
        let _ = std::fs::remove_dir_all(self.records());
        self.steps.lock().unwrap().clear();
    }

    /// Ends all faults, and makes dead nodes run again.
    pub(crate) fn heal(&self) {
        self.cucm.faults().clear();
        let mut state = self.cucm.state();
        state.nodes.iter_mut().for_each(|node| node.is_alive = true);
        state.platform.expire_sessions();
        state.platform.unlock();
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.folder.path().join("records")
    }

    /// The record of the last deployment.
    pub(crate) fn journal(&self) -> PathBuf {
        let publisher = self.cucm.address().to_string().replace(':', "_");
        self.records().join(publisher).join("journal.json")
    }

    pub(crate) fn settings(&self) -> Settings {
        let steps = Arc::clone(&self.steps);
        let on_step = Arc::new(move |step: &adr_cucm_sync::deploy::Progress| {
            steps.lock().unwrap().push(step.to_string());
        });
        Settings { pause: Arc::new(NoPause), ..Settings::new(self.records(), on_step) }
    }

    /// The steps that were reported.
    pub(crate) fn steps(&self) -> Vec<String> {
        self.steps.lock().unwrap().clone()
    }

    pub(crate) fn connection(&self) -> Connection {
        let options = Options { ca: Some(self.folder.path().join("ca.pem")), ..Options::default() };
        let name = self.cucm.address().to_string();
        let on_progress = Arc::new(|_: &adr_cucm_client::Progress| {});
        let connected = connect_with(&name, &options, &Admin, on_progress, Arc::new(NoPause));
        block_on(connected).unwrap().unwrap()
    }

    /// The number of requests of [`World::connection`].
    pub(crate) fn connection_requests(&self) -> usize {
        self.cucm.clear_log();
        self.connection();
        self.cucm.log().len()
    }

    pub(crate) fn deploy(&self, prefix: &str) -> Result<DeploymentOverview, DeployError> {
        self.deploy_as(prefix, "platform-secret")
    }

    pub(crate) fn deploy_as(
        &self,
        prefix: &str,
        password: &str,
    ) -> Result<DeploymentOverview, DeployError> {
        let connection = self.connection();
        let plan = plan(&source(prefix));
        let deployed = async {
            let deployment = Deployment::prepare(&connection, &plan, self.settings()).await?;
            finish(deployment, password).await
        };
        block_on(deployed).unwrap()
    }

    pub(crate) fn roll_back(&self) -> Result<DeploymentOverview, DeployError> {
        let connection = self.connection();
        let undone = async {
            let deployment = Deployment::prepare_rollback(&connection, self.settings()).await?;
            finish(deployment, "platform-secret").await
        };
        block_on(undone).unwrap()
    }

    /// Whether a node serves these bytes as every file, and has them on disk.
    pub(crate) fn has(&self, node: usize, bytes: &[u8]) -> bool {
        let state = self.cucm.state();
        let node = state.node(&self.nodes[node]).unwrap();
        let is_so = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
            ["AppDialRules.xml", "CUPC/AppDialRules.xml"]
                .iter()
                .all(|path| files.get(*path).is_some_and(|file| file == bytes))
        };
        is_so(&node.files) && is_so(&node.served)
    }

    pub(crate) fn all_have(&self, bytes: &[u8]) -> bool {
        self.has(0, bytes) && self.has(1, bytes)
    }

    /// The number of requests for an operation.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.cucm.operations().iter().filter(|it| *it == operation).count()
    }
}

async fn finish(
    deployment: Deployment<'_>,
    password: &str,
) -> Result<DeploymentOverview, DeployError> {
    if !deployment.has_work() {
        return deployment.conclude();
    }
    let password = Secret::new(password.to_owned());
    deployment.carry_out(&Credentials { user: "platform".to_owned(), password }).await
}

/// The file that a plan with this prefix gives.
pub(crate) fn deployed(prefix: &str) -> Vec<u8> {
    let artifacts = plan(&source(prefix)).artifacts();
    let file = artifacts.files.iter().find(|(path, _)| path == "CUPC/AppDialRules.xml");
    file.unwrap().1.to_vec()
}
