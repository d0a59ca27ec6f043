//! An HTTP server that follows a script: it answers well or badly, and remembers every request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use adr_bundle::{Manifest, sha256};
use adr_client::{Core, Server, Settings};

use crate::dialing::quick_settings;
use crate::script::{Events, Script, prefix};

/// A server that runs until the process ends.
#[derive(Clone)]
pub(crate) struct ScriptedServer {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl ScriptedServer {
    pub(crate) fn new() -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// A server with one generation, whose rule puts a 1 before seven digits.
    pub(crate) fn published() -> Self {
        let server = Self::new();
        server.script().publish(&prefix("1"), b"<DialRules/>");
        server
    }

    /// A server at an address that the test chose.
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

    pub(crate) fn address(&self) -> Server {
        Server::parse(&format!("http://{}/", self.address)).unwrap()
    }

    /// Settings for a core that follows this server, with short timeouts.
    pub(crate) fn settings(&self) -> Settings {
        quick_settings(vec![self.address()])
    }

    pub(crate) fn core(&self) -> Core {
        Core::open(self.settings()).unwrap()
    }

    /// Answers one request; `None` if the client closes the connection.
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
        self.script().requests.push(request.to_owned());
        let name = path.split('?').next()?;
        match name {
            "-/events" => self.events(stream),
            "-/state" => self.state(stream, &path),
            "-/report" => self.on_report(stream, &body),
            _ => self.file(stream, name, &known),
        }
    }

    fn on_report(&self, mut stream: TcpStream, body: &[u8]) -> Option<()> {
        let scripted = {
            let mut script = self.script();
            let responses = &mut script.report_responses;
            (!responses.is_empty()).then(|| responses.remove(0))
        };
        if let Some(head) = scripted {
            return stream.write_all(head.as_bytes()).ok();
        }
        let report = serde_json::from_slice(body).ok()?;
        self.script().reports.push(report);
        respond(&mut stream, 204, b"")
    }

    fn file(&self, mut stream: TcpStream, name: &str, known: &str) -> Option<()> {
        let delay = self.script().manifest_delay;
        if name == Manifest::FILE_NAME {
            std::thread::sleep(delay);
        }
        if self.script().slow_files.iter().any(|file| file == name) {
            return send_slowly(&mut stream);
        }
        let (replaced, file, is_cut) = {
            let script = self.script();
            let is_cut = script.cut.iter().any(|cut| cut == name);
            (script.overrides.get(name).cloned(), script.files.get(name).cloned(), is_cut)
        };
        match (replaced, file) {
            (Some((status, body)), _) => respond(&mut stream, status, &body),
            (None, None) => respond(&mut stream, 404, b"<html>not found</html>"),
            (None, Some(bytes)) if is_cut => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len());
                stream.write_all(head.as_bytes()).ok()?;
                stream.write_all(&bytes[..bytes.len() / 2]).ok()
            }
            (None, Some(bytes)) if known == format!("\"{}\"", sha256(&bytes)) => {
                self.script().not_modified.push(name.to_owned());
                respond(&mut stream, 304, b"")
            }
            (None, Some(bytes)) => respond(&mut stream, 200, &bytes),
        }
    }

    fn events(&self, mut stream: TcpStream) -> Option<()> {
        let events = self.script().events;
        match events {
            Events::Missing => return respond(&mut stream, 404, b"not found"),
            Events::Html => return respond(&mut stream, 200, b"<html/>"),
            Events::Busy => {
                let head = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";
                return stream.write_all(head).ok();
            }
            _ => {}
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").ok()?;
        let mut sent = None;
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
            let is_new = sent.replace(generation) != Some(generation);
            let text = match events {
                Events::Buffered => String::new(),
                Events::Silent if is_new && sent.is_some() => event(&state),
                Events::Silent => String::new(),
                Events::CutOff => {
                    let text = event(&state);
                    stream.write_all(&text.as_bytes()[..text.len() / 2]).ok()?;
                    return None;
                }
                Events::Reordered if is_new => {
                    [&older, &state, &older, &state, &older].map(|state| event(state)).concat()
                }
                _ if is_new => event(&state),
                _ => ":\n\n".to_owned(),
            };
            stream.write_all(text.as_bytes()).ok()?;
            if events == Events::Silent || events == Events::Buffered {
                // until the client closes the connection
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
        respond(&mut stream, if is_there { 200 } else { 404 }, state.as_bytes())
    }
}

/// Sends a byte now and then, until the client closes the connection.
fn send_slowly(stream: &mut TcpStream) -> Option<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").ok()?;
    loop {
        stream.write_all(b" ").ok()?;
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn respond(stream: &mut TcpStream, status: u16, body: &[u8]) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}
