//! Random nodes, partitions, lost answers, kills and edits: one sequence for all.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use adr_language::Artifacts;
use proptest::prelude::*;
use tempfile::TempDir;

use super::fixture::{artifacts, folder, generation, publisher};
use super::through::{assert_copy, node};
use crate::publication::Publication;
use crate::publication::memory::{Fault, MemoryPublication};
use crate::publish::disk::Disk;
use crate::publish::{Base, PublishError, Publisher, SourcesIdentity, kept_generations, seal};

const NODES: usize = 3;

/// Something that happens to a node.
#[derive(Clone, Debug)]
enum Step {
    /// The sources of the node get the next version, which nobody had before.
    Edit,
    /// The sources become those of another node.
    Replicate(usize),
    /// The node publishes, and is killed after some operations of its disk.
    Publish(Option<usize>),
    /// A person publishes at the node, and at another one before the first has ended.
    Overtaken(usize),
    /// The node follows the publication.
    Follow,
    /// A person rolls back.
    RollBack,
    /// A person decides that the sources of the node count.
    Compile,
    Cut,
    Restore,
    /// A later call goes wrong.
    Fault(usize, Fault),
}

fn step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![
        Just(Fault::Unreachable),
        Just(Fault::RequestLost),
        Just(Fault::AnswerLost),
        Just(Fault::Denied)
    ];
    prop_oneof![
        4 => Just(Step::Edit),
        4 => (0..NODES).prop_map(Step::Replicate),
        8 => Just(Step::Publish(None)),
        3 => (0usize..60).prop_map(|operations| Step::Publish(Some(operations))),
        3 => (0..NODES).prop_map(Step::Overtaken),
        3 => Just(Step::Follow),
        1 => Just(Step::RollBack),
        1 => Just(Step::Compile),
        1 => Just(Step::Cut),
        2 => Just(Step::Restore),
        2 => (0usize..4, fault).prop_map(|(calls, fault)| Step::Fault(calls, fault)),
    ]
}

/// Nodes with their folders and the versions of their sources.
struct World {
    folders: Vec<TempDir>,
    links: Vec<MemoryPublication>,
    /// The number of the sources of each node, which is what its rules prefix.
    versions: Vec<usize>,
    newest: usize,
    compiled: HashMap<usize, Artifacts>,
    /// The manifest of every generation that was ever current, by its number.
    sequence: BTreeMap<u64, Base>,
    /// The number that each node served last.
    served: Vec<u64>,
}

impl World {
    fn new() -> Self {
        let first = MemoryPublication::new().keeping(1_000);
        let mut links: Vec<_> = (1..NODES).map(|_| first.node()).collect();
        links.push(first);
        Self {
            folders: (0..NODES).map(|_| folder()).collect(),
            links,
            versions: vec![1; NODES],
            newest: 1,
            compiled: HashMap::new(),
            sequence: BTreeMap::new(),
            served: vec![0; NODES],
        }
    }

    /// The artifacts of a version of the sources.
    fn rules(&mut self, version: usize) -> Artifacts {
        self.compiled.entry(version).or_insert_with(|| artifacts(version, false)).clone()
    }

