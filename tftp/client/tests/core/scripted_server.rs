//! An HTTP server that follows a script and records every request.

use std::io::Read;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use adr_bundle::{Manifest, sha256};
use adr_client::{Core, Server, Settings};
use adr_kit::http_server::{Connection, HttpServer, Request};
use adr_protocol::MOVING_EVENT;

use crate::dialing::quick_settings;
use crate::script::{Events, Garbage, Script, prefix};

/// A server that runs until the process ends.
#[derive(Clone)]
pub(crate) struct ScriptedServer {
    server: HttpServer,
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
        let script = Arc::<Mutex<Script>>::default();
        let answers = Answers(Arc::clone(&script));
        let server = HttpServer::on(listener, move |request, connection| {
            answers.answer(request, connection);
        });
        Self { server, script }
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    pub(crate) fn address(&self) -> Server {
        Server::parse(&format!("http://{}/", self.server.address())).unwrap()
    }

    /// Settings for a core that follows this server, with short timeouts.
    pub(crate) fn settings(&self) -> Settings {
        quick_settings(vec![self.address()])
    }

    pub(crate) fn core(&self) -> Core {
        Core::open(self.settings()).unwrap()
    }
}

/// The answers of a script to requests.
struct Answers(Arc<Mutex<Script>>);

impl Answers {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }

    fn answer(&self, request: &Request, connection: &mut Connection) {
        let path = request.path.trim_start_matches('/');
        self.script().requests.push(format!("{} /{path}", request.method));
        if self.script().is_hung {
            // until the client closes the connection
            let _ = connection.stream.read(&mut [0; 1]);
            return;
        }
        let garbage = self.script().garbage.clone();
        if let Some(garbage) = garbage.filter(|it| request.path.starts_with(it.path)) {
            self.send_garbage(&garbage, connection);
            return;
        }
        let name = path.split('?').next().unwrap_or_default();
        match name {
            "-/events" => self.events(connection, path.contains("standby=1")),
            "-/state" => self.state(connection, path),
            "-/report" => self.on_report(connection, &request.body),
            _ => {
                let known = request.header("if-none-match").unwrap_or_default();
                self.file(connection, name, known);
            }
        }
    }

    fn send_garbage(&self, garbage: &Garbage, connection: &mut Connection) {
        let mut is_open = connection.send(&garbage.answer) && !garbage.repeated.is_empty();
        while is_open && self.script().garbage.is_some() {
            is_open = connection.send(&garbage.repeated);
        }
    }

    fn on_report(&self, connection: &mut Connection, body: &[u8]) {
        let scripted = {
            let mut script = self.script();
            let responses = &mut script.report_responses;
            (!responses.is_empty()).then(|| responses.remove(0))
        };
        if let Some(head) = scripted {
            connection.send(head.as_bytes());
            return;
        }
        let Ok(report) = serde_json::from_slice(body) else { return };
        self.script().reports.push(report);
        connection.respond(204, b"");
    }

    fn file(&self, connection: &mut Connection, name: &str, known: &str) {
        let delay = self.script().manifest_delay;
        if name == Manifest::FILE_NAME {
            std::thread::sleep(delay);
        }
        if self.script().slow_files.iter().any(|file| file == name) {
            return send_slowly(connection);
        }
        let (replaced, file, is_cut) = {
            let script = self.script();
            let is_cut = script.cut.iter().any(|cut| cut == name);
            (script.overrides.get(name).cloned(), script.files.get(name).cloned(), is_cut)
        };
        match (replaced, file) {
            (Some((status, body)), _) => {
                connection.respond(status, &body);
            }
            (None, None) => {
                connection.respond(404, b"<html>not found</html>");
            }
            (None, Some(bytes)) if is_cut => {
                connection.send_file(bytes.len() as u64, &bytes[..bytes.len() / 2]);
            }
            (None, Some(bytes)) if known == format!("\"{}\"", sha256(&bytes)) => {
                self.script().not_modified.push(name.to_owned());
                connection.respond(304, b"");
            }
            (None, Some(bytes)) => {
                connection.respond(200, &bytes);
            }
        }
    }

    fn events(&self, connection: &mut Connection, is_standby: bool) {
        let events = self.script().events;
        match events {
            Events::Missing => {
                connection.respond(404, b"not found");
                return;
            }
            Events::Html => {
                connection.respond(200, b"<html/>");
                return;
            }
            Events::Busy => {
                let head = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";
                connection.send(head);
                return;
            }
            _ => {}
        }
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        let (mut sent, mut has_asked_to_move) = (None, false);
        loop {
            if self.script().is_hung {
                let _ = connection.stream.read(&mut [0; 1]);
                return;
            }
            let (events, mut text) = next_events(&self.script(), &mut sent, is_standby);
            for state in std::mem::take(&mut self.script().forged) {
                text += &format!("event: state\ndata: {state}\n\n");
            }
            if self.script().is_stopping && !std::mem::replace(&mut has_asked_to_move, true) {
                text += MOVING_EVENT;
            }
            if !connection.send(text.as_bytes()) || events == Events::CutOff {
                return;
            }
            if events == Events::Silent || events == Events::Buffered {
                // until the client closes the connection
                let _ = connection.stream.read(&mut [0; 1]);
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn state(&self, connection: &mut Connection, path: &str) {
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
        connection.respond(if is_there { 200 } else { 404 }, state.as_bytes());
    }
}

/// How the script answers on an event stream, and the text that it sends next; `sent` is the
/// generation that was sent last.
fn next_events(script: &Script, sent: &mut Option<u64>, is_standby: bool) -> (Events, String) {
    let state = match is_standby {
        true => script.state_without_files(script.generation),
        false => script.state(script.generation),
    };
    let older = script.state(script.generation.saturating_sub(1));
    let event = |state: &str| format!("retry: 20\nid: 1\nevent: state\ndata: {state}\n\n");
    let is_new = sent.replace(script.generation) != Some(script.generation);
    let text = match script.events {
        Events::Buffered => String::new(),
        Events::Comments => ":\n\n".to_owned(),
        Events::Silent if is_new => event(&state),
        Events::Silent => String::new(),
        Events::CutOff => {
            let mut text = event(&state);
            text.truncate(text.len() / 2);
            text
        }
        Events::Reordered if is_new => {
            [&older, &state, &older, &state, &older].map(|state| event(state)).concat()
        }
        _ if is_new => event(&state),
        _ => ":\n\n".to_owned(),
    };
    (script.events, text)
}

/// Sends a byte now and then, until the client closes the connection.
fn send_slowly(connection: &mut Connection) {
    connection.send_file(100_000, b"");
    while connection.send(b" ") {
        std::thread::sleep(Duration::from_millis(10));
    }
}
