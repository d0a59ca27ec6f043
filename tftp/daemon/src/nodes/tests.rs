//! Tests of nodes that publish through a publication in memory and follow it.

use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use adr_language::Levels;
use adr_server::{Generation, Part};
use adr_watcher::publication::memory::MemoryPublication;
use adr_watcher::publish::Base;
use adr_watcher::supervisor::{Cause, JobError, Origin};
use adr_watcher::watch::Timing;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::follow::{self, NodesEvent};
use super::member::Member;
use super::*;
use crate::driver::{Driver, Handler};
use crate::event::Event;
use crate::generation_source::{GenerationSource, JobEnd};
use crate::{Error, Publishing, Source};

mod held;
mod obstacles;

/// How long a test waits for a node.
const PATIENCE: Duration = Duration::from_secs(120);

/// A daemon that is a node.
struct Node {
    sandbox: TempDir,
    link: Arc<MemoryPublication>,
    member: Member,
    events: mpsc::Sender<Event>,
    seen: Receiver<Seen>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What a node did.
#[allow(dead_code, reason = "shown when a test fails")]
#[derive(Debug)]
enum Seen {
    /// The generation that it serves from now on.
    Serves(u64),
    /// The rules were not published.
    NotPublished(String),
    /// A job failed.
    Failed(String),
    Nodes(NodesEvent),
}

struct Recorder {
    seen: Sender<Seen>,
    generation: u64,
}

impl Handler for Recorder {
    fn kept(&mut self, generation: Option<Generation>) -> Result<(), Error> {
        if let Some(generation) = generation {
            self.generation = generation.tree().generation();
            let _ = self.seen.send(Seen::Serves(self.generation));
        }
        Ok(())
    }

    fn finished(&mut self, mut end: JobEnd) -> Result<bool, Error> {
        if let Some(generation) = end.generation() {
            self.generation = generation.tree().generation();
            let _ = self.seen.send(Seen::Serves(self.generation));
        }
        let seen = match end {
            JobEnd::NotPublished { error, .. } => Seen::NotPublished(error.to_string()),
            JobEnd::Failed { error, .. } => Seen::Failed(error.to_string()),
            _ => return Ok(true),
        };
        let _ = self.seen.send(seen);
        Ok(true)
    }

    fn completed(&mut self, _: Cause, _: &Result<(), JobError>, _: bool) {}

    fn nodes(&mut self, event: &NodesEvent) {
        let _ = self.seen.send(Seen::Nodes(event.clone()));
    }

    fn polling_only(&mut self, _: &str, _: &str) {}

    fn restarted(&mut self, part: Part) {
        let _ = self.seen.send(Seen::Failed(format!("{part:?} panicked")));
    }

    fn generation(&self) -> u64 {
        self.generation
    }
}

fn plan(prefix: u8) -> String {
    format!("application {{ rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }} }}\n")
}

impl Node {
    /// A node with rules of its own, or without.
    fn start(cluster: &MemoryPublication, name: &str, prefix: Option<u8>) -> Self {
        Self::start_linked(Arc::new(cluster.node()), name, prefix)
    }

    fn start_linked(link: Arc<MemoryPublication>, name: &str, prefix: Option<u8>) -> Self {
        let publication: Arc<dyn Publication> = Arc::<MemoryPublication>::clone(&link);
        Self::start_in(tempfile::tempdir().unwrap(), publication, link, name, prefix)
    }

    /// A node whose folder is in this sandbox.
    fn start_in(
        sandbox: TempDir,
        publication: Arc<dyn Publication>,
        link: Arc<MemoryPublication>,
        name: &str,
        prefix: Option<u8>,
    ) -> Self {
        let (folder, rules) = (sandbox.path().join("published"), sandbox.path().join("plan.adr"));
        let source = match prefix {
            Some(prefix) => {
                fs::write(&rules, plan(prefix)).unwrap();
                let paths = vec![rules.display().to_string()];
                Source::Rules { paths, publish: Some(folder), cluster: None }
            }
            None => Source::Published(folder),
        };
        let host = name.to_owned();
        let publishing =
            Publishing { keep: 5, signing: None, host, user: None, version: "test", now: || 0 };
        let member = Member::new(Nodes { publication, key: None, node: name.to_owned() });
        let built = (source, Levels::default(), publishing);
        let source = GenerationSource::new(built, Some(member.clone()), true, Box::new(|_| ()));
        let (seen, receiver) = channel();
        let (events, of_events) = channel();
        let of_thread = member.clone();
        let thread = std::thread::spawn(move || run(source, of_thread, seen, &events));
        let events = of_events.recv_timeout(PATIENCE).unwrap();
        Self { sandbox, link, member, events, seen: receiver, thread: Some(thread) }
    }

