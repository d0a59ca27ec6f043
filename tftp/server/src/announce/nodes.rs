//! The client cores of the other nodes of a cluster, beside those of this server.

use std::fmt::Debug;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use adr_protocol::{Clients, MAX_ROWS, NodeClients, NodeState, merged};

use super::announcer::Announcer;
use super::client_filter::{ClientFilter, Selectable};

/// Reads the client cores of other nodes one by one, when somebody asks for them.
pub trait ReadRows: Debug + Send + Sync {
    /// These reports with a row for each client core, as far as they can be read, and why rows may
    /// be missing: a phrase, empty if they are not. Blocks a few seconds at most.
    fn with_rows(&self, reports: &Arc<[NodeClients]>) -> (Arc<[NodeClients]>, String);
}

/// What a server knows about the other nodes that serve the same generations. The default is a
/// server that is alone.
#[derive(Clone, Debug, Default)]
pub struct OtherNodes {
    /// The name of this node.
    pub node: String,
    /// Its version of adrc.
    pub version: String,
    /// Whether answers name this node even if it knows no other one.
    pub is_cluster: bool,
    /// The last reports of the other nodes.
    pub reports: Arc<[NodeClients]>,
    /// Reads the rows that `reports` leave out; `None` if they leave none out.
    pub rows: Option<Arc<dyn ReadRows>>,
    /// Why reports may be missing or old, a phrase; empty if they are not.
    pub problem: String,
}

impl OtherNodes {
    /// Whether this server speaks for itself only, and misses nothing.
    fn is_alone(&self) -> bool {
        !self.is_cluster && self.reports.is_empty() && self.problem.is_empty()
    }

    /// The reports with the rows of client cores, and why some may be missing or old.
    fn read(&self) -> (Arc<[NodeClients]>, String) {
        let (reports, missing) = match &self.rows {
            Some(rows) => rows.with_rows(&self.reports),
            None => (Arc::clone(&self.reports), String::new()),
        };
        (reports, if self.problem.is_empty() { missing } else { self.problem.clone() })
    }
}

impl Announcer {
    /// Replaces what is known about the other nodes. Answers about client cores include theirs from
    /// now on.
    pub fn set_other_nodes(&self, others: OtherNodes) {
        *self.others.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(others);
    }

    /// What is known about the other nodes.
    #[must_use]
    pub fn other_nodes(&self) -> Arc<OtherNodes> {
        Arc::clone(&self.others.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the client cores of this server run, with a row for each of them.
    #[must_use]
    pub fn own_clients(&self) -> Clients {
        let (state, listeners) = (self.state(), self.listeners());
        self.table().summary_with_all(&state, listeners, Instant::now(), false)
    }

    /// The same for a report to the other nodes. Leaves out the rows of cores that have been
    /// disconnected for 15 minutes, and of those of nodes that are gone, which have reported them.
    #[must_use]
    pub fn reported_clients(&self) -> Clients {
        let (state, listeners) = (self.state(), self.listeners());
        self.table().summary_with_all(&state, listeners, Instant::now(), true)
    }

    /// A number that differs whenever this server has heard something of a client core.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.table().changes()
    }

    /// What the client cores of all nodes run, with a row for each of them; `None` if this server
    /// speaks only for itself. May block a few seconds, see [`ReadRows`].
    #[must_use]
    pub fn clients_of_nodes(&self) -> Option<Clients> {
        let others = self.other_nodes();
        if others.is_alone() {
            return None;
        }
        let own = NodeClients {
            node: others.node.clone(),
            state: NodeState::Up,
            age_seconds: 0,
            version: others.version.clone(),
            clients: self.own_clients(),
        };
        let (generation, sha256) = (own.clients.generation, own.clients.sha256.clone());
        let (reports, problem) = others.read();
        let nodes = std::iter::once(&own).chain(reports.iter());
        let mut clients = merged((generation, &sha256), nodes);
        if !problem.is_empty() {
            clients.nodes_problem = problem;
        }
        Some(clients)
    }

    /// Sums, and the rows that a filter selects: of all nodes, or else of this server.
    pub(super) fn answer(&self, filter: &ClientFilter) -> Clients {
        match self.clients_of_nodes() {
            Some(clients) => selected(clients, filter),
            None => self.clients_with_rows(filter),
        }
    }
}

/// The same with the rows that a filter selects, at most [`MAX_ROWS`].
fn selected(mut clients: Clients, filter: &ClientFilter) -> Clients {
    clients.rows.retain(|row| {
        let address = row.address.filter(|_| filter.needs_address());
        let address = address.map(|address| address.to_canonical().to_string());
        filter.selects(&Selectable {
            name: &row.client,
            address: address.as_deref(),
            state: row.state,
            has_refusal: row.refusal.is_some(),
        })
    });
    clients.matching = clients.rows.len();
    clients.rows.truncate(MAX_ROWS);
    clients
}

#[cfg(test)]
mod tests {
    use adr_protocol::{ClientRow, ClientState};

