//! From the save of a rule to the first number that goes out by it, against the least that could be
//! done.
//!
//! `saves ADRC COUNT [--publish]` starts `ADRC serve` on a folder of rules without a quiet time,
//! and `ADRC core` that follows it, and saves the rules so many times, every other time in place
//! and by renaming. The time goes from before the save until the core's socket has answered with
//! the new result; it is asked whenever the core says that its state is another one, which it says
//! when its copy is kept, so the copy is kept in memory where there is such a place. In turns with
//! it, the same text is saved in the same way in another folder, where a thread waits for inotify
//! and then gets the same file from the same server by one HTTP request. With `--publish`,
//! generations are written to disk as well. Prints one line of JSON with both lists of times, in
//! microseconds.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program that measures reads its arguments, starts processes and prints"
)]

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

const FILE: &str = "/CUPC/AppDialRules.xml";

/// Longer than a debug build takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two saves, so that one is done with before the next.
const PAUSE: Duration = Duration::from_millis(20);

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [adrc, count, options @ ..] = words.as_slice() else {
        return Err(Error::other("usage: saves ADRC COUNT [--publish]"));
    };
    let count: usize = count.parse().map_err(Error::other)?;
    let room = tempfile::tempdir()?;
    let mut ours =
        Ours::start(Path::new(adrc), room.path(), options.contains(&"--publish".to_owned()))?;
    let least = Least::start(room.path(), ours.server)?;
    let mut times = [Vec::new(), Vec::new()];
    // the first ones find no connection open, and count for neither
    for turn in 0..count + 2 {
        let both = [ours.save(turn)?, least.save(turn)?];
        for (times, time) in times.iter_mut().zip(both) {
            times.extend((turn >= 2).then_some(time.as_secs_f64() * 1e6));
        }
        std::thread::sleep(PAUSE);
    }
    let [ours, least] = times;
    println!("{}", serde_json::json!({ "dialled": ours, "least": least }));
    Ok(())
}

/// A book whose rule puts other digits in front after each turn.
fn book(turn: usize) -> String {
    format!(
        "emergency 911\napplication {{\n  rule \"out\" {{ begins-with 2; digits 10; prefix {} }}\n}}\n\
         test {{ dial 911 -> unchanged }}\n",
        1_000 + turn
    )
}

/// Saves as some editors do, in place, and as others do, aside and renamed.
fn save(folder: &Path, turn: usize) -> Result<(), Error> {
    let (file, text) = (folder.join("plan.adr"), book(turn));
    if turn.is_multiple_of(2) {
        return fs::write(file, text);
    }
    let aside = folder.join("plan.adr~");
    fs::write(&aside, text)?;
    fs::rename(aside, file)
}

/// A server, and a core that follows it.
struct Ours {
    rules: PathBuf,
    server: SocketAddr,
    core: Line,
    news: Line,
    _cache: TempDir,
    _processes: [Running; 2],
}

impl Ours {
    fn start(adrc: &Path, room: &Path, publishes: bool) -> Result<Self, Error> {
        let rules = room.join("rules");
        fs::create_dir(&rules)?;
        save(&rules, 0)?;
        let mut serve = Command::new(adrc);
        let any = "127.0.0.1:0";
        serve.args(["serve", "rules", "--quiet", "0ms", "--log", "json", "--admin", "off"]);
        serve.args(["--tftp", any, "--http", any]);
        if publishes {
            serve.args(["--publish", "published"]);
        }
        let mut serve = Running::start(serve.current_dir(room), room)?;
        let server = serve.address()?;
        let mut core = Command::new(adrc);
        let cache = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
        core.args(["core", "--socket", "socket", "--server"]);
        core.arg(format!("http://{server}")).arg("--cache").arg(cache.path());
        let core_process = Running::start(core.current_dir(room), room)?;
        let connect = || Line::connect(&room.join("socket")).ok();
        let [core, mut news] = [waited_for(connect)?, waited_for(connect)?];
        news.say("{\"verb\":\"subscribe\"}")?;
        let mut ours =
            Self { rules, server, core, news, _cache: cache, _processes: [serve, core_process] };
        ours.wait_for(0)?;
        Ok(ours)
    }

    fn save(&mut self, turn: usize) -> Result<Duration, Error> {
        // the first book is there already
        let turn = turn + 1;
        let began = Instant::now();
        save(&self.rules, turn)?;
        self.wait_for(turn)?;
        Ok(began.elapsed())
    }

    /// Dials at every news, until the number goes out as the book of this turn says.
    fn wait_for(&mut self, turn: usize) -> Result<(), Error> {
        let expected = format!("\"result\":\"{}2345678901\"", 1_000 + turn);
        loop {
            self.news.hear()?;
            self.core.say("{\"verb\":\"dial\",\"number\":\"2345678901\"}")?;
            if self.core.hear()?.contains(&expected) {
                return Ok(());
            }
        }
    }
}

/// A conversation by lines with a core.
struct Line {
    stream: BufReader<UnixStream>,
    heard: String,
}

impl Line {
    fn connect(path: &Path) -> Result<Self, Error> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), heard: String::new() })
    }

    fn say(&mut self, line: &str) -> Result<(), Error> {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes())
    }

    fn hear(&mut self) -> Result<&str, Error> {
        self.heard.clear();
        match self.stream.read_line(&mut self.heard)? {
            0 => Err(Error::other("the core hung up")),
            _ => Ok(&self.heard),
        }
    }
}

/// A process that ends when this is dropped.
struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// What it says goes into a file, as it does under a service manager.
    fn start(command: &mut Command, room: &Path) -> Result<Self, Error> {
        let verb = command.get_args().next().unwrap_or_default();
        let log = room.join(verb).with_extension("log");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(fs::File::create(&log)?).spawn()?;
        Ok(Self { child, log })
    }

    /// Where it serves HTTP.
    fn address(&mut self) -> Result<SocketAddr, Error> {
        let told = |line: &str| {
            let event: serde_json::Value = serde_json::from_str(line).ok()?;
            let fields = &event["fields"];
            let is_http = fields["message"] == "listening" && fields["protocol"] == "http";
            is_http.then(|| fields["address"].as_str()?.parse().ok())?
        };
        waited_for(|| fs::read_to_string(&self.log).ok()?.lines().find_map(told))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A thread that does no more than wait for a folder's events, and ask for one file.
struct Least {
    folder: PathBuf,
    got: Receiver<Result<Instant, Error>>,
}

impl Least {
    fn start(room: &Path, server: SocketAddr) -> Result<Self, Error> {
        let folder = room.join("least");
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
        let got = self.got.recv_timeout(PATIENCE).map_err(Error::other)??;
        Ok(got - began)
    }
}

/// Gets the file whenever the rules are saved.
fn follow(
    watch: &impl std::os::fd::AsFd,
    server: SocketAddr,
    got: &Sender<Result<Instant, Error>>,
) {
    let mut room = [std::mem::MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(watch, &mut room);
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

/// One HTTP request; gives the time at which the whole answer was there.
fn get(server: SocketAddr) -> Result<Instant, Error> {
    let mut stream = TcpStream::connect(server)?;
    let request = format!("GET {FILE} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let is_file = answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"</DialRules>\n");
    is_file.then(Instant::now).ok_or_else(|| Error::other("no whole file"))
}

/// What comes about within [`PATIENCE`].
fn waited_for<T>(mut look: impl FnMut() -> Option<T>) -> Result<T, Error> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(found) = look() {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(Error::other("did not come about in time"))
}
