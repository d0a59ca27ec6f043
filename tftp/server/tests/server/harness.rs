//! A server on loopback with a small tree, and simple clients.

pub(crate) mod announcer;
pub(crate) mod upstream;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView, Tree};
use adr_kit::wait::{TIMEOUT, wait_within};
use adr_server::{Admin, Alerts, Faults, Generation, Part, Parts, Server, Settings, Store};

pub(crate) use adr_kit::data::pattern as bytes;
pub(crate) use adr_kit::http::exchange;
pub(crate) use adr_kit::tftp::{Client, describe, read_request};
pub(crate) use adr_kit::wait::ANSWER_TIMEOUT;

/// How long to wait for an answer that must not come.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);

/// Files of the default view.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

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

/// A generation of these files with a signature.
pub(crate) fn signed(number: u64, files: &Files, sign: impl FnOnce(&[u8]) -> String) -> Generation {
    Generation::new(tree_with(number, files, Some(sign)), SystemTime::UNIX_EPOCH)
}

/// See [`generation`].
pub(crate) fn tree(number: u64, files: &Files) -> Tree {
    tree_with(number, files, None::<fn(&[u8]) -> String>)
}

fn tree_with(number: u64, files: &Files, sign: Option<impl FnOnce(&[u8]) -> String>) -> Tree {
    let view = |name: Option<&str>, folder: &str, networks: &[&str]| ManifestView {
        name: name.map(str::to_owned),
        folder: folder.to_owned(),
        networks: networks.iter().map(|text| text.parse().unwrap()).collect(),
    };
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation: number,
        tool: None,
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
    let manifest = manifest.to_json().into_bytes();
    let signature = sign.map(|sign| sign(&manifest).into_bytes());
    Tree::load(manifest, signature, read).unwrap()
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
        Self::start(generation, change, Faults::default())
    }

    /// Serves [`files`] with faults that this function injects.
    pub(crate) fn faulty(inject: impl Fn(Part) + Send + Sync + 'static) -> Self {
        Self::start(generation(7, &files()), |_| {}, Faults::new(inject))
    }

    fn start(generation: Generation, change: impl FnOnce(&mut Settings), faults: Faults) -> Self {
        let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let mut settings = Settings { tftp: vec![any], http: vec![any], ..Settings::default() };
        change(&mut settings);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let store = Arc::new(Store::new(generation));
        let mut parts = Parts::new(&settings, Arc::clone(&store)).unwrap();
        parts.faults = faults;
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
        self.admin_with(|_| {})
    }

    /// The same, after a change of what the port shows.
    pub(crate) fn admin_with(&mut self, change: impl FnOnce(&mut Admin)) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let mut admin = Admin {
            version: "test",
            source: "test".to_owned(),
            reload: None,
            hosts: Vec::new(),
            alerts: Alerts::default(),
            announcer: None,
            backend: Arc::new(()),
        };
        change(&mut admin);
        let _inside = self.runtime.enter();
        let server = self.server.as_mut().unwrap();
        server.serve_admin(listener, admin).unwrap();
        address
    }

    /// Sends `request`, and reads the connection to its end.
    pub(crate) fn talk(&self, request: &[u8]) -> String {
        exchange(self.http(), request)
    }

    /// Sends a GET request with further header lines on a new connection.
    pub(crate) fn get(&self, path: &str, headers: &str) -> String {
        self.talk(
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
                .as_bytes(),
        )
    }

    /// Waits until a condition holds.
    pub(crate) fn wait_until(&self, what: &str, mut condition: impl FnMut(&Server) -> bool) {
        let server = self.server();
        wait_within(TIMEOUT, || condition(server), || what.to_owned());
    }
}