    /// Saves other rules.
    fn save(&self, prefix: u8) {
        let (path, aside) = (self.sandbox.path().join("plan.adr"), self.sandbox.path().join("new"));
        fs::write(&aside, plan(prefix)).unwrap();
        fs::rename(aside, path).unwrap();
    }

    /// Waits until the node did something.
    #[track_caller]
    fn wait(&self, what: &str, is_it: impl Fn(&Seen) -> bool) {
        let (end, mut seen) = (Instant::now() + PATIENCE, Vec::new());
        while let Ok(it) = self.seen.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if is_it(&it) {
                return;
            }
            seen.push(it);
        }
        panic!("{what} does not happen, but {seen:?}");
    }

    #[track_caller]
    fn wait_for(&self, generation: u64) {
        let is_it = |seen: &Seen| matches!(seen, Seen::Serves(it) if *it == generation);
        self.wait(&format!("generation {generation}"), is_it);
    }

    /// What is published in the folder of the node.
    fn base(&self) -> Option<Base> {
        let folder = self.sandbox.path().join("published");
        adr_watcher::publish::Publisher::new(&folder, "", 0).base().unwrap()
    }
}

impl Node {
    fn stop(&mut self) {
        let _ = self.events.blocking_send(Event::Stop);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking());
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a node until an event ends it.
fn run(
    source: GenerationSource,
    member: Member,
    seen: Sender<Seen>,
    events: &Sender<mpsc::Sender<Event>>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let timing = Timing { poll_interval: Duration::from_millis(100), ..Timing::default() };
        let origin = match source.source() {
            Source::Published(_) => Origin::PublishedFolder,
            Source::Rules { .. } => Origin::WatchedSources,
        };
        let mut driver = Driver::start(origin, None, Some(timing), source).unwrap();
        follow::start(member, driver.sender().clone()).unwrap();
        events.send(driver.sender().clone()).unwrap();
        driver.run(&mut Recorder { seen, generation: 0 }).await.unwrap();
    });
    runtime.shutdown_background();
}

fn is_silent(seen: &Seen) -> bool {
    matches!(seen, Seen::Nodes(NodesEvent::Silent(_)))
}

#[test]
fn node_without_rules_follows_and_so_does_a_publisher() {
    let cluster = MemoryPublication::new();
    let follower = Node::start(&cluster, "follower", None);
    follower.wait("an empty cluster", |it| matches!(it, Seen::NotPublished(_)));
    let publisher = Node::start(&cluster, "publisher", Some(9));
    publisher.wait_for(1);
    follower.wait_for(1);
    publisher.save(6);
    publisher.wait_for(2);
    follower.wait_for(2);
    assert_eq!(follower.base(), cluster.current().unwrap());
    assert_eq!(publisher.base(), follower.base());
}

#[test]
fn publisher_with_other_rules_does_not_win_until_a_person_decides() {
    let cluster = MemoryPublication::new();
    let first = Node::start(&cluster, "first", Some(9));
    first.wait_for(1);
    let second = Node::start(&cluster, "second", Some(6));
    second.wait_for(1);
    second.wait("a conflict", |it| matches!(it, Seen::NotPublished(_)));
    // its rules become those of the cluster: it is in step from then on
    second.save(9);
    second.wait_for(1);
    second.save(5);
    second.wait_for(2);
    first.wait_for(2);
    // the first one has the rules of generation 1 still, and reads them again
    first.events.blocking_send(Event::Reload(Cause::Signal, None)).unwrap();
    first.wait("old rules", |it| matches!(it, Seen::NotPublished(_)));
    assert_eq!(cluster.current().unwrap().unwrap().generation, 2);
}