    use super::*;
    use crate::limits::AnnounceLimits;

    const HERE: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn other(state: NodeState, rows: Vec<ClientRow>) -> OtherNodes {
        let sha256 = "ab".to_owned();
        let clients = Clients { generation: 7, sha256, rows, ..Clients::default() };
        let (node, version) = ("tftp2".to_owned(), String::new());
        let report = NodeClients { node, state, age_seconds: 1, version, clients };
        OtherNodes {
            node: "tftp1".to_owned(),
            reports: Arc::new([report]),
            ..OtherNodes::default()
        }
    }

    fn row(client: &str) -> ClientRow {
        ClientRow {
            client: client.to_owned(),
            state: ClientState::Current,
            generation: 7,
            sha256: "ab".to_owned(),
            ..ClientRow::default()
        }
    }

    fn answer(announcer: &Announcer, query: &str) -> Clients {
        announcer.answer(&ClientFilter::parse(query).unwrap())
    }

    #[test]
    fn answer_has_the_cores_of_all_nodes_and_each_once() {
        let announcer = Announcer::new(AnnounceLimits::default());
        announcer.announce(7, "ab");
        let report = r#"{"client":"core-0001","generation":7,"sha256":"ab"}"#;
        announcer.accept_report(report.as_bytes(), HERE).unwrap();
        let alone = answer(&announcer, "");
        assert_eq!((alone.current, alone.nodes.len(), alone.rows[0].node.as_str()), (1, 0, ""));
        let rows = vec![row("core-0001"), row("core-0002")];
        announcer.set_other_nodes(other(NodeState::Up, rows.clone()));
        let both = answer(&announcer, "");
        assert_eq!((both.current, both.expected, both.nodes.len()), (2, 0, 2));
        assert_eq!(both.rows.iter().map(|row| &*row.node).collect::<Vec<_>>(), ["tftp1", "tftp2"]);
        assert_eq!(announcer.clients().current, 1, "metrics are those of this server");
        announcer.set_other_nodes(other(NodeState::Down, rows));
        let down = answer(&announcer, "state=expected");
        assert_eq!((down.current, down.expected, down.matching), (1, 1, 1));
        assert_eq!(down.rows[0].client, "core-0002");
        assert_eq!(down.nodes[1].state, NodeState::Down);
        let page = answer(&announcer, "after=core-0001&search=core");
        assert_eq!((page.matching, page.rows.len()), (1, 1));
    }

    #[test]
    fn answer_without_the_reports_of_others_says_so() {
        let announcer = Announcer::new(AnnounceLimits::default());
        let problem = "nats://nats1 does not answer".to_owned();
        announcer.set_other_nodes(OtherNodes { problem, ..OtherNodes::default() });
        let answer = answer(&announcer, "");
        assert_eq!(
            (answer.nodes.len(), &*answer.nodes_problem),
            (1, "nats://nats1 does not answer")
        );
    }
}
