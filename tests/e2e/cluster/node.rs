//! A node: `adrc serve` with rules and a folder of its own, on addresses that outlive a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::DirEntryExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU8, Ordering};

use adr_kit::process::LoggingProcess;
use adr_kit::wait::{ANSWER_TIMEOUT, TIMEOUT, wait_within};
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use serde_json::Value;

use super::history::{Event, Id};
use crate::follow::world::rules;

/// The number that everything here dials.
pub(crate) const NUMBER: &str = "5551212";

/// How many generations a node keeps: more than a test makes.
pub(crate) const KEEP: &str = "1000";

/// A node; killed when dropped.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    folder: PathBuf,
    /// Arguments after `adrc serve` and the addresses.
    words: Vec<String>,
    /// Runs in front of `adrc`, such as `sh -c 'ulimit …; exec "$0" "$@"'`.
    wrapper: Vec<String>,
    /// The program; `None` for the one of this tree.
    program: Option<PathBuf>,
    pub(crate) tftp: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) admin: SocketAddr,
    process: Option<LoggingProcess>,
}

impl Node {
    /// A node that was not started yet, with rules of the prefix 1 in `root/NAME/rules`.
    pub(crate) fn new(root: &Path, name: &str, words: &[&str]) -> Self {
        let folder = root.join(name);
        let [tftp, http, admin] = addresses();
        let node = Self {
            name: name.to_owned(),
            folder,
            words: words.iter().map(|&word| word.to_owned()).collect(),
            wrapper: Vec::new(),
            program: None,
            tftp,
            http,
            admin,
            process: None,
        };
        node.save(1);
        node
    }

    /// A node of a cluster, which publishes its rules into a folder of its own.
    pub(crate) fn of_cluster(root: &Path, name: &str, cluster: &str) -> Self {
        let words = ["rules", "--publish", "published", "--debounce", "50ms", "--keep", KEEP];
        Self::new(root, name, &[&words[..], &["--cluster", cluster, "--node", name]].concat())
            .prepare(cluster)
    }

    /// A node of a cluster without rules: it serves what others publish.
    pub(crate) fn follower(root: &Path, name: &str, cluster: &str) -> Self {
        let words =
            ["--publish", "published", "--cluster", cluster, "--node", name, "--keep", KEEP];
        Self::new(root, name, &words).prepare(cluster)
    }

    /// Prepares a cluster in a folder; that of a broker is prepared with the broker.
    fn prepare(self, cluster: &str) -> Self {
        if cluster.starts_with("file:") {
            let prepared = self.adrc(&format!("cluster init --cluster {cluster}"));
            assert!(prepared.status.success(), "{prepared:?}");
        }
        self
    }

    /// Starts the node behind these words.
    pub(crate) fn wrapped(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Places the node on another host: its addresses of TFTP, HTTP and the admin, and the words in
    /// front of commands.
    pub(crate) fn at(mut self, addresses: [SocketAddr; 3], wrapper: Vec<String>) -> Self {
        [self.tftp, self.http, self.admin] = addresses;
        self.wrapper = wrapper;
        self
    }

    /// Starts another program than the `adrc` of this tree.
    pub(crate) fn program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Adds arguments.
    pub(crate) fn and(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(|&word| word.to_owned()));
        self
    }

