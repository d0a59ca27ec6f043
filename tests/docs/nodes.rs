//! The machines of the guide about several nodes: three NATS servers, and two nodes.
//!
//! A block `console HOST` runs in the folder HOST of the page's folder. `$ systemctl start adrc`
//! starts `adrc serve --config adrc.toml` there, and `stop` ends it. The guide writes addresses
//! such as 10.120.20.11 and names such as nats1.example.com; commands get those of the stand-ins.
//!
//! Commands that only look are repeated until they print what the page has, because nodes need a
//! moment to agree.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use adr_kit::nats::{NatsCluster, NatsOptions};
use adr_kit::process::LoggingProcess;
use regex::Regex;
use rustix::process::Signal;

use crate::console::{self, Output};

/// The addresses of the guide.
const WRITTEN: [&str; 2] = ["10.120.20.11", "10.120.20.12"];

/// The NATS servers of the guide, as a URL.
const SERVERS: &str = "nats://nats1.example.com,nats2.example.com,nats3.example.com";

/// The token of the guide.
const TOKEN: &str = "a long random text";

/// How long nodes may take to agree.
const PATIENCE: Duration = Duration::from_secs(120);

/// With `ADR_BLESS=1`, nothing says what is expected: nodes get this long.
const BLESSING_PAUSE: Duration = Duration::from_secs(8);

/// The running stand-ins.
pub(crate) struct Nodes {
    folder: PathBuf,
    addresses: [Ipv4Addr; 2],
    brokers: NatsCluster,
    /// Who runs the test, and so the nodes; in the guide it is `adrc`.
    user: String,
    running: RefCell<HashMap<String, LoggingProcess>>,
}

impl Nodes {
    /// Starts the NATS servers; `None` without a program for them.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let [_, .., high, low] = std::process::id().to_be_bytes();
        let addresses =
            [11, 12].map(|last| Ipv4Addr::new(127, 20 + high % 80, 110 + low % 90, last));
        let token = Some(TOKEN.to_owned());
        let brokers = NatsCluster::start(&NatsOptions { token, ..NatsOptions::default() })?;
        for host in ["tftp1", "tftp2"] {
            fs::create_dir_all(folder.join(host)).unwrap();
            let token = folder.join(host).join("nats.token");
            fs::write(&token, TOKEN).unwrap();
            fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap().trim().to_owned();
        let (folder, running) = (folder.to_owned(), RefCell::default());
        Some(Self { folder, addresses, brokers, user, running })
    }

    /// A text of the guide with the addresses of the stand-ins.
    pub(crate) fn actual(&self, text: &str) -> String {
        let text = text.replace(SERVERS, &self.brokers.url());
        let pairs = WRITTEN.iter().zip(self.addresses);
        pairs.fold(text, |text, (written, address)| text.replace(written, &address.to_string()))
    }

    /// An output with the addresses of the guide, and with times that do not change.
    fn written(&self, text: &str) -> String {
        let mut text = text.replace(&self.brokers.url(), SERVERS);
        for (number, server) in (1..).zip(&self.brokers.servers) {
            let address = format!("127.0.0.1:{}", server.port());
            text = text.replace(&address, &format!("nats{number}.example.com"));
        }
        for (written, address) in WRITTEN.iter().zip(self.addresses) {
            text = text.replace(&address.to_string(), written);
        }
        let ago = Regex::new(r"\b\d+s ago").unwrap();
        let text = ago.replace_all(&text, "1s ago");
        // any of the three may lead
        let leader = Regex::new(r"nats\d \(leader\), nats\d, nats\d").unwrap();
        let text = leader.replace_all(&text, "nats1 (leader), nats2, nats3");
        let led = Regex::new(r"led by nats\d").unwrap();
        let text = led.replace_all(&text, "led by nats1");
        with_user(&text, &self.user, "adrc")
    }

    /// Runs the commands of a block on a host, and returns the block with their current output.
    pub(crate) fn transcript(&self, block: &str, host: &str) -> Result<String, String> {
        let mut now = String::new();
        if adr_tests::blessing() {
            std::thread::sleep(BLESSING_PAUSE);
        }
        for (command, expected) in commands(block) {
            now += &format!("$ {command}\n");
            now += &self.output(&self.actual(command), host, &expected)?;
        }
        Ok(now)
    }

    fn output(&self, line: &str, host: &str, expected: &str) -> Result<String, String> {
        match line {
            "systemctl start adrc" => self.start_node(host),
            "systemctl stop adrc" => {
                let node = self.running.borrow_mut().remove(host);
                let mut node = node.ok_or("no node runs here")?;
                node.signal(Signal::TERM);
                node.wait();
            }
            _ => {
                let began = Instant::now();
                loop {
                    let output = self.run(line, host)?;
                    let output = self.written(&output);
                    let is_last = !only_looks(line) || began.elapsed() > PATIENCE;
                    if output == expected || is_last || adr_tests::blessing() {
                        return Ok(output);
                    }
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        }
        Ok(String::new())
    }

    fn run(&self, line: &str, host: &str) -> Result<String, String> {
        let folder = self.folder.join(host);
        let Some(words) = line.strip_prefix("adrc cluster ") else {
            return console::run(line, &folder, Output::Plain);
        };
        // what these commands say about times depends on the clock of the nodes
        let mut adrc = adr_tests::adrc(&folder);
        adrc.env_remove("SOURCE_DATE_EPOCH").arg("cluster").args(words.split(' '));
        console::output(adrc)
    }

    fn start_node(&self, host: &str) {
        let mut command = adr_tests::adrc(&self.folder.join(host));
        command.args(["serve", "--config", "adrc.toml", "--log", "json"]);
        let mut node = LoggingProcess::start(command);
        node.wait_for_nth("ready", 1);
        self.running.borrow_mut().insert(host.to_owned(), node);
    }
}

/// An output with another name of a user, after `by` and in the column `user` of a history.
fn with_user(text: &str, user: &str, other: &str) -> String {
    let by = format!("Z by {user}\n");
    let text = text.replace(&by, &format!("Z by {other}\n"));
    let lines: Vec<&str> = text.lines().collect();
    let head = lines.iter().find(|line| line.starts_with("  generation  published"));
    let Some((from, to)) = head.and_then(|head| Some((head.find("user")?, head.find("commit")?)))
    else {
        return text;
    };
    let is_row = |line: &str| line.starts_with("  ") && line.len() > to;
    let cell = |line: &str| match line[from..to].trim() {
        name if name == user => other.to_owned(),
        name => name.to_owned(),
    };
    let rows = lines.iter().filter(|line| is_row(line));
    let width = rows.map(|line| cell(line).len()).max().unwrap_or_default();
    let written = lines.iter().map(|line| match is_row(line) {
        true => format!("{}{:width$}  {}\n", &line[..from], cell(line), &line[to..]),
        false => format!("{line}\n"),
    });
    written.collect()
}

/// Whether a command changes nothing, so that it may be repeated.
fn only_looks(line: &str) -> bool {
    let looks = ["adrc history", "adrc dial", "adrc cluster status", "adrc cluster doctor", "cat "];
    looks.iter().any(|words| line.starts_with(words))
}

/// The commands of a block, each with the output that the page has.
fn commands(block: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, String::new())),
            (None, Some((_, output))) => *output += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    commands
}
