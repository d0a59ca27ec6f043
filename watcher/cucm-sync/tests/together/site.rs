//! A cluster with two TFTP nodes, and a folder of everything that adrc keeps.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adr_cucm_client::{Credentials, Secret};
use adr_cucm_kit::{
    CucmStandIn, Edit as Recorded, PUBLISHER, Pattern, Rule, RuleKind, State, Status, TFTP,
    UploadOutcome,
};
use adr_cucm_sync::deploy::paths;
use tempfile::TempDir;

use crate::actions::Edit;
use crate::broken::{Broken, LIVE_USER};
use crate::held::{History, Lists};

/// The files that the TFTP nodes serve at first.
const FIRST_FILE: &[u8] = b"<DialRules>first</DialRules>";

/// The files of a node that a deployment writes.
pub(crate) type NodeFiles = BTreeMap<String, Vec<u8>>;

pub(crate) struct Site {
    pub(crate) cucm: CucmStandIn,
    /// Names and addresses of the TFTP nodes.
    nodes: [String; 2],
    pub(crate) folder: TempDir,
    pub(crate) history: Arc<History>,
    /// What another program does, one edit after each of the next requests of the live source.
    coming: Arc<Mutex<VecDeque<Edit>>>,
}

/// How a push or a deployment ended.
pub(crate) enum End<T> {
    /// The process was killed at a request.
    Killed,
    Done(T),
}

impl Site {
    /// A cluster with five application rules, a lookup rule and an emergency number.
    pub(crate) fn start() -> Self {
        let mut cucm = CucmStandIn::start();
        let nodes = free_addresses().map(|address| {
            let on = |port| SocketAddr::from((address, port));
            cucm.add_node_on(&address.to_string(), on(8443), on(6970));
            address.to_string()
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), cucm.ca_pem()).unwrap();
        let (history, coming): (Arc<History>, Arc<Mutex<VecDeque<Edit>>>) = Default::default();
        let (noted, edits) = (Arc::clone(&history), Arc::clone(&coming));
        cucm.observe(move |state, user| {
            noted.note(state);
            if user == Some(LIVE_USER)
                && let Some(edit) = edits.lock().unwrap().pop_front()
            {
                apply(&edit, state);
                noted.note(state);
            }
        });
        let site = Self { cucm, nodes, folder, history, coming };
        site.reset();
        site
    }

    /// Gives the cluster the rules and files that it has at first, and forgets records of adrc.
    pub(crate) fn reset(&self) {
        self.heal();
        let _ = std::fs::remove_dir_all(self.records());
        let mut state = self.cucm.state();
        state.node_mut(PUBLISHER).unwrap().service_mut(TFTP).unwrap().is_active = false;
        for name in &self.nodes {
            let node = state.node_mut(name).unwrap();
            node.restart_polls = 1;
            node.service_mut(TFTP).unwrap().status = Status::Started;
            paths().iter().for_each(|path| node.set_file(path, FIRST_FILE));
        }
        let first = [
            Rule::new("Local", "5", [7, 0], "9").priority(0),
            Rule::new("Rule 3", "+1", [12, 2], "91").priority(1),
            Rule::new("Any & \"all\"", "", [7, 0], "8").priority(1),
            Rule::new("Rule 2", "00", [12, 2], "90").priority(4),
            Rule::new("Old", "44", [7, 0], "7").priority(5),
        ];
        state.set_rules(RuleKind::Application, first.into());
        let lookup = Rule::new("Inbound", "408", [10, 3], "").priority(0);
        state.set_rules(RuleKind::DirectoryLookup, vec![lookup]);
        state.route_patterns = vec![Pattern::new("112", "PSTN").emergency()];
        self.history.note(&state);
    }

    /// Ends all faults, makes dead nodes run again, and ends all limits.
    pub(crate) fn heal(&self) {
        self.cucm.faults().clear();
        let mut state = self.cucm.state();
        for node in &mut state.nodes {
            (node.is_alive, node.uploads) = (true, UploadOutcome::Stored);
        }
        state.axl.write_limit = None;
        state.platform.expire_sessions();
        state.platform.unlock();
    }

    /// What another program does while the live source asks.
    pub(crate) fn edit_at_requests(&self, edits: &[Edit]) {
        self.coming.lock().unwrap().extend(edits.iter().cloned());
    }

    pub(crate) fn has_edits_to_come(&self) -> bool {
        !self.coming.lock().unwrap().is_empty()
    }

    /// Does at once what another program has not done yet.
    pub(crate) fn edit_now(&self) {
        let coming = std::mem::take(&mut *self.coming.lock().unwrap());
        coming.iter().for_each(|edit| self.edit(edit));
    }

