//! A folder with rules, a server that watches it, and client cores that follow the server.

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use adr_kit::process::silence;
use serde_json::Value;
use tempfile::TempDir;

use crate::server_process::ServerProcess;
use adr_kit::wait::{TIMEOUT, wait_within};

/// Rules that put `prefix` before seven digits.
pub(crate) fn rules(prefix: usize) -> String {
    format!(
        "emergency 911\napplication {{\n  rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }}\n}}\n\
         test {{\n  dial 5551212 -> {prefix}5551212\n  dial 911 -> unchanged\n}}\n"
    )
}

/// Rules that change 911.
pub(crate) const DANGEROUS: &str =
    "emergency 911\napplication {\n  rule \"Three\" { digits 3; prefix 8 }\n}\n";

/// Arguments of a server that publishes into a folder.
pub(crate) const PUBLISHING: [&str; 5] = ["rules", "--publish", "published", "--debounce", "50ms"];

/// The exit status of a command that waits, if a server did not answer at the end of the time.
const UNANSWERED: i32 = 2;

/// A folder with rules, and a server that watches them.
pub(crate) struct World {
    sandbox: TempDir,
    pub(crate) server: ServerProcess,
}

impl World {
    /// Rules with the prefix 1, and a server with these addresses for TFTP, HTTP and the admin
    /// port.
    pub(crate) fn new(words: &[&str], addresses: [&str; 3]) -> Self {
        let sandbox = tempfile::tempdir().unwrap();
        save(sandbox.path(), &rules(1));
        let server = ServerProcess::start_watching(sandbox.path(), words, addresses);
        Self { sandbox, server }
    }

    /// A server that runs in this folder.
    pub(crate) fn of(sandbox: TempDir, server: ServerProcess) -> Self {
        Self { sandbox, server }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.sandbox.path()
    }

    /// Saves a text as the dial plan.
    pub(crate) fn save(&self, text: &str) {
        save(self.folder(), text);
    }

    /// Runs `adrc` with the words of a line; no word contains a space.
    pub(crate) fn adrc(&self, line: &str) -> Output {
        let mut command = adr_tests::adrc(self.folder());
        command.args(line.split(' ')).output().unwrap()
    }

    /// Runs a command that waits for cores, again while a server did not answer its last request,
    /// which gets little time. Run twice, the command publishes nothing more.
    pub(crate) fn adrc_that_waits(&self, line: &str) -> Output {
        let output = RefCell::new(self.adrc(line));
        let is_answered = || {
            let is_answered = output.borrow().status.code() != Some(UNANSWERED);
            if !is_answered {
                output.replace(self.adrc(line));
            }
            is_answered
        };
        wait_within(TIMEOUT, is_answered, || format!("{:?}", output.borrow()));
        output.into_inner()
    }

    /// Starts a core that follows the server at this URL.
    pub(crate) fn core(&self, name: &str, url: &str) -> Core {
        Core(start_core(self.folder(), name, url))
    }

    /// Starts a core with the servers at these URLs.
    pub(crate) fn core_of(&self, name: &str, urls: &[String]) -> Core {
        Core(start_core_of(self.folder(), name, urls))
    }

    /// The result of 5551212 from a core.
    pub(crate) fn dialed(&self, core: &str) -> String {
        let output = self.adrc(&format!("dial --core {core} 5551212"));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Waits until a core gives this result for 5551212.
    pub(crate) fn until_dialed(&self, core: &str, result: &str) {
        wait_within(
            TIMEOUT,
            || self.dialed(core) == result,
            || format!("{core} dials {}, expected {result}", self.dialed(core)),
        );
    }
}

/// Saves as most editors do: writes a new file and renames it. If the file were written in place, a
/// server that starts meanwhile could read it empty.
fn save(folder: &Path, text: &str) {
    fs::create_dir_all(folder.join("rules")).unwrap();
    fs::write(folder.join("aside"), text).unwrap();
    fs::rename(folder.join("aside"), folder.join("rules/plan.adr")).unwrap();
}

/// A running core, killed when dropped.
pub(crate) struct Core(Child);

impl Drop for Core {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a core in `folder`, with a socket of this name and a cache beside it. It polls a server
/// that announces no changes every second, or every five seconds by TFTP.
pub(crate) fn start_core(folder: &Path, name: &str, url: &str) -> Child {
    start_core_of(folder, name, &[url.to_owned()])
}

/// Starts a core in `folder` with the servers at these URLs, or that of another program.
pub(crate) fn core_of(folder: &Path, name: &str, urls: &[String], program: Option<&Path>) -> Core {
    let program = program.map(Command::new).map(|mut command| {
        command.current_dir(folder);
        command
    });
    let command = program.unwrap_or_else(|| adr_tests::adrc(folder));
    Core(start_core_with(command, name, urls))
}

fn start_core_of(folder: &Path, name: &str, urls: &[String]) -> Child {
    start_core_with(adr_tests::adrc(folder), name, urls)
}

fn start_core_with(mut command: Command, name: &str, urls: &[String]) -> Child {
    let cache = format!("{name}-cache");
    command.args(["core", "--socket", name]);
    command.args(urls.iter().flat_map(|url| ["--server", url]));
    command.args(["--cache", &cache, "--poll", "1s"]);
    silence(&mut command).spawn().unwrap()
}

/// Sends a request to the socket of a core; `None` while no core answers.
pub(crate) fn ask(socket: &PathBuf, request: &Value) -> Option<Value> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    writeln!(stream, "{request}").ok()?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}
