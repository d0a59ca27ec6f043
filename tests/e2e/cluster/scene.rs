//! Nodes and cores under an observer, and what must be true of them.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use adr_kit::wait::{TIMEOUT, wait_within};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::history::{Event, History, Id};
use super::node::{self, Folder, KEEP, NUMBER, Node, generation_of, results};
use crate::follow::world::{Core, ask, core_of};

/// Time between two looks of the observer.
const INTERVAL: Duration = Duration::from_millis(20);

/// Nodes and cores in one temporary folder.
pub(crate) struct Scene {
    sandbox: TempDir,
    pub(crate) nodes: Vec<Node>,
    cores: Vec<(String, Core)>,
    observer: Option<Observer>,
    shared: Arc<Mutex<History>>,
    began: Instant,
}

impl Scene {
    /// An empty scene.
    pub(crate) fn new() -> Self {
        Self {
            sandbox: tempfile::tempdir().unwrap(),
            nodes: Vec::new(),
            cores: Vec::new(),
            observer: None,
            shared: Arc::default(),
            began: Instant::now(),
        }
    }

    /// Nodes with these names in a cluster, which run and serve the prefix 1, and a core that has
    /// all of them as its servers, beginning with each one.
    pub(crate) fn of_cluster(cluster: &str, names: &[&str]) -> Self {
        let mut scene = Self::new();
        for name in names {
            let mut node = Node::of_cluster(scene.folder(), name, cluster);
            node.start();
            scene.nodes.push(node);
        }
        scene.cores_of_all_nodes();
        scene.observe();
        scene.until_all(1);
        scene
    }

    pub(crate) fn folder(&self) -> &Path {
        self.sandbox.path()
    }

    pub(crate) fn node(&mut self, name: &str) -> &mut Node {
        self.nodes.iter_mut().find(|node| node.name == name).expect("a node of the scene")
    }

    /// Starts the cores `core-0`, `core-1` and so on. Each has all nodes as its servers; the first
    /// one begins with the first node.
    pub(crate) fn cores_of_all_nodes(&mut self) {
        for at in 0..self.nodes.len() {
            let mut urls: Vec<_> = self.nodes.iter().map(Node::url).collect();
            urls.rotate_left(at);
            self.core(&format!("core-{at}"), &urls);
        }
    }

    /// Starts a core with the servers at these URLs.
    pub(crate) fn core(&mut self, name: &str, urls: &[String]) {
        let core = core_of(self.folder(), name, urls, None);
        self.cores.push((name.to_owned(), core));
    }

    /// Starts a core of another program.
    pub(crate) fn core_of(&mut self, name: &str, urls: &[String], program: &Path) {
        let core = core_of(self.folder(), name, urls, Some(program));
        self.cores.push((name.to_owned(), core));
    }

    /// Begins to record what nodes and cores run. Nodes and cores that come later are not seen.
    pub(crate) fn observe(&mut self) {
        let nodes = self.nodes.iter().map(|it| (it.name.clone(), it.http, it.published()));
        let cores = self.cores.iter().map(|(name, _)| (name.clone(), self.folder().join(name)));
        let (nodes, cores) = (nodes.collect(), cores.collect());
        let seen = Observer::start(self.began, &self.shared, nodes, cores);
        self.observer = Some(seen);
    }

    /// The status of a core; null while it does not answer.
    pub(crate) fn status(&self, core: &str) -> Value {
        let reply = ask(&self.folder().join(core), &json!({ "verb": "status" }));
        reply.unwrap_or_default()["status"].take()
    }

