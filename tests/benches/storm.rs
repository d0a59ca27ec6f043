//! Puts load on a server and prints the results as one line of JSON; `tests/benches/serve` runs it.
//!
//! ```text
//! storm tftp SERVER FILE CONTENT CLIENTS once|SECONDS [NAME=VALUE]...   with TFTP options
//! storm http SERVER PATH CONTENT CONNECTIONS SECONDS
//! ```
//!
//! `CONTENT` is a file on disk that every download must equal.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads its arguments and prints"
)]

use std::io::Error;
use std::net::SocketAddr;
use std::time::Duration;

use adr_tests::load::{End, Expected, Figures, Pace, Requests, Storm};

const USAGE: &str =
    "usage: storm tftp|http SERVER FILE CONTENT CLIENTS once|SECONDS [NAME=VALUE]...";

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [protocol, server, file, content, clients, pace, options @ ..] = words.as_slice() else {
        return Err(Error::other(USAGE));
    };
    let server: SocketAddr = server.parse().map_err(Error::other)?;
    let expected: Expected = [std::fs::read(content)?].into();
    let clients: usize = clients.parse().map_err(Error::other)?;
    let pace = pace_of(pace)?;
    let figures = match (protocol.as_str(), pace) {
        ("tftp", pace) => {
            let mut storm = Storm::new(server, file, expected, clients);
            storm.pace = pace;
            storm.options = options_of(options)?;
            storm.run()?
        }
        ("http", Pace::Until(end)) => requests(server, file, expected, clients, end)?,
        _ => return Err(Error::other(USAGE)),
    };
    println!("{figures}");
    Ok(())
}

fn requests(
    server: SocketAddr,
    path: &str,
    expected: Expected,
    connections: usize,
    end: End,
) -> Result<Figures, Error> {
    let requests = Requests { server, path: path.to_owned(), expected, connections, end };
    requests.run()
}

fn pace_of(word: &str) -> Result<Pace, Error> {
    match word {
        "once" => Ok(Pace::Once),
        seconds => seconds
            .parse()
            .map(|seconds| Pace::Until(End::After(Duration::from_secs(seconds))))
            .map_err(Error::other),
    }
}

fn options_of(words: &[String]) -> Result<Vec<(&'static str, u64)>, Error> {
    let names = ["blksize", "windowsize", "tsize", "timeout"];
    let option = |word: &String| {
        let (name, value) = word.split_once('=')?;
        let name = names.into_iter().find(|known| *known == name)?;
        Some((name, value.parse().ok()?))
    };
    let options: Option<Vec<_>> = words.iter().map(option).collect();
    options.ok_or_else(|| Error::other(USAGE))
}
