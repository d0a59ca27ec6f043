//! A relay between a client and a server on this machine, which a test slows down or cuts.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How often a relay that holds bytes back looks whether it still has to.
const INTERVAL: Duration = Duration::from_millis(10);

/// Bytes that are passed on at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// A relay to a server, or a balancer before several. Connections are cut when it is dropped.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Added to every chunk in both directions.
    delay: Duration,
    /// Whether everything is held back.
    is_held: bool,
    /// Everything is held back after these bytes came from a client.
    hold_after: Option<Vec<u8>>,
    /// Everything is held back as soon as these bytes come from a client, and those as well.
    hold_before: Option<Vec<u8>>,
    /// Whether new connections are closed at once.
    is_cut: bool,
    /// Whether the relay was dropped: nothing is held back any more.
    is_dropped: bool,
    connections: Vec<TcpStream>,
}

impl Relay {
    /// A relay to this port of 127.0.0.1.
    #[must_use]
    pub fn to(target: u16) -> Self {
        Self::before(&[(Ipv4Addr::LOCALHOST, target).into()])
    }

    /// A balancer that gives each connection to the next of these servers, whether it answers or
    /// not.
    #[must_use]
    pub fn before(targets: &[SocketAddr]) -> Self {
        let targets = targets.to_vec();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            let turns = targets.iter().cycle();
            for (client, target) in listener.incoming().map_while(Result::ok).zip(turns) {
                accept(&client, *target, &shared);
            }
        });
        Self { port, state }
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Delays every chunk of up to 16 KiB by this long, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.with(|state| state.delay = delay);
    }

    /// Holds everything back and keeps connections open, as a network does that loses all packets.
    pub fn hold(&self) {
        self.with(|state| state.is_held = true);
    }

    /// Passes on the next chunk of a client that contains `text`, and holds everything back that
    /// follows: also the answer to it.
    pub fn hold_after(&self, text: &str) {
        self.with(|state| state.hold_after = Some(text.as_bytes().to_vec()));
    }

    /// Holds the next chunk of a client that contains `text` back, and everything that follows.
    pub fn hold_before(&self, text: &str) {
        self.with(|state| state.hold_before = Some(text.as_bytes().to_vec()));
    }

    /// Whether it holds everything back now.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_held
    }

    /// Ends all connections, and closes new ones at once.
    pub fn cut(&self) {
        self.with(|state| {
            state.is_cut = true;
            for connection in state.connections.drain(..) {
                let _ = connection.shutdown(Shutdown::Both);
            }
        });
    }

    /// Passes everything on again, without a delay.
    pub fn restore(&self) {
        self.with(|state| {
            (state.is_held, state.is_cut, state.delay) = (false, false, Duration::ZERO);
            (state.hold_after, state.hold_before) = (None, None);
        });
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.cut();
        self.with(|state| state.is_dropped = true);
    }
}

fn accept(client: &TcpStream, target: SocketAddr, state: &Arc<Mutex<State>>) {
    let mut locked = state.lock().unwrap_or_else(PoisonError::into_inner);
    let server = TcpStream::connect(target);
    let Ok(server) = server.map_err(drop).and_then(|server| match locked.is_cut {
        true => Err(()),
        false => Ok(server),
    }) else {
        let _ = client.shutdown(Shutdown::Both);
        return;
    };
    for (from, to) in [(client, &server), (&server, client)] {
        let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        locked.connections.push(from.try_clone().unwrap());
        let state = Arc::clone(state);
        thread::spawn(move || pass(from, to, &state));
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, state: &Mutex<State>) {
    let mut bytes = vec![0; CHUNK_BYTES];
    while let Ok(read) = from.read(&mut bytes) {
        let contains = |text: &Vec<u8>| bytes[..read].windows(text.len()).any(|it| it == text);
        {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.hold_before.as_ref().is_some_and(contains) {
                (state.is_held, state.hold_before) = (true, None);
            }
        }
        loop {
            let (is_held, delay) = {
                let state = state.lock().unwrap_or_else(PoisonError::into_inner);
                (state.is_held && !state.is_dropped, state.delay)
            };
            if !is_held {
                thread::sleep(delay);
                break;
            }
            thread::sleep(INTERVAL);
        }
        {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.hold_after.as_ref().is_some_and(contains) {
                (state.is_held, state.hold_after) = (true, None);
            }
        }
        if read == 0 || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
