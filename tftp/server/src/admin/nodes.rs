//! Metrics about a cluster of which this server is a node.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use adr_protocol::NodeState;

/// Whether the cluster answers, what is current there, and how far this node is. Clones share their
/// values.
///
/// ```
/// use adr_server::{NodesMetrics, Registry};
///
/// let nodes = NodesMetrics::default();
/// nodes.register(&mut Registry::default());
/// nodes.set_up(true);
/// nodes.set_generations(8, 7);
/// assert_eq!(nodes.lag(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct NodesMetrics {
    up: Gauge,
    generation: Gauge,
    lag: Gauge,
    nodes: Family<StateLabel, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

impl NodesMetrics {
    /// Adds the metrics `adrc_cluster_up`, `adrc_cluster_generation`, `adrc_cluster_lag` and
    /// `adrc_cluster_nodes` to a registry. All are 0 before the first answer.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Whether the cluster answered the last question";
        registry.register("adrc_cluster_up", help, self.up.clone());
        let help = "The generation that is current in the cluster, according to its last answer";
        registry.register("adrc_cluster_generation", help, self.generation.clone());
        let help = "How many generations this node serves behind that of the cluster";
        registry.register("adrc_cluster_lag", help, self.lag.clone());
        let help = "Nodes of the cluster, by whether they report";
        registry.register("adrc_cluster_nodes", help, self.nodes.clone());
        self.set_nodes(&[]);
    }

    /// Whether the cluster answers.
    pub fn set_up(&self, is_up: bool) {
        self.up.set(i64::from(is_up));
    }

    /// The generation that is current in the cluster, and the one that this node serves.
    pub fn set_generations(&self, current: u64, served: u64) {
        let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.generation.set(gauge(current));
        self.lag.set(gauge(current.saturating_sub(served)));
    }

    /// The states of all nodes.
    pub fn set_nodes(&self, states: &[NodeState]) {
        for state in NodeState::ALL {
            let count = states.iter().filter(|it| **it == state).count();
            let label = StateLabel { state: state.word() };
            self.nodes.get_or_create(&label).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// How many generations this node serves behind that of the cluster.
    #[must_use]
    pub fn lag(&self) -> i64 {
        self.lag.get()
    }
}