#[test]
fn node_serves_its_folder_without_the_cluster_and_catches_up() {
    let cluster = MemoryPublication::new();
    let other = Node::start(&cluster, "other", Some(9));
    other.wait_for(1);
    let link = Arc::new(cluster.node());
    let node = Node::start_linked(Arc::clone(&link), "node", None);
    node.wait_for(1);
    link.cut();
    node.wait("silence", is_silent);
    other.save(6);
    other.wait_for(2);
    assert_eq!(node.base().unwrap().generation, 1, "it keeps what it has");
    link.restore();
    node.wait_for(2);
}

#[test]
fn node_that_starts_without_the_cluster_waits_for_it() {
    let cluster = MemoryPublication::new();
    let link = Arc::new(cluster.node());
    link.cut();
    let node = Node::start_linked(Arc::clone(&link), "node", Some(9));
    node.wait("rules that wait", |it| matches!(it, Seen::NotPublished(_)));
    node.wait("silence", is_silent);
    link.restore();
    node.wait_for(1);
    assert_eq!(node.base(), cluster.current().unwrap());
}

#[test]
fn rules_that_are_saved_during_an_outage_are_published_after_it() {
    let cluster = MemoryPublication::new();
    let link = Arc::new(cluster.node());
    let node = Node::start_linked(Arc::clone(&link), "node", Some(9));
    node.wait_for(1);
    link.cut();
    node.wait("silence", is_silent);
    node.save(6);
    node.wait("rules that wait", |it| matches!(it, Seen::NotPublished(_)));
    assert!(node.base().is_some_and(|base| base.generation == 1));
    node.link.restore();
    node.wait_for(2);
    assert_eq!(cluster.current().unwrap().unwrap().generation, 2);
}

/// A restart does not wait for a cluster that does not even refuse a connection.
#[test]
fn node_serves_its_folder_while_the_cluster_hangs() {
    let cluster = MemoryPublication::new();
    for prefix in [None, Some(6)] {
        let mut before = Node::start(&cluster, "node", Some(9));
        before.wait_for(1);
        before.stop();
        let sandbox = tempfile::tempdir().unwrap();
        let published = "published";
        fs::rename(before.sandbox.path().join(published), sandbox.path().join(published)).unwrap();
        let held = Arc::new(held::Held::new(cluster.node()));
        let publication: Arc<dyn Publication> = Arc::<held::Held>::clone(&held);
        let link = Arc::new(cluster.node());
        let node = Node::start_in(sandbox, publication, link, "node", prefix);
        node.wait_for(1);
        held.release();
        node.wait("an answer", |it| matches!(it, Seen::Nodes(NodesEvent::Answered(1))));
    }
}

/// What is damaged in the cluster never reaches the folder, and the next generation does.
#[test]
fn damaged_generation_is_not_installed() {
    let cluster = MemoryPublication::new();
    let publisher = Node::start(&cluster, "publisher", Some(9));
    publisher.wait_for(1);
    let follower = Node::start(&cluster, "follower", None);
    follower.wait_for(1);
    let bad = Base { generation: 2, sha256: "ab".repeat(32) };
    cluster.replace_document(2, Some(cluster.document(1).unwrap()));
    cluster.replace_current(Some(bad));
    follower.wait("a refusal", |it| matches!(it, Seen::Nodes(NodesEvent::NotInstalled(_))));
    assert_eq!(follower.base().unwrap().generation, 1);
}

/// A shared drive that is not mounted looks like an empty cluster for a while.
#[test]
fn rules_that_are_saved_while_the_cluster_seems_empty_are_published_later() {
    let cluster = MemoryPublication::new();
    let node = Node::start(&cluster, "node", Some(9));
    node.wait_for(1);
    let current = cluster.current().unwrap();
    cluster.replace_current(None);
    node.wait("a refusal", |it| matches!(it, Seen::Nodes(NodesEvent::NotInstalled(_))));
    node.save(6);
    node.wait("rules that wait", |it| matches!(it, Seen::NotPublished(_)));
    cluster.replace_current(current);
    node.wait_for(2);
}
