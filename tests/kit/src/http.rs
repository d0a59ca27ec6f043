//! HTTP clients: bytes on a connection, and curl.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use crate::wait::ANSWER_TIMEOUT;

/// Sends `request` on a new connection, and reads the answer until the connection ends.
#[must_use]
pub fn exchange(server: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
    // the server may answer and close before it has read all of the request
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads the head of a request or response, up to and with the empty line.
pub fn read_head(stream: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0, "the connection ended after: {head}");
    }
    head
}

/// A response, as curl prints it.
#[derive(Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Status line and header lines, in lower case.
    pub head: String,
    /// Body.
    pub body: String,
}

/// Requests `url` with curl; `arguments` are further words of its command line.
#[must_use]
pub fn curl(arguments: &[&str], url: &str) -> Response {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "120"])
        .args(arguments)
        .arg(url)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{url}: {output:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Response { status: status.unwrap(), head: head.to_ascii_lowercase(), body: body.to_owned() }
}
