//! Measures the time from the save of a rule to the first number that is dialed by it, and the same
//! for a minimal implementation.
//!
//! `saves ADRC COUNT [--publish | --hung]` starts `ADRC serve` on a folder of rules, without a
//! debounce time, and a client core that follows it (`ADRC core`). It saves the rules COUNT times,
//! alternately in place and by renaming. With `--publish`, the server also writes generations to
//! disk. The program prints one line of JSON with both lists of times, in microseconds.
//! `tests/benches/scale` runs it. With `--hung`, the first of two servers hangs.
//!
//! A time begins before the save, and ends when the core's socket answers with the new result. The
//! program dials whenever the core reports a new state. The core does so after it has saved its
//! copy, which is in memory where a file system in memory is available.
//!
//! In turns with adrc, the program saves the same text in the same way in another folder. There,
//! the minimal implementation waits for inotify and then gets the same file from the same server by
//! one HTTP request.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark reads its arguments, starts processes and prints"
)]

#[path = "saves/hung.rs"]
mod hung;

use std::fs;
use std::io::{BufRead, BufReader, Error, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rustix::fs::inotify;
use tempfile::TempDir;

/// Any port of loopback.
const ANY: &str = "127.0.0.1:0";

const FILE: &str = "/CUPC/AppDialRules.xml";

/// Longer than a debug build takes on a loaded machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The pause between two saves, so that one is complete before the next.
const PAUSE: Duration = Duration::from_millis(20);

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [adrc, count, options @ ..] = words.as_slice() else {
        return Err(Error::other("usage: saves ADRC COUNT [--publish | --hung]"));
    };
    let count: usize = count.parse().map_err(Error::other)?;
    let sandbox = tempfile::tempdir()?;
    if options.contains(&"--hung".to_owned()) {
        let hung::Times { stopped, silent } =
            hung::measure(Path::new(adrc), sandbox.path(), count)?;
        println!("{}", serde_json::json!({ "stopped": stopped, "silent": silent }));
        return Ok(());
    }
    let mut ours =
        Adrc::start(Path::new(adrc), sandbox.path(), options.contains(&"--publish".to_owned()))?;
    let baseline = Baseline::start(sandbox.path(), ours.server)?;
    let mut times = [Vec::new(), Vec::new()];
    // the first times include opening connections, and are not counted
    for turn in 0..count + 2 {
        let both = [ours.save(turn)?, baseline.save(turn)?];
        for (times, time) in times.iter_mut().zip(both) {
            times.extend((turn >= 2).then_some(time.as_secs_f64() * 1e6));
        }
        std::thread::sleep(PAUSE);
    }
    let [ours, baseline] = times;
    println!("{}", serde_json::json!({ "dialed": ours, "baseline": baseline }));
    Ok(())
}

/// A dial plan whose rule has a different prefix in every turn.
fn plan(turn: usize) -> String {
    format!(
        "emergency 911\napplication {{\n  rule \"out\" {{ begins-with 2; digits 10; prefix {} }}\n}}\n\
         test {{ dial 911 -> unchanged }}\n",
        1_000 + turn
    )
}

/// What a reply of the core contains when it dials by the rules of this turn.
fn expected(turn: usize) -> String {
    format!("\"result\":\"{}2345678901\"", 1_000 + turn)
}

/// Saves alternately in place and by renaming, as different editors do.
fn save(folder: &Path, turn: usize) -> Result<(), Error> {
    let (file, text) = (folder.join("plan.adr"), plan(turn));
    if turn.is_multiple_of(2) {
        return fs::write(file, text);
    }
    let aside = folder.join("plan.adr~");
    fs::write(&aside, text)?;
    fs::rename(aside, file)
}

/// A server, and a core that follows it.
struct Adrc {
    rules: PathBuf,
    server: SocketAddr,
    core: Connection,
    states: Connection,
    _cache: TempDir,
    _processes: [ChildProcess; 2],
}

impl Adrc {
    fn start(adrc: &Path, sandbox: &Path, publishes: bool) -> Result<Self, Error> {
        let rules = sandbox.join("rules");
        fs::create_dir(&rules)?;
        save(&rules, 0)?;
        let mut serve = Command::new(adrc);
        serve.args(["serve", "rules", "--debounce", "0ms", "--log", "json", "--admin", "off"]);
        serve.args(["--tftp", ANY, "--http", ANY]);
        if publishes {
            serve.args(["--publish", "published"]);
        }
        let mut serve = ChildProcess::start(serve.current_dir(sandbox), sandbox)?;
        let server = serve.address("http")?;
        let mut core = Command::new(adrc);
        let cache = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
        core.args(["core", "--socket", "socket", "--server"]);
        core.arg(format!("http://{server}")).arg("--cache").arg(cache.path());
        let core_process = ChildProcess::start(core.current_dir(sandbox), sandbox)?;
        let connect = || Connection::connect(&sandbox.join("socket")).ok();
        let [core, mut states] = [wait_for(connect)?, wait_for(connect)?];
        states.send("{\"verb\":\"subscribe\"}")?;
        let mut ours =
            Self { rules, server, core, states, _cache: cache, _processes: [serve, core_process] };
        ours.wait_for_result(0)?;
        Ok(ours)
    }

