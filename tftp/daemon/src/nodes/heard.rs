//! Which nodes report, by the clock of this one: other clocks may differ.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use adr_protocol::{NodeClients, NodeState};
use adr_watcher::publication::NodeReport;

/// Most nodes that are remembered.
const MAX_NODES: usize = 1_000;

/// The reports of all nodes, and when each was heard of.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    nodes: HashMap<String, Last>,
    /// When the reports were read last.
    read: Option<Instant>,
    /// Whether they could not be read since.
    has_failed: bool,
}

/// The last report of a node.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// Its time by the clock of the node.
    reported: u64,
    /// When this value was read for the first time.
    since: Instant,
    /// How old the report was then.
    age: Duration,
    /// Whether the node was given time to report again after reads had failed.
    has_grace: bool,
}

impl Heard {
    /// The reports that were read now, at `unix` seconds since 1970, as the cores of nodes.
    ///
    /// A report that replaces another one has just been made, whatever its clock says. Only of the
    /// first report of a node, the clocks tell the age: a node that is up soon makes another one.
    ///
    /// Nodes that were up before reads failed have to report again from now on: they could not
    /// either. If reads fail again before that, only the time of the failures does not count.
    pub(crate) fn read(
        &mut self,
        reports: Vec<NodeReport>,
        now: Instant,
        unix: u64,
    ) -> Vec<NodeClients> {
        let known = std::mem::take(&mut self.nodes);
        let before = self.read.replace(now).filter(|_| std::mem::take(&mut self.has_failed));
        let mut nodes = Vec::new();
        for report in reports.into_iter().take(MAX_NODES) {
            let last = match known.get(&report.node) {
                Some(last) if last.reported == report.reported => match before {
                    Some(before) => last.after_failures(before, now),
                    None => *last,
                },
                Some(_) => Last::new(report.reported, now, Duration::ZERO),
                None => {
                    let age = Duration::from_secs(unix.saturating_sub(report.reported));
                    Last::new(report.reported, now, age)
                }
            };
            self.nodes.insert(report.node.clone(), last);
            nodes.push(node(report, last, now));
        }
        nodes
    }

    /// Notes that the reports cannot be read.
    pub(crate) fn failed(&mut self) {
        self.has_failed = true;
    }
}

impl Last {
    fn new(reported: u64, since: Instant, age: Duration) -> Self {
        Self { reported, since, age, has_grace: false }
    }

    /// The same report after reads failed that last succeeded at `before`.
    fn after_failures(self, before: Instant, now: Instant) -> Self {
        let age = self.age(before);
        match age < NodeReport::DOWN_AFTER {
            false => self,
            true if self.has_grace => Self { since: now, age, ..self },
            true => Self { since: now, age: Duration::ZERO, has_grace: true, ..self },
        }
    }

    /// How old the report is.
    fn age(&self, now: Instant) -> Duration {
        self.age.saturating_add(now.saturating_duration_since(self.since))
    }
}

fn node(report: NodeReport, last: Last, now: Instant) -> NodeClients {
    let age = last.age(now);
    let state = match () {
        () if report.has_ended => NodeState::Ended,
        () if age >= NodeReport::DOWN_AFTER => NodeState::Down,
        () => NodeState::Up,
    };
    NodeClients {
        node: report.node,
        state,
        age_seconds: age.as_secs(),
        version: report.tool,
        clients: report.clients,
    }
}

#[cfg(test)]
mod tests {
    use adr_protocol::Clients;

    use super::*;

    fn report(reported: u64, has_ended: bool) -> NodeReport {
        NodeReport {
            format_version: NodeReport::FORMAT_VERSION,
            node: "tftp2".to_owned(),
            tool: String::new(),
            reported,
            has_ended,
            clients: Clients::default(),
        }
    }

    #[test]
    fn node_is_up_while_its_reports_change_whatever_its_clock_says() {
        let began = Instant::now();
        for clock in [0, 1_000, 5_000] {
            let mut heard = Heard::default();
            let mut read = |reported: u64, seconds: u64| {
                let reports = vec![report(clock + reported, false)];
                let now = began + Duration::from_secs(seconds);
                let nodes = heard.read(reports, now, 1_000 + seconds);
                (nodes[0].state, nodes[0].age_seconds)
            };
            let first = read(0, 0);
            let is_old = clock == 0;
            assert_eq!(first.0, if is_old { NodeState::Down } else { NodeState::Up }, "{clock}");
            assert_eq!(read(5, 5), (NodeState::Up, 0));
            assert_eq!(read(5, 19), (NodeState::Up, 14));
            assert_eq!(read(5, 20), (NodeState::Down, 15));
            assert_eq!(read(4, 21), (NodeState::Up, 0), "a clock that was set back");
        }
    }

    #[test]
    fn nodes_are_not_down_after_an_outage_of_the_broker() {
        let (mut heard, began) = (Heard::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut state = |seconds| heard.read(vec![report(100, false)], at(seconds), 100)[0].state;
        assert_eq!(state(0), NodeState::Up);
        heard.failed();
        let mut state = |seconds| heard.read(vec![report(100, false)], at(seconds), 100)[0].state;
        assert_eq!([state(100), state(114)], [NodeState::Up; 2]);
        assert_eq!(state(115), NodeState::Down);
        heard.failed();
        let node = &heard.read(vec![report(100, false)], at(200), 100)[0];
        assert_eq!(node.state, NodeState::Down, "it was down before");
    }

    /// A node dies while some reads fail.
    #[test]
    fn dead_node_is_down_although_reads_fail_now_and_then() {
        let (mut heard, began) = (Heard::default(), Instant::now());
        let mut down_after = None;
        for seconds in (0..120).step_by(5) {
            if seconds % 15 == 10 {
                heard.failed();
                continue;
            }
            let at = began + Duration::from_secs(seconds);
            let state = heard.read(vec![report(100, false)], at, 100)[0].state;
            match down_after {
                None if state == NodeState::Down => down_after = Some(seconds),
                None => {}
                Some(_) => assert_eq!(state, NodeState::Down),
            }
        }
        assert!(down_after.is_some_and(|seconds| seconds <= 60), "{down_after:?}");
    }

    #[test]
    fn node_that_ended_stays_so_until_it_reports_again() {
        let (mut heard, began) = (Heard::default(), Instant::now());
        let mut state =
            |it, seconds| heard.read(vec![it], began + Duration::from_secs(seconds), 100)[0].state;
        assert_eq!(state(report(100, true), 0), NodeState::Ended);
        assert_eq!(state(report(100, true), 60), NodeState::Ended);
        assert_eq!(state(report(101, false), 61), NodeState::Up);
    }
}
