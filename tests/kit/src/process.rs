//! Processes that a test starts, and their logs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::wait::TIMEOUT;

/// The variable with the words of another command under test, such as `wine adrc.exe`.
const COMMAND: &str = "ADR_COMMAND";

/// The command under test: the program at `path`, or the one that `ADR_COMMAND` names instead. So
/// suites that were built for this system test a program that was built for another one.
#[must_use]
pub fn under_test(path: impl AsRef<OsStr>) -> Command {
    other_under_test().unwrap_or_else(|| Command::new(path))
}

/// The command that `ADR_COMMAND` names in place of the one under test.
#[must_use]
pub fn other_under_test() -> Option<Command> {
    let other = std::env::var(COMMAND).ok()?;
    let mut words = other.split_whitespace();
    let mut command = Command::new(words.next()?);
    command.args(words);
    Some(command)
}

/// A path as the command under test sees it. wine shows the root folder of this system as drive Z.
#[must_use]
pub fn path_under_test(path: &Path) -> PathBuf {
    if other_under_test().is_none() {
        return path.to_owned();
    }
    format!("Z:{}", path.to_str().unwrap().replace('/', "\\")).into()
}

/// A process that is killed when this value is dropped.
#[derive(Debug)]
pub struct KillOnDrop(pub Child);

impl KillOnDrop {
    /// Starts the command.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let child = command.spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Starts the command without standard input, output and error.
    #[must_use]
    pub fn start_silent(command: &mut Command) -> Self {
        Self::start(silence(command))
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Connects standard input, output and error to nothing.
pub fn silence(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

/// A process that logs JSON on standard error, one event per line; killed when dropped.
#[derive(Debug)]
pub struct LoggingProcess {
    process: KillOnDrop,
    /// Events so far, oldest first. A line that is not JSON becomes an event with that message.
    log: Arc<Mutex<Vec<Value>>>,
}

impl LoggingProcess {
    /// Starts the command.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = KillOnDrop::start(&mut command);
        let lines = BufReader::new(process.0.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line);
                let event = event.unwrap_or_else(|_| json!({ "fields": { "message": line } }));
                written.lock().unwrap().push(event);
            }
        });
        Self { process, log }
    }

    /// Identifier of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// The fields of all events so far whose message begins with `message`, oldest first.
    #[must_use]
    pub fn events(&self, message: &str) -> Vec<Value> {
        let log = self.log.lock().unwrap();
        let fields = log.iter().map(|event| &event["fields"]);
        let found = fields.filter(|fields| {
            fields["message"].as_str().is_some_and(|text| text.starts_with(message))
        });
        found.cloned().collect()
    }

    /// Waits for the `n`-th event with this message, counted from 1.
    pub fn wait_for_nth(&mut self, message: &str, n: usize) -> Value {
        let start = Instant::now();
        loop {
            if let Some(event) = self.events(message).into_iter().nth(n - 1) {
                return event;
            }
            let status = self.process.0.try_wait().unwrap();
            assert!(
                status.is_none() && start.elapsed() < TIMEOUT,
                "no event `{message}`, exit status {status:?}: {:?}",
                self.log.lock().unwrap()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.process.0);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end, and returns the exit status; `None` after a signal.
    pub fn wait(&mut self) -> Option<i32> {
        self.process.0.wait().unwrap().code()
    }

    /// Kills the process and waits for its end. The log remains.
    pub fn kill(&mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// Most memory that the process had so far, in KiB (Linux).
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
    }
}
