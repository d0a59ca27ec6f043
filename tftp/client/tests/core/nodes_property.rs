//! Random nodes under the decisions of a core without I/O: they lag, restart, are silent, and have
//! the same rules under other numbers. Whatever they do, a core never goes back to older rules, and
//! as soon as one node has newer ones, the core runs them.

use std::time::Duration;

use adr_client::agenda::{Action, Agenda, Pace, RoundEnd};
use adr_client::schedule::Rng;
use adr_client::verify::{Identity, Relation, relation};
use adr_protocol::State;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const PACE: Pace = Pace {
    retry_delay: Duration::from_secs(5),
    min_gap: SECOND,
    check_interval: Duration::from_secs(600),
};

/// Which rules a node has: the place in the history of the dial plan.
type Content = u64;

/// A generation as a node numbers it, and its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Generation {
    identity: Identity,
    content: Content,
}

impl Generation {
    fn new(number: u64, content: Content, node: usize) -> Self {
        // each node writes manifests of its own
        let sha256 = format!("{node}-{number}-{content}");
        Self { identity: Identity { generation: number, sha256 }, content }
    }

    fn state(&self) -> State {
        let Identity { generation, sha256 } = self.identity.clone();
        State { generation, sha256, window: 0 }
    }
}

#[derive(Clone, Debug)]
struct Node {
    current: Generation,
    is_silent: bool,
}

/// What happens to the nodes.
#[derive(Clone, Debug)]
enum Happening {
    /// The dial plan changes, and a node has the change. The others lag.
    Changed {
        node: usize,
    },
    /// A node gets what another one has.
    CaughtUp {
        node: usize,
        from: usize,
    },
    /// A node restarts, and has its rules under another number, below that of the next change.
    Renumbered {
        node: usize,
        number: u64,
    },
    /// A node stops to answer, or answers again.
    Silent {
        node: usize,
        is_silent: bool,
    },
    /// The core follows another node, which announces what it has.
    Followed {
        node: usize,
    },
    Passes(Duration),
}

const NODES: usize = 3;

/// The numbers of two changes are this far apart.
const STEP: u64 = 10;

fn happening() -> impl Strategy<Value = Happening> {
    let node = 0..NODES;
    prop_oneof![
        3 => node.clone().prop_map(|node| Happening::Changed { node }),
        3 => (node.clone(), node.clone())
            .prop_map(|(node, from)| Happening::CaughtUp { node, from }),
        2 => (node.clone(), 0..STEP)
            .prop_map(|(node, number)| Happening::Renumbered { node, number }),
        2 => (node.clone(), any::<bool>())
            .prop_map(|(node, is_silent)| Happening::Silent { node, is_silent }),
        3 => node.prop_map(|node| Happening::Followed { node }),
        4 => (0..700_u64).prop_map(|seconds| Happening::Passes(Duration::from_secs(seconds))),
    ]
}

struct World {
    agenda: Agenda<()>,
    rng: Rng,
    now: Duration,
    nodes: [Node; NODES],
    followed: usize,
    running: Generation,
    /// The latest rules, and the greatest number that the dial plan has had.
    latest: Generation,
    round_ends: Option<Duration>,
}

impl World {
    fn new(seed: u64) -> Self {
        let nodes = std::array::from_fn(|node| Node {
            current: Generation::new(STEP, 1, node),
            is_silent: false,
        });
        let first = Generation::new(STEP, 1, 0);
        Self {
            agenda: Agenda::new("core-00000001".to_owned(), PACE, Some(STEP)),
            rng: Rng::new(seed),
            now: Duration::ZERO,
            nodes,
            followed: 0,
            running: first.clone(),
            latest: first,
            round_ends: None,
        }
    }

    fn happen(&mut self, happening: &Happening) {
        match *happening {
            Happening::Changed { node } => {
                let content = self.latest.content + 1;
                let next = Generation::new(STEP * content, content, node);
                self.latest = next.clone();
                self.nodes[node].current = next;
                self.announce(node);
            }
            Happening::CaughtUp { node, from } => {
                self.nodes[node].current = self.nodes[from].current.clone();
                self.announce(node);
            }
            Happening::Renumbered { node, number } => {
                let content = self.nodes[node].current.content;
                self.nodes[node].current = Generation::new(STEP * content + number, content, node);
                self.announce(node);
            }
            Happening::Silent { node, is_silent } => self.nodes[node].is_silent = is_silent,
            Happening::Followed { node } => {
                self.followed = node;
                self.agenda.request(false);
                self.announce(node);
            }
            Happening::Passes(passed) => self.run_until(self.now + passed),
        }
    }

