//! Hosts with a network of the kernel (Linux): namespaces with links, whose packets can be lost.

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::optional::{has, has_commands};
use crate::process::KillOnDrop;
use crate::wait::wait_until;

/// A hardware address that no link has: packets to it are lost without a word.
const NOBODY: &str = "02:00:00:00:00:01";

/// Hosts that reach each other, each by a link of its own. They vanish when dropped.
///
/// The test reaches every host by another link, which is never cut.
#[derive(Debug)]
pub struct Network {
    /// The hosts.
    pub hosts: Vec<Host>,
}

/// A host of a [`Network`].
#[derive(Debug)]
pub struct Host {
    /// Keeps the namespace alive.
    process: KillOnDrop,
    /// Its address for the other hosts.
    pub address: Ipv4Addr,
    /// Its address for the test.
    pub for_test: Ipv4Addr,
}

impl Network {
    /// So many hosts, at most 9. Where this process may not create namespaces, the current test is
    /// left out.
    #[must_use]
    pub fn of(hosts: u8) -> Option<Self> {
        if !has_commands(&["unshare", "nsenter", "ip"]) {
            return None;
        }
        let script = "ip link add one type veth peer name other";
        let unshare = Command::new("unshare").args(["--net", "sh", "-c", script]).output();
        let may_unshare = unshare.is_ok_and(|output| output.status.success());
        if !has("rights to create network namespaces and links", may_unshare) {
            return None;
        }
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let network = NEXT.fetch_add(1, Ordering::Relaxed);
        let hosts = (1..=hosts).map(|number| Host::new(network, number)).collect();
        let network = Self { hosts };
        network.connect();
        Some(network)
    }

    /// From now on, all packets between a host and all others are lost.
    pub fn isolate(&self, host: usize) {
        for other in (0..self.hosts.len()).filter(|other| *other != host) {
            self.lose(host, other);
            self.lose(other, host);
        }
    }

    /// From now on, packets from one host to another one are lost. Those in the other direction
    /// arrive.
    pub fn lose(&self, from: usize, to: usize) {
        let (address, link) = (self.hosts[to].address, link_to(to));
        self.hosts[from]
            .ip(&format!("neigh replace {address} lladdr {NOBODY} nud permanent dev {link}"));
    }

    /// From now on, all packets arrive.
    pub fn restore(&self) {
        for (from, host) in self.hosts.iter().enumerate() {
            for to in (0..self.hosts.len()).filter(|to| *to != from) {
                host.ip(&format!("neigh flush dev {} nud permanent", link_to(to)));
            }
        }
    }

    fn connect(&self) {
        for (at, host) in self.hosts.iter().enumerate() {
            for (other_at, other) in self.hosts.iter().enumerate().skip(at + 1) {
                let (there, back) = (link_to(other_at), link_to(at));
                let other_process = other.process.0.id();
                host.ip(&format!(
                    "link add {there} type veth peer name {back} netns {other_process}"
                ));
                host.route(&there, other.address);
                other.route(&back, host.address);
            }
        }
    }
}

impl Host {
    fn new(network: u8, number: u8) -> Self {
        let mut command = Command::new("unshare");
        command.args(["--net", "sleep", "infinity"]);
        let process = KillOnDrop::start_silent(&mut command);
        let namespace = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/net")).ok();
        let id = process.0.id().to_string();
        wait_until("a network namespace", || {
            let of_host = namespace(&id);
            of_host.is_some() && of_host != namespace("self")
        });
        let [.., low] = std::process::id().to_be_bytes();
        let (middle, last) = (low % 128, (network % 16) * 16);
        let address = Ipv4Addr::new(10, 78, 0, number);
        let for_test = Ipv4Addr::new(10, 128 + middle, last + number, 2);
        let host = Self { process, address, for_test };
        host.ip("link set lo up");
        host.ip(&format!("address add {address}/32 dev lo"));
        let link = format!("adr{}n{network}h{number}", std::process::id() % 100_000);
        let at_test = Ipv4Addr::new(10, 128 + middle, last + number, 1);
        run("ip", &format!("link add {link} type veth peer name test netns {id}"));
        run("ip", &format!("address add {at_test}/30 dev {link}"));
        run("ip", &format!("link set {link} up"));
        host.ip(&format!("address add {for_test}/30 dev test"));
        host.ip("link set test up");
        host
    }

    /// The words in front of a command that is to run on this host.
    #[must_use]
    pub fn wrapper(&self) -> Vec<String> {
        vec!["nsenter".to_owned(), format!("--net=/proc/{}/ns/net", self.process.0.id())]
    }

    /// Runs `ip` on this host.
    fn ip(&self, line: &str) {
        let [nsenter, net] = &self.wrapper()[..] else { panic!("two words") };
        run(nsenter, &format!("{net} ip {line}"));
    }

    fn route(&self, link: &str, other: Ipv4Addr) {
        self.ip(&format!("link set {link} up"));
        self.ip(&format!("route add {other}/32 dev {link} src {}", self.address));
    }
}

/// The name of the link to a host.
fn link_to(host: usize) -> String {
    format!("to{}", host + 1)
}

fn run(program: &str, line: &str) {
    let output = Command::new(program).args(line.split(' ')).output().unwrap();
    assert!(output.status.success(), "{program} {line}: {output:?}");
}
