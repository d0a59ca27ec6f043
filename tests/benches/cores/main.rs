//! Simulates very many client cores in one process; `tests/benches/scale` runs it.
//!
//! ```text
//! cores SERVER CORES listen GENERATIONS [FIRST]   only receive events
//! cores SERVER CORES run GENERATIONS [FIRST]      also fetch, verify, apply and report
//! ```
//!
//! FIRST is the number of the first core, by default 0. Cores with other numbers have other names.
//!
//! When all cores have received (and run) a generation, it prints a line of JSON with times of
//! `CLOCK_MONOTONIC`, in nanoseconds. `first` and `received` are the times at which the first and
//! the last core had the complete event, and `run` the time at which the last core had dialed by
//! the new rules. The program ends after GENERATIONS generations. It ends with an error if a
//! response is wrong or nothing happens for a minute.
//!
//! A simulated core does what a core does on the wire, with one poll for all of them. It has one
//! connection for events, and a second one for each fetch. A fetch requests the manifest and both
//! files, each with the hash of the file that the core has, unless the files came with the event.
//! Then it sends the report. The result for the number `2345678901` must have the prefix 1,000 plus
//! the generation modulo 9,000.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark reads its arguments, opens sockets and prints"
)]

mod events;
mod fetch;
mod tally;

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};

use events::{Event, EventParser};
use fetch::{Fetch, HeldFiles};
use tally::Tally;

const USAGE: &str = "usage: cores SERVER CORES listen|run GENERATIONS [FIRST]";

/// Cores that connect at once. The next ones connect when each of these has received an event.
const BATCH: usize = 200;

/// Cores that fetch at the same time: half of what the default limits of a server allow beside
/// 10,000 event streams.
const MAX_FETCHES: usize = 1_000;

/// The program fails when nothing happens for this long.
const TIMEOUT: Duration = Duration::from_secs(60);

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (server, count, mode, generations, first) = match words.as_slice() {
        [server, count, mode, generations] => (server, count, mode, generations, "0"),
        [server, count, mode, generations, first] => {
            (server, count, mode, generations, first.as_str())
        }
        _ => return Err(Error::other(USAGE)),
    };
    let first = first.parse().map_err(Error::other)?;
    let count: usize = count.parse().map_err(Error::other)?;
    let runs = match mode.as_str() {
        "listen" => false,
        "run" => true,
        _ => return Err(Error::other(USAGE)),
    };
    adr_tests::load::allow_sockets(count + MAX_FETCHES).map_err(Error::other)?;
    let server = server.parse().map_err(Error::other)?;
    let mut cores = Cores {
        server,
        runs,
        first,
        poll: Poll::new()?,
        cores: Vec::with_capacity(count),
        tally: Tally::new(count, runs),
        block: vec![0; 64 << 10],
        waiting: VecDeque::new(),
        fetching: 0,
    };
    cores.connect(count)?;
    cores.follow(generations.parse().map_err(Error::other)?)
}

/// One core.
struct Core {
    name: String,
    events: TcpStream,
    parser: EventParser,
    held: HeldFiles,
    fetching: Option<Fetch>,
    /// The generation to fetch when it is this core's turn, or only to report if it has the files.
    next: Option<(u64, bool)>,
}

/// All cores. Core `n` has token `2n` for its events and `2n + 1` for its fetches.
struct Cores {
    server: SocketAddr,
    runs: bool,
    /// The number of the first core.
    first: u128,
    poll: Poll,
    cores: Vec<Core>,
    tally: Tally,
    block: Vec<u8>,
    /// Cores that wait for their turn to fetch, and how many are fetching.
    waiting: VecDeque<usize>,
    fetching: usize,
}

