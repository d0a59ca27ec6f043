//! The service and the files of TFTP nodes, a few nodes at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adr_bundle::sha256;
use adr_cucm::AnswerError;
use adr_cucm::service::{GetServiceStatus, ServiceInfo, ServiceStatus, TFTP_SERVICE};
use adr_cucm_client::{CallError, Cluster, FileServer, Node, SetupError};
use adr_doctor::cucm::{Access, Answer, Content, File, Node as SeenNode, Service};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::{LookLimits, OnLook, answer_of, content};
use crate::deploy::paths;

/// What is seen of a node.
#[derive(Default)]
pub(super) struct NodeLook {
    pub(super) node: SeenNode,
    pub(super) access: Vec<Access>,
    /// What clients make of its files, by their SHA-256.
    pub(super) contents: BTreeMap<String, Content>,
}

/// What all nodes have in common.
#[derive(Clone)]
struct Shared {
    cluster: Cluster,
    limits: LookLimits,
    /// The end of the whole look.
    deadline: Instant,
    login: Arc<Login>,
}

/// The login to ControlCenterServices. CUCM locks users, so a rejected one is not repeated on
/// further nodes.
struct Login {
    turns: Semaphore,
    is_rejected: AtomicBool,
}

/// How many nodes are asked for the state of services at the same time. Few, because all of them
/// may reject the user before the first answer is there.
const LOGINS_AT_ONCE: usize = 2;

/// Looks at nodes, in their order. Without `may_log_in` only files are asked for.
pub(super) async fn look_at(
    cluster: &Cluster,
    names: &[String],
    may_log_in: bool,
    (limits, deadline): (LookLimits, Instant),
    on_look: OnLook<'_>,
) -> Vec<NodeLook> {
    let turns = Semaphore::new(LOGINS_AT_ONCE);
    let login = Arc::new(Login { turns, is_rejected: AtomicBool::new(!may_log_in) });
    let shared = Shared { cluster: cluster.clone(), limits, deadline, login };
    let mut looks: Vec<Option<NodeLook>> = names.iter().map(|_| None).collect();
    let mut tasks = JoinSet::new();
    for (at, name) in names.iter().enumerate() {
        if tasks.len() >= limits.nodes_at_once.max(1) {
            keep(&mut looks, tasks.join_next().await);
        }
        if at >= limits.nodes || Instant::now() >= deadline {
            break;
        }
        on_look(name);
        let (shared, name) = (shared.clone(), name.clone());
        tasks.spawn(async move { (at, one(&shared, name, may_log_in).await) });
    }
    while let Some(done) = tasks.join_next().await {
        keep(&mut looks, Some(done));
    }
    let looked = looks.into_iter().zip(names).enumerate();
    let complete = looked.map(|(at, (look, name))| {
        let why = match at >= limits.nodes {
            true => format!("the doctor looks at {} nodes at most", limits.nodes),
            false => limits.over(),
        };
        look.unwrap_or_else(|| not_asked(name, why))
    });
    complete.collect()
}

/// Keeps the look of a task that ended.
fn keep(
    looks: &mut [Option<NodeLook>],
    done: Option<Result<(usize, NodeLook), tokio::task::JoinError>>,
) {
    if let Some(Ok((at, look))) = done {
        looks[at] = Some(look);
    }
}

/// A node that is not looked at.
fn not_asked(name: &str, why: String) -> NodeLook {
    let node = SeenNode { name: name.to_owned(), ..SeenNode::default() };
    let what = format!("state and files of Cisco Tftp on `{name}`");
    let access = Access { service: Service::Files, what, answer: Answer::NotAsked(why) };
    NodeLook { node, access: vec![access], contents: BTreeMap::new() }
}

