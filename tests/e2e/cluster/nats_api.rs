//! Just enough of the NATS protocol to do to a cluster what somebody else might do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use adr_kit::wait::ANSWER_TIMEOUT;
use serde_json::{Value, json};

/// A connection to a NATS server without a login.
pub(crate) struct NatsApi {
    reader: BufReader<TcpStream>,
    subscriptions: u32,
}

impl NatsApi {
    pub(crate) fn connect(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
        let mut api = Self { reader: BufReader::new(stream), subscriptions: 0 };
        assert!(api.line().starts_with("INFO "));
        api.send("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\n");
        api
    }

    /// Sends a message and returns its answer; the headers of either are left out.
    pub(crate) fn request(&mut self, subject: &str, payload: &str) -> Value {
        self.subscriptions += 1;
        let (number, length) = (self.subscriptions, payload.len());
        let inbox = format!("_INBOX.e2e.{number}");
        self.send(&format!(
            "SUB {inbox} {number}\r\nUNSUB {number} 1\r\nPUB {subject} {inbox} {length}\r\n{payload}\r\n"
        ));
        loop {
            let line = self.line();
            let words: Vec<_> = line.split_whitespace().collect();
            match words.as_slice() {
                ["MSG", .., length] => return self.body(0, length.parse().unwrap()),
                ["HMSG", .., head, length] => {
                    return self.body(head.parse().unwrap(), length.parse().unwrap());
                }
                ["PING"] => self.send("PONG\r\n"),
                ["-ERR", ..] => panic!("{subject}: {line}"),
                _ => {}
            }
        }
    }

    /// The names of all streams.
    pub(crate) fn streams(&mut self) -> Vec<String> {
        let answer = self.request("$JS.API.STREAM.NAMES", "");
        let names = answer["streams"].as_array().cloned().unwrap_or_default();
        names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
    }

    /// Deletes a stream, which is what a bucket or an object store is.
    pub(crate) fn delete_stream(&mut self, stream: &str) {
        let answer = self.request(&format!("$JS.API.STREAM.DELETE.{stream}"), "");
        assert_eq!(answer["success"], true, "{answer}");
    }

    /// The last sequence number of a stream.
    pub(crate) fn last_sequence(&mut self, stream: &str) -> u64 {
        let answer = self.request(&format!("$JS.API.STREAM.INFO.{stream}"), "");
        answer["state"]["last_seq"].as_u64().unwrap_or_else(|| panic!("{answer}"))
    }

    /// Removes a single message of a stream.
    pub(crate) fn delete_message(&mut self, stream: &str, sequence: u64) -> bool {
        let subject = format!("$JS.API.STREAM.MSG.DELETE.{stream}");
        self.request(&subject, &json!({ "seq": sequence }).to_string())["success"] == true
    }

    /// Writes a value into a bucket, as any client may.
    pub(crate) fn put(&mut self, bucket: &str, key: &str, value: &str) {
        let answer = self.request(&format!("$KV.{bucket}.{key}"), value);
        assert!(answer["seq"].is_u64(), "{answer}");
    }

    fn send(&mut self, text: &str) {
        self.reader.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the NATS server closed the connection");
        line
    }

    fn body(&mut self, head: usize, length: usize) -> Value {
        let mut body = vec![0; length + 2];
        self.reader.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body[head..length]).unwrap_or_default()
    }
}
