//! The application's end of the control socket.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::Stream;
use super::describe::failure_phrase;
use super::message::Request;
use crate::detail::shown_path;

/// Longest reply that is read, in bytes.
const MAX_REPLY_BYTES: u64 = 64 * 1024;

/// A connection to a core.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<Stream>,
    path: PathBuf,
}

/// Why a core did not answer: its socket, and the cause.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", shown_path(path), failure_phrase(source))]
pub struct ClientError {
    /// The path of the socket or pipe.
    pub path: PathBuf,
    /// The cause.
    pub source: io::Error,
}

/// The reply of a core.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Success; the whole reply.
    Ok(Value),
    /// An error.
    Error {
        /// A word, such as `bad-request` or the reason of a rejection.
        code: String,
        /// A sentence for the user.
        message: String,
    },
}

impl Client {
    /// Connects to the control socket of a core.
    ///
    /// # Errors
    ///
    /// No core listens there, or this user may not connect.
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let path = path.to_owned();
        match Stream::connect(&path) {
            Ok(stream) => Ok(Self { stream: BufReader::new(stream), path }),
            Err(source) => Err(ClientError { path, source }),
        }
    }

    /// The path of the socket or pipe.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sends a request and waits for the reply, for at most `timeout`.
    ///
    /// # Errors
    ///
    /// The core closed the connection, did not reply in time, or sent something else than a reply.
    pub fn request(
        &mut self,
        request: &Request<'_>,
        timeout: Duration,
    ) -> Result<Reply, ClientError> {
        self.exchange(request, timeout).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> ClientError {
        ClientError { path: self.path.clone(), source }
    }

    fn exchange(&mut self, request: &Request<'_>, timeout: Duration) -> io::Result<Reply> {
        let mut bytes = serde_json::to_vec(request)?;
        bytes.push(b'\n');
        let stream = self.stream.get_mut();
        // a timeout of zero is an error
        let timeout = Some(timeout.max(Duration::from_millis(1)));
        stream.set_read_timeout(timeout)?;
        stream.set_write_timeout(timeout)?;
        // a core that refuses a connection replies before the request and closes: the reply counts
        let sent = stream.write_all(&bytes);
        let mut line = String::new();
        if self.stream.by_ref().take(MAX_REPLY_BYTES).read_line(&mut line)? == 0 {
            sent?;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        parse(serde_json::from_str(&line)?)
    }

    /// Sends a request with a number, `dial` or `lookup`. The number is taken byte for byte.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn send_number(
        &mut self,
        verb: &str,
        number: &str,
        timeout: Duration,
    ) -> Result<Reply, ClientError> {
        let request = Request {
            verb: Cow::Borrowed(verb),
            number: Some(Cow::Borrowed(number)),
            ..Request::default()
        };
        self.request(&request, timeout)
    }

    /// Waits for the next status change after `subscribe`, however long it takes.
    ///
    /// # Errors
    ///
    /// The core closed the connection, or sent something else than an event.
    pub fn next_event(&mut self) -> Result<Value, ClientError> {
        self.read_event().map_err(|source| self.failed(source))
    }

    fn read_event(&mut self) -> io::Result<Value> {
        self.stream.get_mut().set_read_timeout(None)?;
        let mut line = String::new();
        if self.stream.by_ref().take(MAX_REPLY_BYTES).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&line)?)
    }

    /// Sends a request without a number: `reload`, `status`, `subscribe` or `hello`.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn send_verb(&mut self, verb: &str, timeout: Duration) -> Result<Reply, ClientError> {
        self.request(&Request { verb: Cow::Borrowed(verb), ..Request::default() }, timeout)
    }
}

fn parse(reply: Value) -> io::Result<Reply> {
    let text = |name: &str| reply.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match reply.get("ok").and_then(Value::as_bool) {
        Some(true) => Ok(Reply::Ok(reply)),
        Some(false) => Ok(Reply::Error { code: text("code"), message: text("message") }),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}