    fn take(&mut self, at: usize, step: &Step) {
        let rules = self.rules(self.versions[at]);
        let other_rules = self.rules(self.newest);
        let (folder, link) = (self.folders[at].path(), &self.links[at]);
        let sources = SourcesIdentity::new(&format!("node{at}"), &["/plan.adr".into()]);
        // what fails is tried again by a later step
        match step {
            Step::Edit => {
                self.newest += 1;
                self.versions[at] = self.newest;
            }
            Step::Replicate(from) => self.versions[at] = self.versions[*from],
            Step::Publish(operations) => {
                let disk = operations.map_or(Disk::new(), Disk::failing_after);
                let publisher = node(folder, link).honor_rollbacks().from_sources(sources);
                let result = publisher.on(&disk).publish(&rules, || Ok(()));
                assert!(!matches!(result, Err(PublishError::OtherSequence { .. })), "{result:?}");
            }
            Step::Overtaken(other) => {
                let is_first = Cell::new(*other != at);
                let overtake = || {
                    if is_first.replace(false) {
                        let (folder, link) = (self.folders[*other].path(), &self.links[*other]);
                        // a later second, so that the record differs
                        let publisher = Publisher::new(folder, "test", 1).through(link);
                        let _ = publisher.publish(&other_rules, || Ok(()));
                    }
                };
                let publisher = node(folder, link).announcing(&overtake);
                let _ = publisher.publish(&rules, || Ok(()));
            }
            Step::Follow => drop(node(folder, link).bring_up_to_date()),
            Step::RollBack => drop(node(folder, link).roll_back(None)),
            Step::Compile => {
                drop(node(folder, link).by_person(sources).publish(&rules, || Ok(())));
            }
            Step::Cut => link.cut(),
            Step::Restore => link.restore(),
            Step::Fault(calls, fault) => link.inject_after(*calls, *fault),
        }
        (0..NODES).for_each(|node| self.check(node));
    }

    /// One order for all, never back, and every folder is a part of the sequence.
    fn check(&mut self, at: usize) {
        let publication = self.links[0].node();
        if let Some(current) = publication.current().unwrap() {
            let known = self.sequence.entry(current.generation).or_insert_with(|| current.clone());
            assert_eq!(*known, current, "one number, two generations");
            let newest = self.sequence.last_key_value().unwrap().1;
            assert_eq!(*newest, current, "the sequence went back");
        }
        let folder = self.folders[at].path();
        let served = generation(folder);
        assert!(served >= self.served[at], "node {at} went back");
        self.served[at] = served;
        if let Some(base) = publisher(folder).base().unwrap() {
            assert_eq!(self.sequence.get(&base.generation), Some(&base), "node {at}");
        }
        if served > 0 {
            for kept in kept_generations(folder).unwrap().into_iter().filter(|it| *it <= served) {
                assert_eq!(seal(folder, kept).unwrap(), publication.fetch(kept).unwrap());
            }
        }
    }

    /// Faults end, and all nodes follow.
    fn settle(&mut self) {
        for at in 0..NODES {
            let link = self.links[at].node();
            self.links[at] = link;
            let result = node(self.folders[at].path(), &self.links[at]).bring_up_to_date();
            result.unwrap();
            self.check(at);
        }
        if self.links[0].current().unwrap().is_some() {
            for folder in &self.folders {
                assert_copy(folder.path(), &self.links[0]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn nodes_have_one_sequence_whatever_happens(
        steps in prop::collection::vec((0..NODES, step()), 1..40)
    ) {
        let mut world = World::new();
        for (at, step) in &steps {
            world.take(*at, step);
        }
        world.settle();
    }

    /// One node is edited, and the others get its versions late, in order, with restarts and
    /// without a ledger in between: what it published last stays current.
    #[test]
    fn old_sources_never_win(
        steps in prop::collection::vec((0..NODES, 0usize..6), 1..40)
    ) {
        let mut world = World::new();
        world.take(0, &Step::Publish(None));
        let mut published = 1;
        for (at, what) in steps {
            match (at, what) {
                (0, 0..3) => world.take(0, &Step::Edit),
                (0, _) => {
                    world.take(0, &Step::Publish(None));
                    published = world.versions[0];
                }
                // a version that was published, later than its own
                (_, 0..3) if world.versions[at] < published => world.versions[at] += 1,
                (_, 5) => {
                    let ledger = world.folders[at].path().join(".sources.json");
                    let _ = std::fs::remove_file(ledger);
                }
                _ => world.take(at, &Step::Publish(None)),
            }
            let current = world.links[0].current().unwrap().unwrap().generation;
            let sealed = world.links[0].fetch(current).unwrap();
            let expected = world.rules(published);
            let expected: Vec<&[u8]> =
                expected.files.iter().map(|(_, bytes)| bytes.as_slice()).collect();
            let found: Vec<&[u8]> = sealed.files().map(|(_, bytes)| bytes.as_slice()).collect();
            prop_assert_eq!(found, expected, "version {} is not current", published);
        }
    }
}