    /// The followed node announces what it has.
    fn announce(&mut self, node: usize) {
        if node == self.followed && !self.nodes[node].is_silent {
            let state = self.nodes[node].current.state();
            self.agenda.announced(self.now, state, None);
        }
    }

    fn run_until(&mut self, end: Duration) {
        loop {
            while let Some(action) = self.agenda.next(self.now) {
                match action {
                    Action::Judge(..) => self.agenda.judged(self.now, false),
                    Action::Save => self.agenda.saved(self.now, true, &mut self.rng),
                    Action::Round(_) => self.round_ends = Some(self.now + SECOND / 10),
                }
            }
            let due = self.agenda.due().into_iter().chain(self.round_ends).min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            if self.round_ends.is_some_and(|ends| ends <= self.now) {
                self.round_ends = None;
                self.end_round();
            }
        }
        self.now = end;
    }

    /// Asks the followed node, then the others.
    fn end_round(&mut self) {
        let mut end = RoundEnd::Rejected;
        for place in 0..NODES {
            let node = &self.nodes[(self.followed + place) % NODES];
            if node.is_silent {
                continue;
            }
            let offered = node.current.clone();
            let has_same_content = || offered.content == self.running.content;
            match relation(&offered.identity, &self.running.identity, has_same_content) {
                Relation::Newer => {
                    self.agenda.now_running(self.now, offered.identity.generation);
                    self.running = offered;
                    end = RoundEnd::Accepted;
                    break;
                }
                Relation::Same | Relation::SameRules => {
                    end = RoundEnd::Unchanged;
                    break;
                }
                Relation::Older | Relation::Conflict => end = RoundEnd::Behind,
            }
        }
        self.agenda.finished(self.now, end, &mut self.rng);
    }

    fn has_latest(&self, node: usize) -> bool {
        !self.nodes[node].is_silent && self.nodes[node].current.content == self.latest.content
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn core_never_goes_back(
        happenings in prop::collection::vec(happening(), 0..80),
        seed: u64,
    ) {
        let mut world = World::new(seed);
        for happening in &happenings {
            let before = world.running.clone();
            world.happen(happening);
            let after = &world.running;
            prop_assert!(after.content >= before.content, "{before:?} became {after:?}");
            prop_assert!(after.identity.generation >= before.identity.generation);
        }
    }

    /// The followed node is behind, one is behind or silent, and one has the latest rules. Nothing
    /// is announced: the round goes on to that one.
    #[test]
    fn core_is_not_stuck_while_a_node_has_newer_rules(
        happenings in prop::collection::vec(happening(), 0..60),
        node in 0..NODES,
        is_third_silent: bool,
        seed: u64,
    ) {
        let mut world = World::new(seed);
        for happening in &happenings {
            world.happen(happening);
        }
        // no round is left that began before
        world.run_until(world.now + SECOND);
        let older = world.running.content - 1;
        for (other, is_silent) in [(1, false), (2, is_third_silent)] {
            let other = (node + other) % NODES;
            world.nodes[other] =
                Node { current: Generation::new(STEP * older, older, other), is_silent };
        }
        world.nodes[node] = Node { current: world.latest.clone(), is_silent: false };
        world.followed = (node + 1) % NODES;
        world.agenda.request(false);
        world.run_until(world.now + 5 * SECOND);
        prop_assert!(world.has_latest(node));
        prop_assert_eq!(world.running.content, world.latest.content);
    }

    /// Only one node is left, and it is behind. The core asks it again, and runs the latest rules
    /// soon after the node has them: without an announcement, and before the regular check.
    #[test]
    fn node_that_is_behind_is_asked_again(lag in 1..40_u32, seed: u64) {
        let mut world = World::new(seed);
        world.happen(&Happening::Changed { node: 0 });
        world.run_until(10 * SECOND);
        prop_assert_eq!(world.running.content, 2);
        world.nodes[0].is_silent = true;
        world.nodes[2].is_silent = true;
        world.happen(&Happening::Followed { node: 1 });
        world.run_until(world.now + lag * SECOND);
        world.nodes[1].current = Generation::new(3 * STEP, 3, 1);
        // each delay is at most twice the one before, times a factor between 0.5 and 1.5
        world.run_until(world.now + (6 * lag + 20) * SECOND);
        prop_assert_eq!(world.running.content, 3);
    }
}
