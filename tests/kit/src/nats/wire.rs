//! The protocol of NATS, as far as a test needs it: to look, and to do damage.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::wait::ANSWER_TIMEOUT;

/// A request that is sent again and again gets this long each time: a server that is not ready may
/// never answer one.
const TRY_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection to a NATS server without TLS.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    subscriptions: u32,
}

/// A message that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its subject.
    pub subject: String,
    /// Its bytes, without headers.
    pub payload: Vec<u8>,
}

impl Wire {
    /// Connects, with a token if there is one.
    #[must_use]
    pub(super) fn connect(address: SocketAddr, token: Option<&str>) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut information = String::new();
        let _ = reader.read_line(&mut information);
        let mut wire = Self { stream, reader, subscriptions: 0 };
        let options = json!({
            "verbose": false, "pedantic": false, "headers": true, "no_responders": true,
            "lang": "test", "version": "1", "protocol": 1, "auth_token": token,
        });
        wire.send(format!("CONNECT {options}\r\n").as_bytes());
        wire
    }

    /// From now on, waits for answers only as long as a request gets that is sent again.
    #[must_use]
    pub(super) fn trying(self) -> Self {
        self.stream.set_read_timeout(Some(TRY_TIMEOUT)).unwrap();
        self
    }

    /// Publishes a message.
    pub fn publish(&mut self, subject: &str, payload: &[u8]) {
        self.send_message(subject, "", payload);
        self.flush();
    }

    /// Publishes a message that a stream stores, and waits until it is stored.
    pub fn store(&mut self, subject: &str, payload: &[u8]) {
        let answer = self.request(subject, payload);
        assert_stored(answer, subject);
    }

    /// Removes a key of a bucket, as the tools of NATS do: by a message with a header.
    pub fn delete_key(&mut self, bucket: &str, key: &str) {
        let headers = "NATS/1.0\r\nKV-Operation: DEL\r\n\r\n";
        let (inbox, size) = (self.inbox(), headers.len());
        let head = format!("HPUB $KV.{bucket}.{key} {inbox} {size} {size}\r\n{headers}\r\n");
        self.send(head.as_bytes());
        assert_stored(self.next_message(), key);
    }

    /// Subscribes to a subject. Messages come with [`Self::next_message`].
    pub fn subscribe(&mut self, subject: &str) {
        self.subscriptions += 1;
        self.send(format!("SUB {subject} {}\r\n", self.subscriptions).as_bytes());
        self.flush();
    }

    /// Sends a request; `None` without an answer, or if nobody is there to answer.
    pub fn request(&mut self, subject: &str, payload: &[u8]) -> Option<Message> {
        let inbox = self.inbox();
        self.send_message(subject, &inbox, payload);
        self.next_message().filter(|message| !message.payload.is_empty())
    }

    /// The next message; `None` if none comes in time.
    pub fn next_message(&mut self) -> Option<Message> {
        loop {
            let line = self.line()?;
            let words: Vec<&str> = line.split_whitespace().collect();
            match *words.first()? {
                "PING" => self.send(b"PONG\r\n"),
                "MSG" => return self.message(words[1], 0, words.last()?),
                "HMSG" => {
                    let headers = words[words.len() - 2].parse().ok()?;
                    return self.message(words[1], headers, words.last()?);
                }
                "-ERR" => return None,
                _ => {}
            }
        }
    }

    /// A new subject for an answer, with a subscription.
    fn inbox(&mut self) -> String {
        let inbox = format!("_INBOX.test.{}", self.subscriptions);
        self.subscriptions += 1;
        self.send(format!("SUB {inbox} {}\r\n", self.subscriptions).as_bytes());
        inbox
    }

    fn message(&mut self, subject: &str, headers: usize, size: &str) -> Option<Message> {
        let size: usize = size.parse().ok()?;
        let mut bytes = vec![0; size + 2];
        self.reader.read_exact(&mut bytes).ok()?;
        let payload = bytes.get(headers..size)?.to_vec();
        Some(Message { subject: subject.to_owned(), payload })
    }

    /// Waits until the server has read everything.
    fn flush(&mut self) {
        self.send(b"PING\r\n");
        while let Some(line) = self.line() {
            if line.starts_with("PONG") {
                return;
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line),
        }
    }

    fn send_message(&mut self, subject: &str, reply: &str, payload: &[u8]) {
        let head = format!("PUB {subject} {reply} {}\r\n", payload.len());
        self.send(&[head.as_bytes(), payload, b"\r\n"].concat());
    }

    fn send(&mut self, bytes: &[u8]) {
        // a server that was killed is noticed by the missing answer
        let _ = self.stream.write_all(bytes);
    }
}

/// Checks that a stream has confirmed a message: it answers with a sequence, or with an error.
#[track_caller]
fn assert_stored(answer: Option<Message>, subject: &str) {
    let answer = answer.unwrap_or_else(|| panic!("no stream stores messages of {subject}"));
    let answer: Value = serde_json::from_slice(&answer.payload).unwrap();
    assert!(answer["error"].is_null() && answer["seq"].is_u64(), "{subject}: {answer}");
}
