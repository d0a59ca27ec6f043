//! Requests by TFTP in the name of others, very many of them: what is sent to those whose names are
//! taken, and what it costs.

use adr_kit::needs;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType, sockopt};

use super::published_tree;
use super::real_clients::Client;
use super::server_process::ServerProcess;
use adr_kit::optional::is_long;
use adr_kit::wait::TIMEOUT;

const NAME: &str = "CUPC/AppDialRules.xml";

/// Bytes on the wire for each byte of a plain request for [`NAME`], as docs/guides/operator.md
/// says.
const MOST_FOR_A_BYTE: f64 = 20.0;

/// Bytes of the headers of IPv4 and UDP.
const HEADERS: usize = 28;

/// Transfers at once: those for which the docs tell the memory.
const TRANSFERS: u32 = 5_000;

#[test]
fn flood_of_forged_requests_is_bounded_in_bytes_and_memory() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let file = published_tree::bytes(2_048, 1);
    published_tree::publish(&sandbox.path().join("tree"), 1, &[(NAME.to_owned(), file.clone())]);
    let settings = format!(
        "exempt = []\n[limits.tftp]\nmax_transfers = {TRANSFERS}\ntimeout_milliseconds = 500\n"
    );
    fs::write(sandbox.path().join("adrc.toml"), settings).unwrap();
    let server = ServerProcess::start(sandbox.path(), &["tree", "--config", "adrc.toml"]);
    let forged = if is_long() { 100_000 } else { 5_000 };
    let victims = Victims::new();
    let request = [b"\0\x01", NAME.as_bytes(), b"\0octet\0"].concat();
    for number in 0..forged {
        victims.forge(number, &request, server.tftp);
    }
    // what waits in the receive buffer has its turn first
    until("an answer to an honest client", || {
        Client::Curl.fetch(server.tftp, NAME, sandbox.path()).as_ref() == Ok(&file)
    });
    until("the end of all transfers", || server.in_flight("tftp") == 0);
    let sent = (request.len() + HEADERS) * forged as usize;
    let came = victims.end();
    let ratio = came as f64 / sent as f64;
    // the beginning of it was server, or this test would count nothing
    let least = (TRANSFERS as usize / 2) * file.len().min(512);
    assert!(came > least && ratio <= MOST_FOR_A_BYTE, "{ratio}: {came} for {sent}");
    let memory = server.peak_memory();
    println!("{forged} forged requests: {memory} kB");
    assert!(memory < most_memory() << 10, "{memory} kB");
    assert_eq!(server.terminate(), Some(0));
}

/// Megabytes that a flood may take, however long it is.
///
/// A burst of 5,000 is one of requests that are server. Of a longer one, requests that were read
/// and not looked at take 6 KB each: those that are read until the gate shuts, and the five
/// thousand of the receive buffer, as decision 13 says. Without the gate the long form took 617 MB
/// and more. What the compiler does not make smaller is larger by a quarter.
fn most_memory() -> u64 {
    let most = if is_long() { 320 } else { 64 };
    if cfg!(debug_assertions) { most * 5 / 4 } else { most }
}

/// Everybody on loopback, as far as one port is concerned: counts what is sent to them.
struct Victims {
    port: u16,
    is_over: Arc<AtomicBool>,
    counting: JoinHandle<usize>,
}

impl Victims {
    fn new() -> Self {
        let socket = reusable((Ipv4Addr::UNSPECIFIED, 0).into());
        if sockopt::set_socket_recv_buffer_size_force(&socket, 16 << 20).is_err() {
            sockopt::set_socket_recv_buffer_size(&socket, 16 << 20).unwrap();
        }
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let is_over = Arc::<AtomicBool>::default();
        Self {
            port: socket.local_addr().unwrap().port(),
            is_over: Arc::clone(&is_over),
            counting: std::thread::spawn(move || count(&socket, &is_over)),
        }
    }

    /// Sends a request in the name of the victim with this number. Its socket hears nothing but the
    /// port that it asks, from which no answer comes: each transfer has a port of its own.
    fn forge(&self, number: u32, request: &[u8], server: SocketAddr) {
        let [_, a, b, c] = number.to_be_bytes();
        let socket = reusable((Ipv4Addr::new(127, a + 2, b, c), self.port).into());
        socket.connect(server).unwrap();
        socket.send(request).unwrap();
    }

    /// Bytes that came, with headers.
    fn end(self) -> usize {
        self.is_over.store(true, Ordering::Relaxed);
        self.counting.join().unwrap()
    }
}

/// Counts until it is over and nothing comes any more.
fn count(socket: &UdpSocket, is_over: &AtomicBool) -> usize {
    let (mut bytes, mut packet) = (0, [0; 2_048]);
    loop {
        match socket.recv(&mut packet) {
            Ok(size) => bytes += size + HEADERS,
            Err(_) if is_over.load(Ordering::Relaxed) => return bytes,
            Err(_) => {}
        }
    }
}

/// A socket at an address where others may be, too.
fn reusable(address: SocketAddr) -> UdpSocket {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None).unwrap();
    sockopt::set_socket_reuseaddr(&socket, true).unwrap();
    rustix::net::bind(&socket, &address).unwrap();
    socket.into()
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < TIMEOUT, "{what}: not yet");
        std::thread::sleep(Duration::from_millis(50));
    }
}
