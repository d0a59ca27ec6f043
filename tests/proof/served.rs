//! The command `adrc serve` as a process: started on free ports, asked, told to end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long anything may take on a loaded machine until a suite gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running `adrc serve`; killed when it is dropped.
pub(crate) struct Served {
    child: Child,
    log: Arc<Mutex<Vec<Value>>>,
    pub(crate) tftp: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Served {
    /// Starts the command in `folder` with these words and ports of its own, and waits until it is
    /// ready.
    pub(crate) fn start(folder: &Path, words: &[&str]) -> Self {
        Self::at(folder, words, ["127.0.0.1:0"; 3])
    }

    /// The same at given addresses of TFTP, HTTP and the admin port. Nobody watches files: whoever
    /// changes some says when.
    pub(crate) fn at(folder: &Path, words: &[&str], addresses: [&str; 3]) -> Self {
        Self::watching(folder, &[words, &["--no-watch"]].concat(), addresses)
    }

    /// The same, and files are watched.
    pub(crate) fn watching(folder: &Path, words: &[&str], [tftp, http, admin]: [&str; 3]) -> Self {
        let mut command = adr_tests::adrc(folder);
        command.args(["serve", "--log", "json", "--tftp", tftp, "--http", http, "--admin", admin]);
        command.args(words);
        Self::of(command)
    }

    /// The same as [`Self::start`] where no more than so many files may be open, until the process
    /// asks for more.
    pub(crate) fn with_few_files(folder: &Path, words: &[&str], files: usize) -> Self {
        let adrc = adr_tests::adrc(folder);
        let mut command = Command::new("sh");
        command.current_dir(folder);
        command.args(["-c", &format!("ulimit -Sn {files}; exec \"$0\" \"$@\"")]);
        command.arg(adrc.get_program());
        command.args(["serve", "--log", "json", "--no-watch"]);
        for option in ["--tftp", "--http", "--admin"] {
            command.args([option, "127.0.0.1:0"]);
        }
        command.args(words);
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line);
                let event =
                    event.unwrap_or_else(|_| serde_json::json!({ "fields": { "message": line } }));
                written.lock().unwrap().push(event);
            }
        });
        let nowhere = ([127, 0, 0, 1], 0).into();
        let mut served = Self { child, log, tftp: nowhere, http: nowhere, admin: nowhere };
        served.wait_for("ready");
        [served.tftp, served.http, served.admin] =
            ["tftp", "http", "admin"].map(|protocol| served.address(protocol));
        served
    }

    /// What the log says so far, by its messages.
    pub(crate) fn events(&self, message: &str) -> Vec<Value> {
        let log = self.log.lock().unwrap();
        let fields = log.iter().map(|event| &event["fields"]);
        let found = fields.filter(|fields| {
            fields["message"].as_str().is_some_and(|text| text.starts_with(message))
        });
        found.cloned().collect()
    }

    /// Waits for a message in the log, the `n`-th from 1.
    pub(crate) fn wait_for_nth(&mut self, message: &str, n: usize) -> Value {
        let began = Instant::now();
        loop {
            if let Some(event) = self.events(message).into_iter().nth(n - 1) {
                return event;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "no `{message}`, {ended:?}: {:?}",
                self.log.lock().unwrap()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn wait_for(&mut self, message: &str) -> Value {
        self.wait_for_nth(message, 1)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Ends it by SIGTERM, and gives its exit status.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.child.wait().unwrap().code()
    }

    /// Kills it by SIGKILL, in the middle of whatever it does.
    pub(crate) fn kill(mut self) {
        self.halt();
    }

    /// The same, and its addresses and its log stay.
    pub(crate) fn halt(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Most memory it ever had, in kilobytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Transfers by `tftp`, or connections by `http`, that are under way.
    pub(crate) fn in_flight(&self, protocol: &str) -> usize {
        let metrics = self.admin(&["/metrics"]).body;
        let metric = match protocol {
            "tftp" => "adrc_tftp_active_transfers ",
            _ => "adrc_http_open_connections ",
        };
        let line = metrics.lines().find_map(|line| line.strip_prefix(metric));
        line.unwrap().parse().unwrap()
    }

    /// An answer of the admin port.
    pub(crate) fn admin(&self, words: &[&str]) -> Answer {
        let (path, rest) = words.split_last().unwrap();
        curl(rest, &format!("http://{}{path}", self.admin))
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn address(&self, protocol: &str) -> SocketAddr {
        let listening = self.events("listening");
        let event = listening.iter().find(|event| event["protocol"] == protocol);
        event.unwrap()["address"].as_str().unwrap().parse().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
pub(crate) fn eventually(is_so: impl Fn() -> bool, otherwise: impl Fn() -> String) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{}", otherwise());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What curl got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Asks by curl, with further words of its command line.
pub(crate) fn curl(words: &[&str], url: &str) -> Answer {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "120"])
        .args(words)
        .arg(url)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{url}: {output:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer { status: status.unwrap(), head: head.to_ascii_lowercase(), body: body.to_owned() }
}
