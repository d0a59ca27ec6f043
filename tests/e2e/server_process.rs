//! The command `adrc serve` as a process: started on free ports, queried, and ended.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use adr_kit::http::{Response, curl};
use adr_kit::process::LoggingProcess;
use adr_kit::wait::{TIMEOUT, wait_within};
use rustix::process::Signal;
use serde_json::Value;

/// Most memory in KiB that a server may take, whatever it is asked for: 64 MiB. A debug build may
/// take a quarter more, because 28 MB of its program are in memory.
pub(crate) const MAX_MEMORY: u64 = if cfg!(debug_assertions) { 80 << 10 } else { 64 << 10 };

/// A running `adrc serve`; killed when dropped.
pub(crate) struct ServerProcess {
    process: LoggingProcess,
    pub(crate) tftp: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl ServerProcess {
    /// Starts the command in `folder` with these arguments on free ports, and waits until it is
    /// ready.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_at(folder, arguments, ["127.0.0.1:0"; 3])
    }

    /// Starts the command on these addresses of TFTP, HTTP and the admin port, with `--no-watch`.
    pub(crate) fn start_at(folder: &Path, arguments: &[&str], addresses: [&str; 3]) -> Self {
        Self::start_watching(folder, &[arguments, &["--no-watch"]].concat(), addresses)
    }

    /// Starts the command on these addresses; it watches its files.
    pub(crate) fn start_watching(
        folder: &Path,
        arguments: &[&str],
        [tftp, http, admin]: [&str; 3],
    ) -> Self {
        let mut command = adr_tests::adrc(folder);
        command.args(["serve", "--log", "json", "--tftp", tftp, "--http", http, "--admin", admin]);
        command.args(arguments);
        Self::start_command(command)
    }

    /// Like [`Self::start`], with a soft limit of `files` open files.
    pub(crate) fn start_with_open_files(folder: &Path, arguments: &[&str], files: usize) -> Self {
        Self::start_limited(folder, arguments, &format!("-Sn {files}"))
    }

    /// Like [`Self::start`], after `ulimit` with these arguments.
    pub(crate) fn start_limited(folder: &Path, arguments: &[&str], limit: &str) -> Self {
        let adrc = adr_tests::adrc(folder);
        let mut command = Command::new("sh");
        command.current_dir(folder);
        command.args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\"")]);
        command.arg(adrc.get_program());
        command.args(["serve", "--log", "json", "--no-watch"]);
        for option in ["--tftp", "--http", "--admin"] {
            command.args([option, "127.0.0.1:0"]);
        }
        command.args(arguments);
        Self::start_command(command)
    }

    fn start_command(command: Command) -> Self {
        let mut process = LoggingProcess::start(command);
        process.wait_for_nth("ready", 1);
        let listening = process.events("listening");
        let [tftp, http, admin] = ["tftp", "http", "admin"].map(|protocol| {
            let event = listening.iter().find(|event| event["protocol"] == protocol);
            event.unwrap()["address"].as_str().unwrap().parse().unwrap()
        });
        Self { process, tftp, http, admin }
    }

    /// The fields of all events so far whose message begins with `message`, oldest first.
    pub(crate) fn events(&self, message: &str) -> Vec<Value> {
        self.process.events(message)
    }

    /// Waits for the `n`-th event with this message, counted from 1.
    pub(crate) fn wait_for_nth(&mut self, message: &str, n: usize) -> Value {
        self.process.wait_for_nth(message, n)
    }

    /// Waits for the first event with this message.
    pub(crate) fn wait_for(&mut self, message: &str) -> Value {
        self.wait_for_nth(message, 1)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Ends the process with SIGTERM, and returns its exit status.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.process.wait()
    }

    /// Kills the process with SIGKILL. Its addresses and its log remain.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Most memory that the process had so far, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.process.peak_memory()
    }

    /// Number of active transfers for `tftp`, or of open connections for `http`.
    pub(crate) fn in_flight(&self, protocol: &str) -> usize {
        let metrics = self.admin(&["/metrics"]).body;
        let metric = match protocol {
            "tftp" => "adrc_tftp_active_transfers ",
            _ => "adrc_http_open_connections ",
        };
        let line = metrics.lines().find_map(|line| line.strip_prefix(metric));
        line.unwrap().parse().unwrap()
    }

    /// Number of requests for files outside the published tree that had this result, such as
    /// `busy`.
    pub(crate) fn fallback_requests(&self, result: &str) -> usize {
        let metrics = self.admin(&["/metrics"]).body;
        let metric = format!("adrc_fallback_requests_total{{result=\"{result}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&metric));
        line.map_or(0, |number| number.parse().unwrap())
    }

    /// The body of `/-/ready`, as soon as the status is 200: the server gives its answer a second,
    /// and says on a busy machine that it is not ready.
    #[track_caller]
    pub(crate) fn until_ready(&self) -> String {
        let last = RefCell::new(self.admin(&["/-/ready"]));
        let is_ready = || {
            let is_ready = last.borrow().status == 200;
            if !is_ready {
                last.replace(self.admin(&["/-/ready"]));
            }
            is_ready
        };
        wait_within(TIMEOUT, is_ready, || format!("{:?}", last.borrow()));
        last.into_inner().body
    }

    /// The response of the admin port; the last argument is the path, the others are for curl.
    pub(crate) fn admin(&self, arguments: &[&str]) -> Response {
        let (path, arguments) = arguments.split_last().unwrap();
        curl(arguments, &format!("http://{}{path}", self.admin))
    }
}
