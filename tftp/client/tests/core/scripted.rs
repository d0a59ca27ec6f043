//! A server that does what it is told, well or badly, and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use adr_bundle::signature::{SigningKey, Statement};
use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView, sha256};
use adr_client::core::{Core, Settings, Times};
use adr_client::server::Server;

pub(crate) const APPLICATION: &str = "CUPC/AppDialRules.xml";
pub(crate) const LOOKUP: &str = "CUPC/DirLookupDialRules.xml";

/// Rules that put a prefix before seven digits.
pub(crate) fn prefix(prefix: &str) -> Vec<u8> {
    format!(
        "<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='{prefix}'/></DialRules>"
    )
    .into_bytes()
}

/// How the server answers a request for events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Events {
    /// As it should.
    #[default]
    Told,
    /// Not at all: 404.
    NotThere,
    /// The head of an answer, then nothing, as behind a proxy that buffers.
    HeldBack,
    /// The first event, and never a byte again.
    FallsSilent,
    /// Half an event, then the end.
    DiesInside,
    /// Every state twice, with older ones in between.
    Muddled,
    /// 503 with Retry-After.
    Full,
    /// A page for people.
    Html,
}

/// What the server has and does; may be changed at any time.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) generation: u64,
    pub(crate) window: u64,
    pub(crate) events: Events,
    pub(crate) has_long_poll: bool,
    /// Files that events bring along.
    pub(crate) enclosed: BTreeMap<String, Vec<u8>>,
    /// Answers in the place of files: status and body.
    pub(crate) instead: BTreeMap<String, (u16, Vec<u8>)>,
    /// Files whose answer ends in the middle.
    pub(crate) cut: Vec<String>,
    /// Files of which a byte comes now and then, and never the last one.
    pub(crate) trickling: Vec<String>,
    /// How long the manifest takes.
    pub(crate) slow: Duration,
    /// Every request: method and path.
    pub(crate) asked: Vec<String>,
    /// Files that were known already, and not sent again.
    pub(crate) unchanged: Vec<String>,
    /// Answers to reports that come next, before all are taken: heads, and nothing for a connection
    /// that ends.
    pub(crate) report_answers: Vec<&'static str>,
    /// Bodies of reports.
    pub(crate) reports: Vec<serde_json::Value>,
}

impl Script {
    /// Publishes two files as the next generation.
    pub(crate) fn publish(&mut self, application: &[u8], lookup: &[u8]) {
        let generation = self.generation + 1;
        self.publish_as(generation, application, lookup);
    }