    pub(crate) fn published(&self) -> PathBuf {
        self.folder.join("published")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Saves rules with this prefix as most editors do: a new file that is renamed.
    pub(crate) fn save(&self, prefix: usize) {
        self.save_text(&rules(prefix));
    }

    /// Saves rules with this prefix, and waits until the node has read them.
    pub(crate) fn save_and_wait(&self, prefix: usize) {
        let reads = || {
            let reloads = self.events("reloaded");
            reloads.iter().filter(|reload| reload["cause"] == "files changed").count()
        };
        let before = reads();
        self.save(prefix);
        wait_within(TIMEOUT, || reads() > before, || format!("{:?}", self.events("")));
    }

    pub(crate) fn save_text(&self, text: &str) {
        fs::create_dir_all(self.folder.join("rules")).unwrap();
        fs::write(self.folder.join("aside"), text).unwrap();
        fs::rename(self.folder.join("aside"), self.folder.join("rules/plan.adr")).unwrap();
    }

    /// Starts the node, without waiting for anything.
    pub(crate) fn launch(&mut self) {
        let adrc = adr_tests::adrc(&self.folder);
        let program = self.program.clone().unwrap_or_else(|| adrc.get_program().into());
        let mut words = self.wrapper.iter().map(Into::into).collect::<Vec<_>>();
        words.push(program.into_os_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(&self.folder);
        command.args(["serve", "--log", "json"]);
        for (option, address) in
            [("--tftp", self.tftp), ("--http", self.http), ("--admin", self.admin)]
        {
            command.args([option, &address.to_string()]);
        }
        command.args(&self.words);
        self.process = Some(LoggingProcess::start(command));
    }

    /// Starts the node and waits until it is ready.
    pub(crate) fn start(&mut self) {
        self.launch();
        self.until_ready();
    }

    pub(crate) fn until_ready(&mut self) {
        self.log().wait_for_nth("ready", 1);
    }

    /// The log since the last start.
    pub(crate) fn log(&mut self) -> &mut LoggingProcess {
        self.process.as_mut().expect("the node was started")
    }

    pub(crate) fn events(&self, message: &str) -> Vec<Value> {
        self.process.as_ref().map(|log| log.events(message)).unwrap_or_default()
    }

    /// How many lines of the log since the last start have this text.
    pub(crate) fn said(&self, text: &str) -> usize {
        self.events("").iter().filter(|line| line.to_string().contains(text)).count()
    }

    /// Waits until the log has this text in at least `times` lines.
    pub(crate) fn until_said(&self, text: &str, times: usize) {
        let has = || self.said(text) >= times;
        wait_within(TIMEOUT, has, || format!("{}: {text}: {:?}", self.name, self.events("")));
    }

    /// Stops the process as a hung machine would: its connections stay open.
    pub(crate) fn hang(&mut self) {
        self.log().signal(Signal::STOP);
    }

    pub(crate) fn resume(&mut self) {
        self.log().signal(Signal::CONT);
    }

    pub(crate) fn kill(&mut self) {
        self.log().kill();
    }

    /// Ends the node as planned, and returns its exit status.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.log().signal(Signal::TERM);
        self.log().wait()
    }

    /// What the node serves; `None` while it does not answer.
    pub(crate) fn state(&self) -> Option<Id> {
        state(self.http)
    }

    /// Waits until the node answers that it is ready. It gives its answer a second, and says on a
    /// busy machine that it is not.
    pub(crate) fn until_answers_ready(&self) {
        let is_ready = || get(self.admin, "/-/ready").is_some();
        wait_within(TIMEOUT, is_ready, || format!("{}: {:?}", self.name, self.events("")));
    }

    /// Its answer to a request of the admin port.
    pub(crate) fn asked(&self, path: &str) -> Value {
        let answer = get(self.admin, path).unwrap_or_default();
        serde_json::from_str(&answer).unwrap_or_default()
    }

    /// The value of a metric without labels.
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        let metrics = get(self.admin, "/metrics")?;
        let mut lines = metrics.lines().filter_map(|line| line.strip_prefix(name));
        lines.find_map(|rest| rest.strip_prefix(' ')?.parse().ok())
    }

    /// From now on, no file of the node can grow above this size, as on a full disk; `None` ends
    /// it. The node was started with SIGXFSZ ignored.
    pub(crate) fn limit_files(&mut self, bytes: Option<u64>) {
        let pid = Pid::from_raw(i32::try_from(self.log().id()).unwrap());
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(pid, Resource::Fsize, limit).unwrap();
    }