    fn save(&mut self, turn: usize) -> Result<Duration, Error> {
        // the first dial plan is in place already
        let turn = turn + 1;
        let began = Instant::now();
        save(&self.rules, turn)?;
        self.wait_for_result(turn)?;
        Ok(began.elapsed())
    }

    /// Dials at every new state, until the result is that of this turn.
    fn wait_for_result(&mut self, turn: usize) -> Result<(), Error> {
        let expected = expected(turn);
        loop {
            self.states.receive()?;
            self.core.send("{\"verb\":\"dial\",\"number\":\"2345678901\"}")?;
            if self.core.receive()?.contains(&expected) {
                return Ok(());
            }
        }
    }
}

/// A connection to the control socket of a core.
struct Connection {
    stream: BufReader<UnixStream>,
    line: String,
}

impl Connection {
    fn connect(path: &Path) -> Result<Self, Error> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream: BufReader::new(stream), line: String::new() })
    }

    fn send(&mut self, line: &str) -> Result<(), Error> {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes())
    }

    fn ask(&mut self, line: &str) -> Result<&str, Error> {
        self.send(line)?;
        self.receive()
    }

    fn receive(&mut self) -> Result<&str, Error> {
        self.line.clear();
        match self.stream.read_line(&mut self.line)? {
            0 => Err(Error::other("the core closed the connection")),
            _ => Ok(&self.line),
        }
    }
}

/// A child process that ends when this is dropped.
struct ChildProcess {
    child: Child,
    log: PathBuf,
}

impl ChildProcess {
    /// Starts the process with its output in a file, as under a service manager.
    fn start(command: &mut Command, sandbox: &Path) -> Result<Self, Error> {
        let name = command.get_args().next().unwrap_or_default().to_owned();
        Self::start_as(command, sandbox, &name.to_string_lossy())
    }

    fn start_as(command: &mut Command, sandbox: &Path, name: &str) -> Result<Self, Error> {
        let log = sandbox.join(name).with_extension("log");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(fs::File::create(&log)?).spawn()?;
        Ok(Self { child, log })
    }

    /// The address on which it serves a protocol, from its log.
    fn address(&mut self, protocol: &str) -> Result<SocketAddr, Error> {
        let address_in = |line: &str| {
            let event: serde_json::Value = serde_json::from_str(line).ok()?;
            let fields = &event["fields"];
            let is_it = fields["message"] == "listening" && fields["protocol"] == protocol;
            is_it.then(|| fields["address"].as_str()?.parse().ok())?
        };
        wait_for(|| fs::read_to_string(&self.log).ok()?.lines().find_map(address_in))
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The minimal implementation: a thread that waits for events of a folder and requests one file.
struct Baseline {
    folder: PathBuf,
    got: Receiver<Result<Instant, Error>>,
}

impl Baseline {
    fn start(sandbox: &Path, server: SocketAddr) -> Result<Self, Error> {
        let folder = sandbox.join("baseline");
        fs::create_dir(&folder)?;
        let watch = inotify::init(inotify::CreateFlags::CLOEXEC)?;
        let saved = inotify::WatchFlags::CLOSE_WRITE | inotify::WatchFlags::MOVED_TO;
        inotify::add_watch(&watch, &folder, saved)?;
        let (send, got) = channel();
        std::thread::spawn(move || follow(&watch, server, &send));
        Ok(Self { folder, got })
    }

    fn save(&self, turn: usize) -> Result<Duration, Error> {
        let began = Instant::now();
        save(&self.folder, turn)?;
        let got = self.got.recv_timeout(TIMEOUT).map_err(Error::other)??;
        Ok(got - began)
    }
}

/// Requests the file whenever the rules are saved.
fn follow(
    watch: &impl std::os::fd::AsFd,
    server: SocketAddr,
    got: &Sender<Result<Instant, Error>>,
) {
    let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(watch, &mut buffer);
    loop {
        let is_rules = match events.next() {
            Ok(event) => event.file_name().is_some_and(|name| name.to_bytes() == b"plan.adr"),
            Err(_) => return,
        };
        if is_rules && got.send(get(server)).is_err() {
            return;
        }
    }
}

/// Makes one HTTP request; returns the time at which the response was complete.
fn get(server: SocketAddr) -> Result<Instant, Error> {
    let mut stream = TcpStream::connect(server)?;
    let request = format!("GET {FILE} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let is_file = answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"</DialRules>\n");
    is_file.then(Instant::now).ok_or_else(|| Error::other("the response is not a complete file"))
}

/// Polls until `probe` returns a value, for at most [`TIMEOUT`].
fn wait_for<T>(mut probe: impl FnMut() -> Option<T>) -> Result<T, Error> {
    let began = Instant::now();
    while began.elapsed() < TIMEOUT {
        if let Some(found) = probe() {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(Error::other("timed out"))
}
