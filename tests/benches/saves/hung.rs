//! The time from a save to the first number that is dialed by it, while the first server of the
//! core hangs: it is stopped in mid-stream, or accepts connections and answers nothing.

use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{ANY, ChildProcess, Connection, expected, save, wait_for};

/// Times in microseconds, with a new core in each turn, because a core that has noticed follows the
/// other server.
pub(crate) struct Times {
    /// The first server was stopped before the save.
    pub(crate) stopped: Vec<f64>,
    /// The first server never answered.
    pub(crate) silent: Vec<f64>,
}

pub(crate) fn measure(adrc: &Path, sandbox: &Path, count: usize) -> Result<Times, Error> {
    let mut servers = Servers::start(adrc, sandbox)?;
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let mut times = Times { stopped: Vec::new(), silent: Vec::new() };
    for turn in 0..count {
        times.stopped.push(servers.stopped(sandbox, 2 * turn)?);
        times.silent.push(servers.silent(sandbox, 2 * turn + 1, silent.local_addr()?)?);
    }
    Ok(times)
}

/// Two servers of one published folder.
struct Servers {
    adrc: PathBuf,
    rules: PathBuf,
    /// Serves the folder.
    first: ChildProcess,
    first_address: SocketAddr,
    /// Compiles the rules into the folder and serves it.
    second_address: SocketAddr,
    admin: SocketAddr,
    _second: ChildProcess,
}

impl Servers {
    fn start(adrc: &Path, sandbox: &Path) -> Result<Self, Error> {
        let rules = sandbox.join("shared-rules");
        std::fs::create_dir(&rules)?;
        save(&rules, 0)?;
        let serve = |source: &[&str], admin: &str, name: &str| {
            let mut serve = Command::new(adrc);
            serve.arg("serve").args(source).args(["--log", "json", "--admin", admin]);
            serve.args(["--tftp", ANY, "--http", ANY]);
            ChildProcess::start_as(serve.current_dir(sandbox), sandbox, name)
        };
        let source = ["shared-rules", "--publish", "shared", "--debounce", "0ms"];
        let mut second = serve(&source, ANY, "second")?;
        let (second_address, admin) = (second.address("http")?, second.address("admin")?);
        let mut first = serve(&["shared"], "off", "first")?;
        let first_address = first.address("http")?;
        let adrc = adrc.to_owned();
        Ok(Self { adrc, rules, first, first_address, second_address, admin, _second: second })
    }

    fn stopped(&mut self, sandbox: &Path, turn: usize) -> Result<f64, Error> {
        let mut core = Core::start(&self.adrc, sandbox, [self.first_address, self.second_address])?;
        core.wait_until_followed(self.first_address)?;
        wait_for(|| (listeners(self.admin).ok()? == 1).then_some(()))?;
        self.first.signal(Signal::STOP)?;
        let time = self.save(&mut core, turn);
        self.first.signal(Signal::CONT)?;
        time
    }

    fn silent(&self, sandbox: &Path, turn: usize, silent: SocketAddr) -> Result<f64, Error> {
        let mut core = Core::start(&self.adrc, sandbox, [silent, self.second_address])?;
        core.wait_until_followed(self.second_address)?;
        self.save(&mut core, turn)
    }

    fn save(&self, core: &mut Core, turn: usize) -> Result<f64, Error> {
        // the first dial plan is in place already
        let turn = turn + 1;
        let began = Instant::now();
        save(&self.rules, turn)?;
        core.wait_for_result(turn)?;
        let time = began.elapsed().as_secs_f64() * 1e6;
        // both servers have the generation before the next core starts
        std::thread::sleep(Duration::from_millis(500));
        Ok(time)
    }
}

/// A core that lives for one turn.
struct Core {
    connection: Connection,
    _process: ChildProcess,
    _folder: tempfile::TempDir,
}

impl Core {
    fn start(adrc: &Path, sandbox: &Path, servers: [SocketAddr; 2]) -> Result<Self, Error> {
        let folder = tempfile::tempdir_in(sandbox)?;
        let socket = folder.path().join("s");
        let mut core = Command::new(adrc);
        core.arg("core").arg("--socket").arg(&socket).arg("--cache").arg(folder.path().join("c"));
        for server in servers {
            core.arg("--server").arg(format!("http://{server}"));
        }
        let process = ChildProcess::start_as(&mut core, folder.path(), "core")?;
        let connection = wait_for(|| Connection::connect(&socket).ok())?;
        Ok(Self { connection, _process: process, _folder: folder })
    }

    fn wait_until_followed(&mut self, server: SocketAddr) -> Result<(), Error> {
        let followed = format!("\"followed\":\"http://{server}/\"");
        wait_for(|| {
            let status = self.connection.ask("{\"verb\":\"status\"}").ok()?;
            (status.contains(&followed) && status.contains("\"has_rules\":true")).then_some(())
        })
    }

    /// Dials every two milliseconds.
    fn wait_for_result(&mut self, turn: usize) -> Result<(), Error> {
        let expected = expected(turn);
        let dial = "{\"verb\":\"dial\",\"number\":\"2345678901\"}";
        while !self.connection.ask(dial)?.contains(&expected) {
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl ChildProcess {
    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        Ok(kill_process(process.ok_or_else(|| Error::other("no process"))?, signal)?)
    }
}

/// How many streams of events a server has open, from its metrics.
fn listeners(admin: SocketAddr) -> Result<u32, Error> {
    let mut stream = TcpStream::connect(admin)?;
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let value = answer.lines().find_map(|line| line.strip_prefix("adrc_event_listeners "));
    value.and_then(|value| value.parse().ok()).ok_or_else(|| Error::other("no metric"))
}
