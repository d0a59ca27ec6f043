//! A flood of TFTP requests with forged source addresses: how much the server sends to the owners
//! of these addresses, and how much memory it takes.

use adr_kit::needs;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType, sockopt};

use super::published_tree;
use super::real_clients::Client;
use super::server_process::{MAX_MEMORY, ServerProcess};
use adr_kit::optional::is_long;
use adr_kit::wait::TIMEOUT;

const NAME: &str = "CUPC/AppDialRules.xml";

/// Most bytes on the wire for each byte of a plain request for [`NAME`]; docs/guides/operator.md
/// has the same number.
const MAX_AMPLIFICATION: f64 = 10.0;

/// Bytes of the headers of IPv4 and UDP.
const HEADERS: usize = 28;

/// Unacknowledged transfers at the same time.
const TRANSFERS: u32 = 5_000;

/// Requests that may wait for a server upstream, by default.
const WAITING: u32 = 4_096;

/// Requests beyond [`WAITING`].
const REFUSED: u32 = 4_000;

#[test]
fn flood_of_forged_requests_is_bounded_in_bytes_and_memory() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let file = published_tree::bytes(2_048, 1);
    published_tree::publish(&sandbox.path().join("tree"), 1, &[(NAME.to_owned(), file.clone())]);
    let settings = format!(
        "exempt = []\n[limits.tftp]\nmax_unacknowledged = {TRANSFERS}\ntimeout_milliseconds = 500\n"
    );
    fs::write(sandbox.path().join("adrc.toml"), settings).unwrap();
    let server = ServerProcess::start(sandbox.path(), &["tree", "--config", "adrc.toml"]);
    let forged = if is_long() { 100_000 } else { 5_000 };
    let victims = Victims::new();
    let request = [b"\0\x01", NAME.as_bytes(), b"\0octet\0"].concat();
    for number in 0..forged {
        victims.forge(number, &request, server.tftp);
    }
    // the server processes the requests in its receive buffer first
    wait_until("an answer to an honest client", || {
        Client::Curl.fetch(server.tftp, NAME, sandbox.path()).as_ref() == Ok(&file)
    });
    wait_until("the end of all transfers", || server.in_flight("tftp") == 0);
    let sent = (request.len() + HEADERS) * forged as usize;
    let received = victims.received();
    let ratio = received as f64 / sent as f64;
    // without answers to the first requests, the test would measure nothing
    let least = (TRANSFERS as usize / 2) * file.len().min(512);
    assert!(
        received > least && ratio <= MAX_AMPLIFICATION,
        "{ratio}: {received} bytes received for {sent} bytes sent"
    );
    let memory = server.peak_memory();
    println!("{forged} forged requests: {memory} kB");
    assert!(memory < MAX_MEMORY, "{memory} kB");
    assert_eq!(server.terminate(), Some(0));
}

/// Files of the folder `root` are not in memory before somebody asks for them.
#[test]
fn forged_requests_for_files_of_the_folder_take_bounded_memory() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let root = sandbox.path().join("root");
    fs::create_dir(&root).unwrap();
    let file = published_tree::bytes(2_048, 1);
    published_tree::publish(&sandbox.path().join("tree"), 1, &[(NAME.to_owned(), file)]);
    let (whole, streamed) = (1 << 20, (1 << 20) + 1);
    for number in 0..40 {
        fs::write(root.join(format!("whole-{number}.bin")), vec![7; whole]).unwrap();
        fs::write(root.join(format!("streamed-{number}.bin")), vec![7; streamed]).unwrap();
    }
    fs::write(root.join("honest.bin"), vec![8; whole]).unwrap();
    fs::write(sandbox.path().join("adrc.toml"), "exempt = []\n").unwrap();
    let arguments = ["tree", "--root", "root", "--config", "adrc.toml"];
    let server = ServerProcess::start(sandbox.path(), &arguments);
    let victims = Victims::new();
    for number in 0..4_000 {
        let kind = if number % 2 == 0 { "whole" } else { "streamed" };
        let name = format!("{kind}-{}.bin", number / 2 % 40);
        let request = [b"\0\x01", name.as_bytes(), b"\0octet\0"].concat();
        victims.forge(number, &request, server.tftp);
    }
    wait_until("an answer to an honest client", || {
        let honest = Client::Curl.fetch(server.tftp, "honest.bin", sandbox.path());
        honest.as_deref() == Ok(&vec![8; whole])
    });
    assert!(victims.received() > 1_000 * 512);
    let memory = server.peak_memory();
    println!("{memory} kB");
    assert!(memory < MAX_MEMORY, "{memory} kB");
    assert_eq!(server.terminate(), Some(0));
}