    /// What a core makes of [`NUMBER`].
    pub(crate) fn dialed(&self, core: &str) -> String {
        let dial = json!({ "verb": "dial", "number": NUMBER });
        let reply = ask(&self.folder().join(core), &dial).unwrap_or_default();
        reply["result"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a core dials with this prefix.
    pub(crate) fn until_dialed(&self, core: &str, prefix: usize) {
        let expected = format!("{prefix}{NUMBER}");
        wait_within(
            TIMEOUT,
            || self.dialed(core) == expected,
            || format!("{core} dials {}: {}", self.dialed(core), self.status(core)),
        );
    }

    /// Waits until the status of a core is as expected.
    pub(crate) fn until_status(&self, core: &str, what: &str, is: impl Fn(&Value) -> bool) {
        let status = || self.status(core);
        wait_within(TIMEOUT, || is(&status()), || format!("{core}: {what}: {}", status()));
    }

    /// Waits until a core follows the server at a URL.
    pub(crate) fn until_follows(&self, core: &str, url: &str) {
        let followed = format!("{}/", url.trim_end_matches('/'));
        self.until_status(core, &followed, |status| status["followed"] == followed.as_str());
    }

    /// Waits until all nodes serve rules with this prefix and all cores dial by them.
    pub(crate) fn until_all(&self, prefix: usize) {
        self.nodes.iter().for_each(|node| node.until_serves(prefix));
        self.cores.iter().for_each(|(core, _)| self.until_dialed(core, prefix));
    }

    /// Records that a command said that rules with this prefix are a generation.
    pub(crate) fn acknowledged(&self, generation: u64, prefix: usize) {
        let results = results(&format!("{prefix}{NUMBER}"));
        let event = Event::Acknowledged { generation, results };
        self.shared.lock().unwrap().push(self.began.elapsed(), event);
    }

    /// A person publishes what a node has as its sources: rules with this prefix.
    pub(crate) fn decided(&mut self, node: &str, prefix: usize, cluster: &str) {
        let line = format!("compile rules --publish published --keep {KEEP} --cluster {cluster}");
        let mut publish = || {
            let output = self.node(node).adrc(&line);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            (output, text)
        };
        let (mut decided, mut text) = publish();
        // a partition may have left NATS without a leader for longer than a command waits, and the
        // node may be publishing in its folder
        let passing = [" does not answer: ", "another adrc is publishing here"];
        let is_passing = |text: &str| passing.iter().any(|part| text.contains(part));
        let is_answered = || {
            if is_passing(&text) {
                (decided, text) = publish();
            }
            !is_passing(&text)
        };
        wait_within(TIMEOUT, is_answered, || "neither NATS nor the node is ready".to_owned());
        let generation = decided.status.success().then(|| generation_of(&text)).flatten();
        let generation = generation.unwrap_or_else(|| panic!("{decided:?}"));
        self.acknowledged(generation, prefix);
        self.until_all(prefix);
    }

    /// Ends a run after which the sources of nodes may differ, as a person does: rules with this
    /// prefix are published, and all nodes get them as their sources.
    pub(crate) fn end_at(self, prefix: usize, cluster: &str) -> Id {
        let desk = Node::new(self.folder(), "desk", &[]);
        desk.save(prefix);
        let line = format!("compile rules --publish published --keep {KEEP} --cluster {cluster}");
        let last = || desk.adrc(&line);
        self.nodes.iter().for_each(|node| node.save(prefix));
        wait_within(TIMEOUT, || last().status.success(), || format!("{:?}", last()));
        self.until_all(prefix);
        self.end()
    }

    /// Waits until all nodes serve one generation and all cores run it. Then asserts that nothing
    /// that was observed is wrong, and returns the generation.
    pub(crate) fn end(mut self) -> Id {
        let states = || self.nodes.iter().map(Node::state).collect::<BTreeSet<_>>();
        let is_one = || states().len() == 1 && !states().contains(&None);
        wait_within(TIMEOUT, is_one, || format!("{:?}", states()));
        let id = states().pop_first().flatten().unwrap();
        for (core, _) in &self.cores {
            self.until_status(core, "runs the last generation", |status| {
                status["generation"] == id.generation && status["sha256"] == id.sha256.as_str()
            });
        }
        let seen = || self.shared.lock().unwrap().left_behind();
        wait_within(TIMEOUT, || seen().is_empty(), || format!("{:?}", seen()));
        drop(self.observer.take());
        let history = self.shared.lock().unwrap();
        let violations = history.violations();
        let (events, generations) = (history.len(), history.generations());
        assert!(violations.is_empty(), "{violations:#?}\n{history:#?}");
        println!("{events} events of {generations} generations are in order");
        id
    }
}

/// A thread that asks all nodes and cores until it is dropped.
struct Observer {
    ends: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Observer {
    fn start(
        began: Instant,
        history: &Arc<Mutex<History>>,
        nodes: Vec<(String, SocketAddr, PathBuf)>,
        cores: Vec<(String, PathBuf)>,
    ) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let mut looks: Vec<Box<dyn FnMut() -> Vec<Event> + Send>> = Vec::new();
        for (node, http, published) in nodes {
            let mut known = BTreeSet::new();
            looks.push(Box::new(move || look_at_node(&node, http, &published, &mut known)));
        }
        for (core, socket) in cores {
            looks.push(Box::new(move || look_at_core(&core, &socket)));
        }
        // a thread for each, because one that hangs must not hide what the others do
        let threads = looks.into_iter().map(|mut look| {
            let (ends, history) = (Arc::clone(&ends), Arc::clone(history));
            std::thread::spawn(move || {
                let mut before = Vec::new();
                while !ends.load(Ordering::Relaxed) {
                    let now = look();
                    let mut history = history.lock().unwrap();
                    for event in now.iter().filter(|event| !before.contains(*event)) {
                        history.push(began.elapsed(), event.clone());
                    }
                    drop(history);
                    if !now.is_empty() {
                        before = now;
                    }
                    std::thread::sleep(INTERVAL);
                }
            })
        });
        Self { threads: threads.collect(), ends }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What the node serves, and what it keeps and did not keep before.
fn look_at_node(
    node: &str,
    http: SocketAddr,
    published: &Path,
    known: &mut BTreeSet<Folder>,
) -> Vec<Event> {
    let served = node::state(http).filter(|id| id.generation > 0);
    let served = served.map(|id| Event::Served { node: node.to_owned(), id });
    node::kept(node, published, known).into_iter().chain(served).collect()
}

/// What the core dials, if it runs the same generation before and after it.
fn look_at_core(core: &str, socket: &PathBuf) -> Vec<Event> {
    let id = || {
        let reply = ask(socket, &json!({ "verb": "status" }))?;
        let status = &reply["status"];
        let sha256 = status["sha256"].as_str()?.to_owned();
        Some(Id { generation: status["generation"].as_u64()?, sha256 })
    };
    let dial = |number: &str| {
        let reply = ask(socket, &json!({ "verb": "dial", "number": number }))?;
        Some(reply["result"].as_str()?.to_owned())
    };
    let look = || {
        let before = id().filter(|id| id.generation > 0)?;
        let dialed = [NUMBER, "911"].map(|number| (number, dial(number)));
        let is_same = id().as_ref() == Some(&before);
        is_same.then_some((before, dialed))
    };
    let Some((id, dialed)) = look() else {
        return Vec::new();
    };
    let event = |(number, result): (&str, Option<String>)| {
        let (core, number) = (core.to_owned(), number.to_owned());
        Some(Event::Dialed { core, id: id.clone(), number, result: result? })
    };
    dialed.into_iter().filter_map(event).collect()
}
