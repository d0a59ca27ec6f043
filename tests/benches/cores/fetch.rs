//! A fetch of a generation over one connection: requests for the manifest and both files, and the
//! report.

use std::io::{Error, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;

use adr_bundle::{Manifest, sha256};
use adr_dialer::{Dialer, Scratch};
use adr_engine::xml::read_as_client;
use adr_protocol::{Announcement, CORE_FILES, Report};
use mio::net::TcpStream;

/// The requests, in order.
const FILES: [&str; 3] = [CORE_FILES[0], CORE_FILES[2], CORE_FILES[3]];

/// A number that has a different result in every generation.
const NUMBER: &[u8] = b"2345678901";

/// The files of a core with their hashes; none at first.
#[derive(Default)]
pub(crate) struct HeldFiles {
    files: [(String, Vec<u8>); FILES.len()],
}

impl HeldFiles {
    /// Verifies and applies the files of an event; returns false if the event has no files.
    pub(crate) fn update(&mut self, announcement: &Announcement) -> Result<bool, Error> {
        if announcement.files.is_empty() {
            return Ok(false);
        }
        for (held, name) in self.files.iter_mut().zip(FILES) {
            let text = announcement.files.get(name);
            let text =
                text.ok_or_else(|| Error::other(format!("the event does not have {name}")))?;
            *held = (sha256(text.as_bytes()), text.clone().into_bytes());
        }
        if self.files[0].0 != announcement.state.sha256 {
            return Err(Error::other("the manifest differs from the announced one"));
        }
        run(&read_manifest(self)?, self, announcement.state.generation)?;
        Ok(true)
    }
}

/// A fetch in progress.
pub(crate) struct Fetch {
    pub(crate) stream: TcpStream,
    pub(crate) generation: u64,
    answer: Vec<u8>,
    /// How many responses have arrived. The response after the last file is that of the report.
    step: usize,
    has_sent: bool,
    manifest: Option<Manifest>,
}

/// The progress of one step; all false until more data arrives.
#[derive(Default)]
pub(crate) struct Progress {
    /// The rules are in use.
    pub(crate) runs: bool,
    /// The server has accepted the report.
    pub(crate) is_done: bool,
}

impl Fetch {
    /// Starts a fetch over a connection that may not be established yet. When all files are
    /// present, only the report is sent.
    pub(crate) fn begin(connection: OwnedFd, generation: u64, has_all: bool) -> Self {
        Self {
            stream: TcpStream::from_std(connection.into()),
            generation,
            answer: Vec::new(),
            step: if has_all { FILES.len() } else { 0 },
            has_sent: false,
            manifest: None,
        }
    }

    /// Makes as much progress as possible without blocking.
    pub(crate) fn advance(
        &mut self,
        core: &str,
        held: &mut HeldFiles,
        block: &mut [u8],
    ) -> Result<Progress, Error> {
        if !self.has_sent && !self.send(core, held)? {
            return Ok(Progress::default());
        }
        match self.stream.read(block) {
            Ok(0) => return Err(Error::other("the server closed a connection")),
            Ok(size) => self.answer.extend_from_slice(&block[..size]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Progress::default()),
            Err(error) => return Err(error),
        }
        // nothing follows a complete response, and a valid response fits in the block
        self.process(core, held)
    }

    /// Processes the response once it is complete, and continues.
    fn process(&mut self, core: &str, held: &mut HeldFiles) -> Result<Progress, Error> {
        let mut progress = Progress::default();
        let Some((status, body)) = complete_response(&self.answer)? else {
            return Ok(progress);
        };
        match (FILES.get(self.step), status) {
            (Some(_), 200) => held.files[self.step] = (sha256(body), body.to_vec()),
            (Some(_), 304) => {}
            (None, 204) => {
                progress.is_done = true;
                return Ok(progress);
            }
            (name, _) => {
                let what = name.unwrap_or(&"a report");
                return Err(Error::other(format!("status {status} for {what}")));
            }
        }
        self.step += 1;
        if self.step == 1 {
            self.manifest = Some(read_manifest(held)?);
        }
        let manifest = self.manifest.as_ref();
        while let (Some(name), Some(manifest)) = (FILES.get(self.step), manifest)
            && is_listed(manifest, name, &held.files[self.step])
        {
            self.step += 1;
        }
        if let (true, Some(manifest)) = (self.step == FILES.len(), manifest) {
            run(manifest, held, self.generation)?;
            progress.runs = true;
        }
        self.answer.clear();
        self.send(core, held)?;
        Ok(progress)
    }

    /// Sends the next request; returns false while the connection is not established.
    fn send(&mut self, core: &str, held: &HeldFiles) -> Result<bool, Error> {
        let request = match FILES.get(self.step) {
            Some(name) => {
                let known = &held.files[self.step].0;
                let known = if known.is_empty() {
                    String::new()
                } else {
                    format!("if-none-match: \"{known}\"\r\n")
                };
                format!("GET /{name} HTTP/1.1\r\nhost: adrc\r\n{known}\r\n")
            }
            None => self.report(core, held)?,
        };
        match self.stream.write(request.as_bytes()) {
            Ok(size) if size == request.len() => self.has_sent = true,
            Ok(_) => return Err(Error::other("a request does not fit into an empty buffer")),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {}
            Err(error) => return Err(error),
        }
        Ok(self.has_sent)
    }

    fn report(&self, core: &str, held: &HeldFiles) -> Result<String, Error> {
        let report = Report {
            client: core.to_owned(),
            generation: self.generation,
            sha256: held.files[0].0.clone(),
            ..Report::default()
        };
        let body = serde_json::to_string(&report)?;
        let length = body.len();
        Ok(format!(
            "POST /-/report HTTP/1.1\r\nhost: adrc\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }
}

fn read_manifest(held: &HeldFiles) -> Result<Manifest, Error> {
    Manifest::parse(&held.files[0].1).map_err(|error| Error::other(error.to_string()))
}

/// Whether a file is the one in the manifest, so that it need not be requested.
fn is_listed(manifest: &Manifest, name: &str, (sha256, bytes): &(String, Vec<u8>)) -> bool {
    let mut files = manifest.files.iter();
    let listed = files.find(|file| file.path == name);
    listed.is_some_and(|listed| listed.sha256 == *sha256 && listed.size == bytes.len() as u64)
}

/// Verifies the files, reads them as a client does, and dials a number.
fn run(manifest: &Manifest, held: &HeldFiles, generation: u64) -> Result<(), Error> {
    let [_, application, lookup] = &held.files;
    if manifest.generation != generation
        || !is_listed(manifest, FILES[1], application)
        || !is_listed(manifest, FILES[2], lookup)
    {
        return Err(Error::other("files of another generation"));
    }
    let dialers = [application, lookup].map(|file| Dialer::new(&read_as_client(&file.1).rules));
    let expected = format!("{}2345678901", 1_000 + generation % 9_000);
    let mut scratch = Scratch::default();
    let dialed = dialers[0].dial(NUMBER, &mut scratch);
    (dialed.result == expected.as_bytes())
        .then_some(())
        .ok_or_else(|| Error::other("the rules are not those of the generation"))
}

/// Status and body, once the response is complete.
fn complete_response(answer: &[u8]) -> Result<Option<(u16, &[u8])>, Error> {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..end]).map_err(Error::other)?;
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let status: u16 = status.ok_or_else(|| Error::other("no status"))?;
    let is_length = |line: &&str| {
        line.get(..15).is_some_and(|name| name.eq_ignore_ascii_case("content-length:"))
    };
    let length = match head.lines().find(is_length) {
        Some(line) if status == 200 => line[15..].trim().parse().map_err(Error::other)?,
        _ => 0,
    };
    Ok(answer.get(end + 4..end + 4 + length).map(|body| (status, body)))
}