/// Requests that wait for a server upstream, and more than may wait, take bounded memory as well.
#[test]
fn forged_requests_that_wait_for_a_hanging_server_take_bounded_memory() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let file = published_tree::bytes(2_048, 1);
    published_tree::publish(&sandbox.path().join("tree"), 1, &[(NAME.to_owned(), file.clone())]);
    // the system accepts connections for it, and nobody reads requests
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = hanging.local_addr().unwrap().port();
    let settings = format!(
        "exempt = []\nupstream = {{ host = \"127.0.0.1\", http = {port}, tftp = 0 }}\n\
         [limits.upstream]\ntimeout_milliseconds = 600000\n"
    );
    fs::write(sandbox.path().join("adrc.toml"), settings).unwrap();
    let server = ServerProcess::start(sandbox.path(), &["tree", "--config", "adrc.toml"]);
    let victims = Victims::new();
    let refused = || server.fallback_requests("busy");
    for number in 0..WAITING + REFUSED {
        let request = [b"\0\x01", format!("{number}.bin").as_bytes(), b"\0octet\0"].concat();
        victims.forge(number, &request, server.tftp);
    }
    // some may have found the receive buffer full
    let mut further = WAITING + REFUSED..;
    wait_until("requests beyond the limit", || {
        let number = further.next().unwrap();
        victims.forge(number, format!("\0\x01{number}.bin\0octet\0").as_bytes(), server.tftp);
        refused() > 0
    });
    let honest = Client::Curl.fetch(server.tftp, NAME, sandbox.path());
    assert_eq!(honest.as_ref(), Ok(&file));
    let memory = server.peak_memory();
    println!("{memory} kB, {} refused", refused());
    assert!(memory < MAX_MEMORY, "{memory} kB");
    // requests end with their connections
    drop(hanging);
    assert_eq!(server.terminate(), Some(0));
}

/// The owners of all forged addresses: one port on all of loopback, and the bytes that arrive
/// there.
struct Victims {
    port: u16,
    is_finished: Arc<AtomicBool>,
    counting: JoinHandle<usize>,
}

impl Victims {
    fn new() -> Self {
        let socket = reusable((Ipv4Addr::UNSPECIFIED, 0).into());
        if sockopt::set_socket_recv_buffer_size_force(&socket, 16 << 20).is_err() {
            sockopt::set_socket_recv_buffer_size(&socket, 16 << 20).unwrap();
        }
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let is_finished = Arc::<AtomicBool>::default();
        Self {
            port: socket.local_addr().unwrap().port(),
            is_finished: Arc::clone(&is_finished),
            counting: std::thread::spawn(move || count(&socket, &is_finished)),
        }
    }

    /// Sends a request from the address of the victim with this number.
    ///
    /// Its socket is connected to the port of the server, so it receives no packet of a transfer:
    /// those come from a different port each.
    fn forge(&self, number: u32, request: &[u8], server: SocketAddr) {
        let [_, a, b, c] = number.to_be_bytes();
        let socket = reusable((Ipv4Addr::new(127, a + 2, b, c), self.port).into());
        socket.connect(server).unwrap();
        socket.send(request).unwrap();
    }

    /// Stops counting, and returns the number of bytes that arrived, with headers.
    fn received(self) -> usize {
        self.is_finished.store(true, Ordering::Relaxed);
        self.counting.join().unwrap()
    }
}

/// Counts bytes until `is_finished` is set and no more packets arrive.
fn count(socket: &UdpSocket, is_finished: &AtomicBool) -> usize {
    let (mut bytes, mut packet) = (0, [0; 2_048]);
    loop {
        match socket.recv(&mut packet) {
            Ok(size) => bytes += size + HEADERS,
            Err(_) if is_finished.load(Ordering::Relaxed) => return bytes,
            Err(_) => {}
        }
    }
}

/// A socket at an address that other sockets may use as well.
fn reusable(address: SocketAddr) -> UdpSocket {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None).unwrap();
    sockopt::set_socket_reuseaddr(&socket, true).unwrap();
    rustix::net::bind(&socket, &address).unwrap();
    socket.into()
}

/// Waits for a condition that `what` names.
fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < TIMEOUT, "timed out: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