    pub(crate) fn publish_as(&mut self, generation: u64, application: &[u8], lookup: &[u8]) {
        self.generation = generation;
        let files = [(APPLICATION, application), (LOOKUP, lookup)];
        let entries = files.map(|(path, bytes)| ManifestFile::of(path, bytes));
        let view = ManifestView { name: None, folder: String::new(), networks: Vec::new() };
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            generation,
            tool: "0.1.0".into(),
            views: vec![view],
            files: entries.to_vec(),
        };
        for (path, bytes) in files {
            self.files.insert(path.to_owned(), bytes.to_vec());
        }
        self.files.insert(Manifest::FILE_NAME.to_owned(), manifest.to_json().into_bytes());
        self.files.remove("manifest.json.minisig");
    }

    /// Publishes for two networks, of which this server asks for the first one's files.
    pub(crate) fn publish_for_two(&mut self, generation: u64, here: &[u8], there: &[u8]) {
        self.publish_as(generation, here, b"<DialRules/>");
        let folders = [("", here), ("sites/Dallas/", there)];
        let view = |(folder, _): (&str, &[u8])| ManifestView {
            name: (!folder.is_empty()).then(|| "Dallas".to_owned()),
            folder: folder.to_owned(),
            networks: Vec::new(),
        };
        let files = folders.iter().flat_map(|(folder, application)| {
            let files = [(APPLICATION, *application), (LOOKUP, b"<DialRules/>")];
            files.map(|(path, bytes)| ManifestFile::of(&format!("{folder}{path}"), bytes))
        });
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            generation,
            tool: String::new(),
            views: folders.map(view).to_vec(),
            files: files.collect(),
        };
        let text = manifest.to_json().into_bytes();
        self.files.insert(Manifest::FILE_NAME.to_owned(), text);
    }

    pub(crate) fn sign(&mut self, key: &SigningKey, statement: &Statement) {
        let signature = key.sign(&self.files[Manifest::FILE_NAME], statement).unwrap();
        self.files.insert("manifest.json.minisig".into(), signature.into_bytes());
    }

    pub(crate) fn count(&self, request: &str) -> usize {
        self.asked.iter().filter(|asked| asked.starts_with(request)).count()
    }

    fn state(&self, generation: u64) -> String {
        let manifest = self.files.get(Manifest::FILE_NAME);
        let sha256 = manifest
            .filter(|_| generation == self.generation)
            .map_or(String::new(), |bytes| sha256(bytes));
        let files: BTreeMap<_, _> = self
            .enclosed
            .iter()
            .map(|(name, bytes)| (name, String::from_utf8_lossy(bytes)))
            .collect();
        let files = serde_json::to_string(&files).unwrap();
        format!(
            "{{\"generation\":{generation},\"sha256\":\"{sha256}\",\"window\":{},\"new\":1,\"files\":{files}}}",
            self.window
        )
    }
}

