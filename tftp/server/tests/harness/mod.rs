//! A server on loopback with a small tree, and simple clients.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test is a client with sockets and a clock"
)]

pub(crate) mod announcer;
pub(crate) mod upstream;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView, Tree};
use adr_server::{Admin, Alerts, Generation, Parts, Server, Settings, Store};
use axum::Router;

/// Longer than any answer takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// How long to wait for an answer that must not come.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);

/// Files of the default view.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// `count` bytes that differ between blocks.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at / 7 + at / 512) as u8).collect()
}

/// The files that most tests serve: dial rules, and files with sizes around one block.
pub(crate) fn files() -> Files {
    let rules = b"<DialRules>default</DialRules>\n".to_vec();
    let sizes = [0, 511, 512, 513, 5_000].map(|size| (format!("size-{size}.bin"), bytes(size)));
    let mut files = vec![
        ("AppDialRules.xml".to_owned(), rules.clone()),
        ("CUPC/AppDialRules.xml".to_owned(), rules),
        ("sites/here/CUPC/AppDialRules.xml".to_owned(), b"<DialRules>here</DialRules>\n".to_vec()),
    ];
    files.extend(sizes);
    files
}

/// A generation of these files. Clients in `127.1.0.0/16` and `fd00:20::/32` belong to the site
/// `here`.
pub(crate) fn generation(number: u64, files: &Files) -> Generation {
    Generation::new(tree(number, files), SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
}

/// See [`generation`].
pub(crate) fn tree(number: u64, files: &Files) -> Tree {
    let view = |name: Option<&str>, folder: &str, networks: &[&str]| ManifestView {
        name: name.map(str::to_owned),
        folder: folder.to_owned(),
        networks: networks.iter().map(|text| text.parse().unwrap()).collect(),
    };
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation: number,
        tool: "test".to_owned(),
        views: vec![
            view(None, "", &[]),
            view(Some("here"), "sites/here/", &["127.1.0.0/16", "fd00:20::/32"]),
        ],
        files: files.iter().map(|(path, bytes)| ManifestFile::of(path, bytes)).collect(),
    };
    let read = |entry: &ManifestFile| {
        let file = files.iter().find(|(path, _)| *path == entry.path);
        Ok(file.unwrap().1.clone())
    };
    Tree::load(manifest.to_json().into_bytes(), None, read).unwrap()
}

/// A running server and its runtime.
pub(crate) struct TestServer {
    pub(crate) server: Option<Server>,
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) store: Arc<Store>,
}

impl TestServer {
    /// Serves [`files`] on free ports of 127.0.0.1, with changed settings.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(generation(7, &files()), change)
    }

    /// Serves a generation.
    pub(crate) fn of(generation: Generation, change: impl FnOnce(&mut Settings)) -> Self {
        let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let mut settings = Settings { tftp: vec![any], http: vec![any], ..Settings::default() };
        change(&mut settings);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let store = Arc::new(Store::new(generation));
        let parts = Parts::new(&settings, Arc::clone(&store)).unwrap();
        let server = runtime.block_on(async { Server::start(settings, parts) }).unwrap();
        Self { server: Some(server), runtime, store }
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub(crate) fn tftp(&self) -> SocketAddr {
        self.server().addresses().tftp[0]
    }

    pub(crate) fn http(&self) -> SocketAddr {
        self.server().addresses().http[0]
    }

    /// Opens the admin port, and returns its address.
    pub(crate) fn admin(&mut self) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let admin = Admin {
            version: "test",
            source: "test".to_owned(),
            reload: None,
            alerts: Alerts::default(),
            extra: Router::new(),
        };
        let _inside = self.runtime.enter();
        let server = self.server.as_mut().unwrap();
        server.serve_admin(listener, admin).unwrap();
        address
    }

    /// Sends `request`, and reads the connection to its end.
    pub(crate) fn talk(&self, request: &[u8]) -> String {
        talk(self.http(), request)
    }

    /// Sends a GET request with further header lines on a new connection.
    pub(crate) fn get(&self, path: &str, headers: &str) -> String {
        self.talk(
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
                .as_bytes(),
        )
    }

    /// Waits until a condition holds.
    pub(crate) fn until(&self, what: &str, mut condition: impl FnMut(&Server) -> bool) {
        let end = std::time::Instant::now() + LONG;
        while !condition(self.server()) {
            assert!(std::time::Instant::now() < end, "{what} did not come");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// See [`TestServer::talk`].
pub(crate) fn talk(server: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    // the server may answer and close before it has read all of the request
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A client's socket on loopback.
pub(crate) struct Client {
    pub(crate) socket: UdpSocket,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::at("127.0.0.1")
    }

    pub(crate) fn at(address: &str) -> Self {
        let socket = UdpSocket::bind(format!("{address}:0")).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        Self { socket }
    }

    pub(crate) fn send(&self, packet: &[u8], to: SocketAddr) {
        self.socket.send_to(packet, to).unwrap();
    }

    /// The next packet, or `None` after `time` without one.
    pub(crate) fn receive_within(&self, time: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let mut buffer = vec![0; 70_000];
        let (count, from) = self.socket.recv_from(&mut buffer).ok()?;
        buffer.truncate(count);
        Some((buffer, from))
    }

    pub(crate) fn receive(&self) -> (Vec<u8>, SocketAddr) {
        self.receive_within(LONG).expect("an answer")
    }

    /// Reads a whole file without options. An error packet is an error.
    pub(crate) fn fetch(&self, name: &str, server: SocketAddr) -> Result<Vec<u8>, String> {
        self.send(&request(name, &[]), server);
        let mut file = Vec::new();
        let mut next = 1u16;
        loop {
            let (packet, from) = self.receive();
            match packet[..2] {
                [0, 3] if packet[2..4] == next.to_be_bytes() => {
                    file.extend(&packet[4..]);
                    self.send(&[0, 4, packet[2], packet[3]], from);
                    if packet.len() < 516 {
                        return Ok(file);
                    }
                    next = next.wrapping_add(1);
                }
                [0, 3] => {}
                _ => return Err(shown(&packet)),
            }
        }
    }
}

/// A read request in octet mode.
pub(crate) fn request(name: &str, options: &[(&str, &str)]) -> Vec<u8> {
    let mut packet = [b"\0\x01", name.as_bytes(), b"\0octet\0"].concat();
    for (name, value) in options {
        packet.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
    }
    packet
}

/// A packet as text: `data 1 (512)`, `error 1 File not found`, `oack blksize=1428`.
pub(crate) fn shown(packet: &[u8]) -> String {
    let number = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
    let texts = |from: usize| {
        let texts = packet[from..].split(|byte| *byte == 0).filter(|text| !text.is_empty());
        texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect::<Vec<_>>()
    };
    match number(0) {
        3 => format!("data {} ({})", number(2), packet.len() - 4),
        5 => format!("error {} {}", number(2), texts(4).join(" ")),
        6 => {
            let pairs: Vec<_> = texts(2).chunks(2).map(|pair| pair.join("=")).collect();
            format!("oack {}", pairs.join(" "))
        }
        other => format!("opcode {other}"),
    }
}