/// Looks at one node.
async fn one(shared: &Shared, name: String, may_log_in: bool) -> NodeLook {
    let mut look = NodeLook {
        node: SeenNode { name: name.clone(), ..SeenNode::default() },
        ..NodeLook::default()
    };
    let Ok(node) = Node::new(&name) else {
        look.node.files = Some(Err("its name is not that of a host".to_owned()));
        return look;
    };
    if may_log_in {
        let what = format!("the state of Cisco Tftp on `{name}`");
        let (answer, info) = state(shared, &node).await;
        look.access.push(Access { service: Service::ControlCenter, what, answer });
        if let Some(info) = info {
            look.node.state = Some(word(&info.status).to_owned());
            look.node.reason = info.reason;
        }
    }
    if look.node.state.as_deref() == Some(word(&ServiceStatus::Stopped)) {
        return look;
    }
    let end = shared.end();
    let result = match timeout_at(end, files(&shared.cluster, &node, &mut look.contents)).await {
        Ok(files) => files.map_err(|error| error.to_string()),
        Err(_) if end == shared.deadline => {
            let what = format!("the files on `{name}`");
            let answer = Answer::NotAsked(shared.limits.over());
            look.access.push(Access { service: Service::Files, what, answer });
            return look;
        }
        Err(_) => Err(shared.limits.silent()),
    };
    look.node.files = Some(result);
    look
}

impl Shared {
    /// The end of a question that begins now.
    fn end(&self) -> Instant {
        (Instant::now() + self.limits.question).min(self.deadline)
    }
}

/// Asks a node for the state of Cisco Tftp, unless the login was rejected before.
async fn state(shared: &Shared, node: &Node) -> (Answer, Option<ServiceInfo>) {
    let turn = timeout_at(shared.deadline, shared.login.turns.acquire()).await;
    if turn.is_err() {
        return (Answer::NotAsked(shared.limits.over()), None);
    }
    if shared.login.is_rejected.load(Ordering::Relaxed) {
        let why = "another node rejected the same user, and CUCM locks users".to_owned();
        return (Answer::NotAsked(why), None);
    }
    let end = shared.end();
    match timeout_at(end, service(&shared.cluster, node)).await {
        Ok(Ok(info)) => (Answer::Granted, Some(info)),
        Ok(Err(LookError::Call(error))) => {
            let answer = answer_of(Some(&error));
            let is_rejected = answer == Answer::Unauthorized;
            shared.login.is_rejected.fetch_or(is_rejected, Ordering::Relaxed);
            (answer, None)
        }
        Ok(Err(error @ LookError::Setup(_))) => (Answer::Failed(error.to_string()), None),
        Err(_) if end == shared.deadline => (Answer::NotAsked(shared.limits.over()), None),
        Err(_) => (Answer::Failed(shared.limits.silent()), None),
    }
}

/// Why a node could not be looked at.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// The state of Cisco Tftp on a node.
async fn service(cluster: &Cluster, node: &Node) -> Result<ServiceInfo, LookError> {
    let session = cluster.session_with(node)?;
    let question = GetServiceStatus { services: vec![TFTP_SERVICE.to_owned()] };
    let list = session.call_service(&question).await?;
    let info = list.get(TFTP_SERVICE).cloned();
    info.ok_or(LookError::Call(AnswerError::Missing { element: "ServiceInfoList" }.into()))
}

fn word(status: &ServiceStatus) -> &str {
    match status {
        ServiceStatus::Started => "Started",
        ServiceStatus::Stopped => "Stopped",
        ServiceStatus::Starting => "Starting",
        ServiceStatus::Stopping => "Stopping",
        ServiceStatus::Other(word) => word,
    }
}

/// The files of a node; adds what clients make of them to `contents`.
async fn files(
    cluster: &Cluster,
    node: &Node,
    contents: &mut BTreeMap<String, Content>,
) -> Result<Vec<File>, LookError> {
    let server = FileServer::new(node, cluster.limits)?;
    let mut files = Vec::new();
    for path in paths() {
        let bytes = server.fetch(path).await?;
        let hash = bytes.map(|bytes| {
            let hash = sha256(&bytes);
            contents.entry(hash.clone()).or_insert_with(|| content(&bytes));
            hash
        });
        files.push(File { path: path.to_owned(), sha256: hash });
    }
    Ok(files)
}
