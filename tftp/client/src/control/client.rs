//! The other side of the control socket: an application asks a core that runs.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::Stream;
use super::message::Request;

/// Longest answer that is read, in bytes.
const ANSWER: u64 = 64 * 1024;

/// A connection to a core.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<Stream>,
}

/// What a core answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answered {
    /// Yes; the whole answer.
    Yes(Value),
    /// No: a word and a sentence.
    No {
        /// Such as `bad-request`, or the reason of a refusal.
        code: String,
        /// For people.
        message: String,
    },
}

impl Client {
    /// Connects to the socket of a core.
    ///
    /// # Errors
    ///
    /// Nobody listens there, or this user may not.
    pub fn connect(path: &Path) -> io::Result<Self> {
        Ok(Self { stream: BufReader::new(Stream::connect(path)?) })
    }

    /// Asks, and waits for the answer, at most `wait`.
    ///
    /// # Errors
    ///
    /// The core is gone, took too long, or answered what is no answer.
    pub fn ask(&mut self, request: &Request<'_>, wait: Duration) -> io::Result<Answered> {
        let mut bytes = serde_json::to_vec(request)?;
        bytes.push(b'\n');
        let stream = self.stream.get_mut();
        stream.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        stream.set_write_timeout(Some(wait.max(Duration::from_millis(1))))?;
        // a core that says no before it is asked hangs up: what it said is there to be read
        let sent = stream.write_all(&bytes);
        let mut line = String::new();
        if self.stream.by_ref().take(ANSWER).read_line(&mut line)? == 0 {
            sent?;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answered(serde_json::from_str(&line)?)
    }

    /// Dials or looks up a number, byte for byte.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub fn number(&mut self, verb: &str, number: &str, wait: Duration) -> io::Result<Answered> {
        let request = Request {
            verb: Cow::Borrowed(verb),
            number: Some(Cow::Borrowed(number)),
            ..Request::default()
        };
        self.ask(&request, wait)
    }

    /// Asks for what needs no number: `reload`, `status`, `hello`.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub fn verb(&mut self, verb: &str, wait: Duration) -> io::Result<Answered> {
        self.ask(&Request { verb: Cow::Borrowed(verb), ..Request::default() }, wait)
    }
}

fn answered(answer: Value) -> io::Result<Answered> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match answer.get("ok").and_then(Value::as_bool) {
        Some(true) => Ok(Answered::Yes(answer)),
        Some(false) => Ok(Answered::No { code: text("code"), message: text("message") }),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}