    /// Waits until the node serves rules with this prefix.
    pub(crate) fn until_serves(&self, prefix: usize) {
        let served = || get(self.http, "/CUPC/AppDialRules.xml").unwrap_or_default();
        let expected = format!("{prefix}{NUMBER}");
        let has = || result_of(&served()) == expected;
        wait_within(TIMEOUT, has, || {
            let events = self.events("");
            format!("{} serves {}, expected {expected}: {events:?}", self.name, served())
        });
    }

    /// Runs `adrc` in the node's folder with the words of a line; no word contains a space.
    pub(crate) fn adrc(&self, line: &str) -> Output {
        adr_tests::adrc(&self.folder).args(line.split(' ')).output().unwrap()
    }
}

/// What is served at an address of HTTP; `None` while nothing answers.
pub(crate) fn state(http: SocketAddr) -> Option<Id> {
    let answer: Value = serde_json::from_str(&get(http, "/-/state")?).ok()?;
    let sha256 = answer["sha256"].as_str()?.to_owned();
    Some(Id { generation: answer["generation"].as_u64()?, sha256 })
}

/// The folder of a generation: its path and its inode. Another folder at the same path has another
/// inode.
pub(crate) type Folder = (PathBuf, u64);

/// The generations of a published folder up to the current one that are not `known` yet. A newer
/// one is being published, and may still be rejected.
pub(crate) fn kept(node: &str, published: &Path, known: &mut BTreeSet<Folder>) -> Vec<Event> {
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u64>().ok();
    let current = fs::read_link(published.join("current"));
    let current = current.ok().and_then(|target| number(&target)).unwrap_or(0);
    let folders = fs::read_dir(published.join("generations")).into_iter().flatten().flatten();
    let read = |(path, _): &Folder| {
        let manifest = fs::read(path.join("manifest.json")).ok()?;
        let parsed: Value = serde_json::from_slice(&manifest).ok()?;
        let list = fs::read_to_string(path.join("CUPC/AppDialRules.xml")).ok()?;
        let sha256 = adr_bundle::sha256(&manifest);
        let id = Id { generation: parsed["generation"].as_u64()?, sha256 };
        let results = results(&result_of(&list));
        Some(Event::Kept { node: node.to_owned(), id, results })
    };
    let is_published = |(path, _): &Folder| number(path).is_some_and(|number| number <= current);
    let folders = folders.map(|entry| (entry.path(), entry.ino()));
    let new: Vec<_> = folders.filter(|it| is_published(it) && !known.contains(it)).collect();
    let kept: Vec<_> = new.iter().filter_map(|folder| Some((folder, read(folder)?))).collect();
    known.extend(kept.iter().map(|(folder, _)| Folder::clone(folder)));
    kept.into_iter().map(|(_, event)| event).collect()
}

/// The number in `published generation 7 …`.
pub(crate) fn generation_of(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("generation ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The results of rules that dial [`NUMBER`] so: 911 is unchanged by all of them.
pub(crate) fn results(result: &str) -> BTreeMap<String, String> {
    [(NUMBER, result), ("911", "911")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

/// What a deployed file with a single rule makes of [`NUMBER`].
pub(crate) fn result_of(list: &str) -> String {
    let (_, rest) = list.split_once("PrefixWith=\"").unwrap_or_default();
    format!("{}{NUMBER}", rest.split('"').next().unwrap_or_default())
}

/// The body of an answer with status 200; `None` without one in time.
pub(crate) fn get(server: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&server, ANSWER_TIMEOUT).ok()?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}

/// Free ports on an address that no other test of this process uses, so that they stay free.
fn addresses() -> [SocketAddr; 3] {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let [.., low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, 110, low, next);
    let free: Vec<_> = (0..3).map(|_| TcpListener::bind((address, 0)).unwrap()).collect();
    [0, 1, 2].map(|at| free[at].local_addr().unwrap())
}