/// The server; it runs until the process ends.
#[derive(Clone)]
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Scripted {
    pub(crate) fn new() -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// With one generation, in which seven digits get a 1.
    pub(crate) fn published() -> Self {
        let server = Self::new();
        server.script().publish(&prefix("1"), b"<DialRules/>");
        server
    }

    pub(crate) fn at(listener: TcpListener) -> Self {
        let server = Self { address: listener.local_addr().unwrap(), script: Arc::default() };
        let serving = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        server
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    pub(crate) fn server(&self) -> Server {
        Server::parse(&format!("http://{}/", self.address)).unwrap()
    }

    /// Settings for a core of this server, with little patience.
    pub(crate) fn settings(&self) -> Settings {
        quick(vec![self.server()])
    }

    pub(crate) fn core(&self) -> Core {
        Core::open(self.settings()).unwrap()
    }

    /// Whoever hangs up ends only their own thread.
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let (request, _) = line.rsplit_once(' ')?;
        let path = request.split_once(" /")?.1.to_owned();
        let mut length = 0;
        let mut known = String::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let header = header.trim_end();
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(": ")?;
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "if-none-match" => known = value.to_owned(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        self.script().asked.push(request.to_owned());
        let name = path.split('?').next()?;
        match name {
            "-/events" => self.events(stream),
            "-/state" => self.state(stream, &path),
            "-/report" => self.report(stream, &body),
            _ => self.file(stream, name, &known),
        }
    }

    fn report(&self, mut stream: TcpStream, body: &[u8]) -> Option<()> {
        let instead = {
            let mut script = self.script();
            let answers = &mut script.report_answers;
            (!answers.is_empty()).then(|| answers.remove(0))
        };
        if let Some(head) = instead {
            return stream.write_all(head.as_bytes()).ok();
        }
        let report = serde_json::from_slice(body).ok()?;
        self.script().reports.push(report);
        answer(&mut stream, 204, b"")
    }

    fn file(&self, mut stream: TcpStream, name: &str, known: &str) -> Option<()> {
        let slow = self.script().slow;
        if name == Manifest::FILE_NAME {
            std::thread::sleep(slow);
        }
        if self.script().trickling.iter().any(|file| file == name) {
            return trickle(&mut stream);
        }
        let (instead, file, is_cut) = {
            let script = self.script();
            let is_cut = script.cut.iter().any(|cut| cut == name);
            (script.instead.get(name).cloned(), script.files.get(name).cloned(), is_cut)
        };
        match (instead, file) {
            (Some((status, body)), _) => answer(&mut stream, status, &body),
            (None, None) => answer(&mut stream, 404, b"<html>not found</html>"),
            (None, Some(bytes)) if is_cut => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len());
                stream.write_all(head.as_bytes()).ok()?;
                stream.write_all(&bytes[..bytes.len() / 2]).ok()
            }
            (None, Some(bytes)) if known == format!("\"{}\"", sha256(&bytes)) => {
                self.script().unchanged.push(name.to_owned());
                answer(&mut stream, 304, b"")
            }
            (None, Some(bytes)) => answer(&mut stream, 200, &bytes),
        }
    }

    fn events(&self, mut stream: TcpStream) -> Option<()> {
        let events = self.script().events;
        match events {
            Events::NotThere => return answer(&mut stream, 404, b"not found"),
            Events::Html => return answer(&mut stream, 200, b"<html/>"),
            Events::Full => {
                let head = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";
                return stream.write_all(head).ok();
            }
            _ => {}
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").ok()?;
        let mut told = None;
        loop {
            let (events, generation, state, older) = {
                let script = self.script();
                let older = script.generation.saturating_sub(1);
                (
                    script.events,
                    script.generation,
                    script.state(script.generation),
                    script.state(older),
                )
            };
            let event = |state: &str| format!("retry: 20\nid: 1\nevent: state\ndata: {state}\n\n");
            let is_new = told.replace(generation) != Some(generation);
            let text = match events {
                Events::HeldBack => String::new(),
                Events::FallsSilent if is_new && told.is_some() => event(&state),
                Events::FallsSilent => String::new(),
                Events::DiesInside => {
                    let text = event(&state);
                    stream.write_all(&text.as_bytes()[..text.len() / 2]).ok()?;
                    return None;
                }
                Events::Muddled if is_new => {
                    [&older, &state, &older, &state, &older].map(|state| event(state)).concat()
                }
                _ if is_new => event(&state),
                _ => ":\n\n".to_owned(),
            };
            stream.write_all(text.as_bytes()).ok()?;
            if events == Events::FallsSilent || events == Events::HeldBack {
                // until the other side gives up
                let _ = stream.read(&mut [0; 1]);
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn state(&self, mut stream: TcpStream, path: &str) -> Option<()> {
        let since = path
            .split("since=")
            .nth(1)
            .and_then(|rest| rest.split('&').next()?.parse().ok())
            .unwrap_or(0);
        let until = Instant::now() + Duration::from_secs(2);
        while self.script().generation <= since && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        let (is_there, state) = {
            let script = self.script();
            (script.has_long_poll, script.state(script.generation))
        };
        answer(&mut stream, if is_there { 200 } else { 404 }, state.as_bytes())
    }
}

/// A byte now and then, until the other side has had enough.
fn trickle(stream: &mut TcpStream) -> Option<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").ok()?;
    loop {
        stream.write_all(b" ").ok()?;
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn answer(stream: &mut TcpStream, status: u16, body: &[u8]) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}

/// Settings with times for tests.
pub(crate) fn quick(servers: Vec<Server>) -> Settings {
    let times = Times {
        first_event: Duration::from_millis(500),
        silence: Duration::from_millis(500),
        retry: Duration::from_millis(20),
        ..Times::default()
    };
    Settings { times, poll: Duration::from_millis(200), ..Settings::new(servers) }
}

/// What a core makes of a number.
pub(crate) fn dial(core: &Core, number: &str) -> String {
    let mut result = Vec::new();
    core.handle().dial(number.as_bytes(), &mut result);
    String::from_utf8(result).unwrap()
}

/// Waits until something is so; fails when it does not come about.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < until, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until seven digits get this prefix.
pub(crate) fn dials(core: &Core, prefix: &str) {
    let expected = format!("{prefix}5551212");
    eventually(&format!("dials {expected}; {:?}", core.handle().status()), || {
        dial(core, "5551212") == expected
    });
}
