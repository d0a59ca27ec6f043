//! A server with an announcer, and listeners under the control of a test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;

use adr_kit::http::read_head;
use adr_kit::wait::{ANSWER_TIMEOUT, TIMEOUT, wait_within};
use adr_protocol::{Announcement, State};
use adr_server::{
    AnnounceLimits, Announcer, Generation, HttpLimits, Parts, Server, Settings, Store,
};
use rustix::net::{self, AddressFamily, SocketType};

/// A running server with an announcer.
pub(crate) struct TestAnnouncer {
    pub(crate) announcer: Arc<Announcer>,
    server: Option<Server>,
    runtime: tokio::runtime::Runtime,
    pub(crate) address: SocketAddr,
}

impl TestAnnouncer {
    pub(crate) fn with(limits: AnnounceLimits) -> Self {
        Self::of(limits, HttpLimits::default())
    }

    pub(crate) fn of(limits: AnnounceLimits, http: HttpLimits) -> Self {
        let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let mut settings = Settings { http: vec![any], ..Settings::default() };
        settings.limits.http = http;
        let announcer = Announcer::new(limits);
        let store = Arc::new(Store::new(Generation::empty()));
        let mut parts = Parts::new(&settings, store).unwrap();
        parts.extra = announcer.router().merge(announcer.admin_router());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let server = runtime.block_on(async { Server::start(settings, parts) }).unwrap();
        let address = server.addresses().http[0];
        Self { announcer, server: Some(server), runtime, address }
    }

    pub(crate) fn announce(&self, generation: u64) {
        self.announcer.announce(generation, &sha256(generation));
    }

    pub(crate) fn connect(&self, request: &str) -> BufReader<TcpStream> {
        self.connect_from((Ipv4Addr::LOCALHOST, 0).into(), request)
    }

    pub(crate) fn connect_from(&self, from: SocketAddr, request: &str) -> BufReader<TcpStream> {
        let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        net::bind(&socket, &from).unwrap();
        net::connect(&socket, &self.address).unwrap();
        let mut stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
        stream.write_all(format!("{request}\r\nhost: x\r\n\r\n").as_bytes()).unwrap();
        BufReader::new(stream)
    }

    pub(crate) fn events(&self, client: &str) -> Events {
        let mut stream =
            self.connect(&format!("GET /-/events?client={client} HTTP/1.1\r\nlast-event-id: 99"));
        let head = read_head(&mut stream);
        assert!(
            head.starts_with("HTTP/1.1 200") && head.contains("content-type: text/event-stream"),
            "{head}"
        );
        assert!(
            head.contains("cache-control: no-store") && head.contains("x-accel-buffering: no"),
            "{head}"
        );
        Events(stream)
    }

    /// Status, body and head of an answer.
    pub(crate) fn ask(&self, request: &str) -> (u16, String, String) {
        let mut stream = self.connect(request);
        let head = read_head(&mut stream);
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body).unwrap();
        let status = head[9..12].parse().unwrap();
        (status, String::from_utf8(body).unwrap(), head)
    }

    pub(crate) fn report(&self, body: &str) -> u16 {
        let length = body.len();
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
        let request =
            format!("POST /-/report HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        read_head(&mut BufReader::new(stream))[9..12].parse().unwrap()
    }

    /// Waits until there are `count` listeners.
    pub(crate) fn wait_for_listeners(&self, count: u32) {
        let listeners = || self.announcer.listeners();
        let failure = || format!("{} listeners, not {count}", listeners());
        wait_within(TIMEOUT, || listeners() == count, failure);
    }
}

impl Drop for TestAnnouncer {
    fn drop(&mut self) {
        self.announcer.end();
        if let Some(server) = self.server.take() {
            let cut_off = self.runtime.block_on(server.shutdown(ANSWER_TIMEOUT));
            assert!(cut_off == 0 || std::thread::panicking(), "{cut_off} were cut off");
        }
    }
}

pub(crate) fn sha256(generation: u64) -> String {
    format!("{generation:064x}")
}

/// An event stream in chunked encoding.
pub(crate) struct Events(pub(crate) BufReader<TcpStream>);

impl Events {
    /// The next chunk; `None` at the end.
    pub(crate) fn chunk(&mut self) -> Option<String> {
        let mut size = String::new();
        self.0.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        self.0.read_exact(&mut chunk).unwrap();
        chunk.truncate(size);
        (size > 0).then(|| String::from_utf8(chunk).unwrap())
    }

    /// The state of the next event.
    pub(crate) fn state(&mut self) -> State {
        self.announcement().state
    }

    /// The next event.
    pub(crate) fn announcement(&mut self) -> Announcement {
        loop {
            let chunk = self.chunk().unwrap();
            if let Some(data) = chunk.lines().find_map(|line| line.strip_prefix("data: ")) {
                assert!(chunk.ends_with("\n\n"), "{chunk:?}");
                return serde_json::from_str(data).unwrap();
            }
        }
    }
}