    /// What another program does.
    pub(crate) fn edit(&self, edit: &Edit) {
        let mut state = self.cucm.state();
        apply(edit, &mut state);
        self.history.note(&state);
    }

    /// The lists of rules.
    pub(crate) fn lists(&self) -> Lists {
        self.history.all().last().unwrap().lists()
    }

    /// What each node serves. It has the same files on disk.
    pub(crate) fn files(&self) -> [NodeFiles; 2] {
        let state = self.cucm.state();
        [0, 1].map(|at| {
            let node = state.node(&self.nodes[at]).unwrap();
            let served = paths().map(|path| (path.to_owned(), node.served[path].clone()));
            served.into()
        })
    }

    /// Whether each node serves what is on its disk.
    pub(crate) fn serves_its_disk(&self) -> bool {
        let state = self.cucm.state();
        self.nodes.iter().all(|name| {
            let node = state.node(name).unwrap();
            node.served == node.files
        })
    }

    /// The folder of everything that adrc keeps about pushes and deployments.
    pub(crate) fn records(&self) -> PathBuf {
        self.folder.path().join("records")
    }

    /// Does something that breaks at a request, and heals the cluster.
    pub(crate) fn run<T>(&self, broken: Option<&Broken>, work: impl Future<Output = T>) -> End<T> {
        self.cucm.clear_log();
        broken.inspect(|broken| broken.arm(&self.cucm));
        let killed = async {
            while !broken.is_some_and(Broken::is_kill) || !self.has_unanswered() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let end = adr_cucm_sync::block_on(async {
            tokio::select! {
                biased;
                result = work => End::Done(result),
                () = killed => End::Killed,
            }
        });
        self.heal();
        end.unwrap()
    }

    /// Whether a request got no answer that was not one of the live source.
    fn has_unanswered(&self) -> bool {
        let log = self.cucm.log();
        log.iter().any(|entry| entry.status.is_none() && entry.user.as_deref() != Some(LIVE_USER))
    }
}

fn apply(edit: &Edit, state: &mut State) {
    match edit {
        Edit::Put(kind, choice) => {
            let (name, (begins_with, digits, remove)) = (choice.name(), choice.numbers());
            // a person leaves the field empty
            let digits = if digits == 0 { String::new() } else { digits.to_string() };
            let change = |rule: &mut Rule| {
                begins_with.clone_into(&mut rule.begins_with);
                (rule.digits, rule.remove) = (digits.clone(), remove.to_string());
                rule.prefix = choice.prefix();
            };
            if !state.edit_rule(*kind, &name, change) {
                let mut rule = Rule { name, ..Rule::default() }.priority(2);
                change(&mut rule);
                state.add_rule(*kind, rule);
            }
        }
        Edit::Move(kind, at, to) => {
            if let Some(name) = name_at(state, *kind, *at) {
                state.edit_rule(*kind, &name, |rule| rule.priority = to.to_string());
            }
        }
        Edit::Remove(kind, at) => {
            if let Some(name) = name_at(state, *kind, *at) {
                state.remove_rule(*kind, &name);
            }
        }
        Edit::Clear(kind) => state.set_rules(*kind, Vec::new()),
        Edit::Flag(number) => {
            let pattern = Pattern::new(&format!("11{number}"), "PSTN").emergency();
            let uuid = pattern.uuid.clone();
            let place = state.route_patterns.iter().position(|it| it.uuid == uuid);
            let what = match place {
                Some(at) => {
                    state.route_patterns.remove(at);
                    Recorded::Remove
                }
                None => {
                    state.route_patterns.push(pattern);
                    Recorded::Add
                }
            };
            state.changes.record("RoutePattern", &uuid, what);
        }
    }
}

fn name_at(state: &State, kind: RuleKind, at: usize) -> Option<String> {
    let rules = state.rules(kind);
    rules.get(at % rules.len().max(1)).map(|rule| rule.name.clone())
}

/// Two addresses of this machine with the ports of CUCM free: other tests may run.
fn free_addresses() -> [Ipv4Addr; 2] {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let process = u8::try_from(std::process::id() % 192).unwrap_or(0);
    loop {
        let net = NEXT.fetch_add(1, Ordering::Relaxed);
        let addresses = [1, 2].map(|host| Ipv4Addr::new(127, 32 + process, net, host));
        let mut ports = addresses.iter().flat_map(|address| [(*address, 8443), (*address, 6970)]);
        if ports.all(|port| TcpListener::bind(port).is_ok()) {
            return addresses;
        }
    }
}

/// The user of the SOAP services, or that of OS Administration, with its password.
pub(crate) fn credentials(user: &str) -> Credentials {
    let password = Secret::new(format!("{user}-secret"));
    Credentials { user: user.to_owned(), password }
}