impl Cores {
    /// Connects in batches that fit in the queue of the listening socket.
    fn connect(&mut self, count: usize) -> Result<(), Error> {
        let mut events = Events::with_capacity(4_096);
        while self.cores.len() < count {
            for _ in 0..BATCH.min(count - self.cores.len()) {
                self.open()?;
            }
            while self.tally.begun() < self.cores.len() {
                self.wait(&mut events)?;
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Result<(), Error> {
        let at = self.cores.len();
        let name = format!(
            "{:032x}",
            (self.first + at as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        );
        let mut stream =
            std::net::TcpStream::from(connect(address(at), self.server, SocketFlags::empty())?);
        write!(
            stream,
            "GET /-/events?client={name} HTTP/1.1\r\nhost: adrc\r\naccept: text/event-stream\r\n\r\n"
        )?;
        stream.set_nonblocking(true)?;
        let mut events = TcpStream::from_std(stream);
        register(self.poll.registry(), &mut events, 2 * at, Interest::READABLE)?;
        self.cores.push(Core {
            name,
            events,
            parser: EventParser::default(),
            held: HeldFiles::default(),
            fetching: None,
            next: None,
        });
        Ok(())
    }

    /// Runs until all cores have received `generations` generations.
    fn follow(&mut self, generations: usize) -> Result<(), Error> {
        let mut events = Events::with_capacity(4_096);
        let mut printed = 0;
        while printed < generations {
            while let Some(line) = self.tally.complete() {
                println!("{line}");
                printed += 1;
            }
            if printed < generations {
                self.wait(&mut events)?;
            }
        }
        Ok(())
    }

    fn wait(&mut self, events: &mut Events) -> Result<(), Error> {
        match self.poll.poll(events, Some(TIMEOUT)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        if events.is_empty() {
            let message = format!("no event for {} s: {}", TIMEOUT.as_secs(), self.tally);
            return Err(Error::other(message));
        }
        for event in events.iter() {
            let (at, is_fetch) = (event.token().0 / 2, event.token().0 % 2 == 1);
            if is_fetch {
                self.continue_fetch(at)?;
            } else {
                self.receive_events(at)?;
            }
        }
        Ok(())
    }

    /// Reads the event stream of a core.
    fn receive_events(&mut self, at: usize) -> Result<(), Error> {
        let (core, runs) = (&mut self.cores[at], self.runs);
        let mut newest = None;
        loop {
            match core.events.read(&mut self.block) {
                Ok(0) => return Err(Error::other("the server ended a stream of events")),
                Ok(size) => {
                    let process = |event: Event<'_>| {
                        let has_all = runs && core.held.update(&event.announcement()?)?;
                        Ok((event.generation, has_all))
                    };
                    newest = newest.max(core.parser.feed(&self.block[..size], process)?);
                    if size < self.block.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        let Some((generation, has_all)) = newest else {
            return Ok(());
        };
        self.tally.received(generation);
        if has_all {
            self.tally.runs(generation);
        }
        if self.runs {
            core.next = Some((generation, has_all));
            self.waiting.push_back(at);
            self.fetch_next()?;
        }
        Ok(())
    }

    /// Starts fetches of waiting cores, up to [`MAX_FETCHES`].
    fn fetch_next(&mut self) -> Result<(), Error> {
        while self.fetching < MAX_FETCHES
            && let Some(at) = self.waiting.pop_front()
        {
            let core = &mut self.cores[at];
            if core.fetching.is_none()
                && let Some((generation, has_all)) = core.next.take()
            {
                self.fetch(at, generation, has_all)?;
            }
        }
        Ok(())
    }

    fn fetch(&mut self, at: usize, generation: u64, has_all: bool) -> Result<(), Error> {
        let core = &mut self.cores[at];
        let mut fetching = Fetch::begin(
            connect(address(at), self.server, SocketFlags::NONBLOCK)?,
            generation,
            has_all,
        );
        register(
            self.poll.registry(),
            &mut fetching.stream,
            2 * at + 1,
            Interest::READABLE | Interest::WRITABLE,
        )?;
        core.fetching = Some(fetching);
        self.fetching += 1;
        // on one machine, the connection is usually established by now
        self.continue_fetch(at)
    }

    fn continue_fetch(&mut self, at: usize) -> Result<(), Error> {
        let core = &mut self.cores[at];
        let Some(fetching) = &mut core.fetching else {
            return Ok(());
        };
        let progress = fetching.advance(&core.name, &mut core.held, &mut self.block)?;
        if progress.runs {
            self.tally.runs(fetching.generation);
        }
        if progress.is_done {
            core.fetching = None;
            self.fetching -= 1;
            self.tally.reported();
            self.waiting.push_back(at);
            self.fetch_next()?;
        }
        Ok(())
    }
}

/// Every core has its own address, as in a company. With one address, the kernel would spend most
/// of its time on finding free ports.
fn address(at: usize) -> Ipv4Addr {
    let [_, high, middle, low] = (at as u32 + 1).to_be_bytes();
    Ipv4Addr::new(127, high + 1, middle, low)
}

/// A non-blocking connection, which may not be established yet.
fn connect(from: Ipv4Addr, server: SocketAddr, flags: SocketFlags) -> Result<OwnedFd, Error> {
    let flags = flags | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    bind(&socket, &SocketAddr::from((from, 0)))?;
    match rustix::net::connect(&socket, &server) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(error) => Err(error.into()),
    }
}

fn register(
    registry: &Registry,
    stream: &mut TcpStream,
    token: usize,
    interest: Interest,
) -> Result<(), Error> {
    registry.register(stream, Token(token), interest)
}
