//! A TCP relay that cuts, stalls or slows connections: what a network does between two sites.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How often a stalled connection looks whether it may go on.
const INTERVAL: Duration = Duration::from_millis(5);

/// A relay on a free port in front of servers. Connections go to the servers in turn.
#[derive(Debug)]
pub(crate) struct Relay {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    is_cut: AtomicBool,
    is_stalled: AtomicBool,
    /// Milliseconds that each chunk is held.
    delay: AtomicU64,
    ends: AtomicBool,
    turn: AtomicUsize,
    open: Mutex<Vec<TcpStream>>,
}

impl Relay {
    /// A relay in front of one server.
    pub(crate) fn before(server: SocketAddr) -> Self {
        Self::balance(vec![server])
    }

    /// A balancer that gives each connection to the next server, without asking any whether it
    /// answers.
    pub(crate) fn balance(servers: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming() {
                if shared.ends.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(client) = client else { continue };
                let turn = shared.turn.fetch_add(1, Ordering::Relaxed);
                let (server, state) = (servers[turn % servers.len()], Arc::clone(&shared));
                thread::spawn(move || connect(client, server, &state));
            }
        });
        Self { address, state }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections, and every new one at once.
    pub(crate) fn cut(&self) {
        self.state.is_cut.store(true, Ordering::Relaxed);
        self.drop_connections();
    }

    /// Keeps all connections, and takes new ones, but forwards nothing: a network that loses every
    /// packet.
    pub(crate) fn stall(&self) {
        self.state.is_stalled.store(true, Ordering::Relaxed);
    }

    /// Holds each chunk for as long in both directions.
    pub(crate) fn slow(&self, delay: Duration) {
        let milliseconds = delay.as_millis().try_into().unwrap();
        self.state.delay.store(milliseconds, Ordering::Relaxed);
    }

    /// Forwards everything again.
    pub(crate) fn open(&self) {
        self.state.is_cut.store(false, Ordering::Relaxed);
        self.state.is_stalled.store(false, Ordering::Relaxed);
        self.state.delay.store(0, Ordering::Relaxed);
    }

    fn drop_connections(&self) {
        for stream in self.state.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.state.ends.store(true, Ordering::Relaxed);
        self.cut();
        let _ = TcpStream::connect(self.address);
    }
}

fn connect(client: TcpStream, server: SocketAddr, state: &Arc<State>) {
    if state.is_cut.load(Ordering::Relaxed) {
        return;
    }
    let Ok(server) = TcpStream::connect(server) else { return };
    let clone = |stream: &TcpStream| stream.try_clone().unwrap();
    state.open.lock().unwrap().extend([clone(&client), clone(&server)]);
    for (from, to) in [(clone(&client), clone(&server)), (server, client)] {
        let state = Arc::clone(state);
        thread::spawn(move || forward(from, to, &state));
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, state: &State) {
    let mut buffer = [0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        thread::sleep(Duration::from_millis(state.delay.load(Ordering::Relaxed)));
        while state.is_stalled.load(Ordering::Relaxed) && !state.is_cut.load(Ordering::Relaxed) {
            thread::sleep(INTERVAL);
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
