//! Nodes, their services, and the files of their TFTP.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::log_files::{FileAnswer, LogFile};

/// Name of the service that serves files.
pub const TFTP: &str = "Cisco Tftp";

/// What a service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It runs.
    Started,
    /// It does not run.
    Stopped,
    /// It starts; after this many status requests it runs.
    Starting(usize),
}

/// A service of a node.
#[derive(Clone, Debug)]
pub struct Service {
    /// Such as `Cisco Tftp`.
    pub name: String,
    /// Whether the service is activated on this node.
    pub is_active: bool,
    /// What it does.
    pub status: Status,
    /// When it was started, in seconds since 1970.
    pub start_time: u64,
    /// Whether a start never ends.
    pub never_starts: bool,
}

impl Service {
    /// A service that runs since 1 day ago.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let start_time = seconds_now() - 86_400;
        let (name, status) = (name.to_owned(), Status::Started);
        Self { name, is_active: true, status, start_time, never_starts: false }
    }

    /// The same service, not activated.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.is_active = false;
        self.status = Status::Stopped;
        self
    }
}

/// What the upload page does with a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UploadOutcome {
    /// It stores the file.
    #[default]
    Stored,
    /// It says that it stored the file, and does not.
    Lost,
    /// It stores half of the file.
    Halved,
}

/// A node of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    /// Host name, as AXL lists it.
    pub name: String,
    /// Services of the node.
    pub services: Vec<Service>,
    /// The TFTP root on disk: relative path and bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What TFTP serves: `files` as they were when the service was started.
    pub served: BTreeMap<String, Vec<u8>>,
    /// Status requests until a restarted service runs; at first 2, as recorded.
    pub restart_polls: usize,
    /// What the upload page does with files.
    pub uploads: UploadOutcome,
    /// Log files.
    pub logs: Vec<LogFile>,
    /// How log files are sent.
    pub log_answer: FileAnswer,
    /// Whether the node accepts connections.
    pub is_alive: bool,
}

impl Node {
    /// A node with AXL, CallManager and TFTP, and an empty TFTP root.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let services = ["Cisco AXL Web Service", "Cisco CallManager", TFTP, "Cisco Tomcat"];
        Self {
            name: name.to_owned(),
            services: services.map(Service::new).into(),
            files: BTreeMap::new(),
            served: BTreeMap::new(),
            restart_polls: 2,
            uploads: UploadOutcome::default(),
            logs: Vec::new(),
            log_answer: FileAnswer::default(),
            is_alive: true,
        }
    }

    /// Puts a file on disk, and serves it at once.
    pub fn set_file(&mut self, path: &str, bytes: &[u8]) {
        self.files.insert(path.to_owned(), bytes.to_owned());
        self.served.insert(path.to_owned(), bytes.to_owned());
    }

    /// The service with this name; names are case-sensitive.
    pub fn service_mut(&mut self, name: &str) -> Option<&mut Service> {
        self.services.iter_mut().find(|service| service.name == name)
    }

    /// The bytes that TFTP serves under this path; `None` if the service does not run.
    pub(crate) fn serve(&self, path: &str) -> Option<Option<&[u8]>> {
        let tftp = self.services.iter().find(|service| service.name == TFTP)?;
        let runs = tftp.is_active && tftp.status == Status::Started;
        runs.then(|| self.served.get(path).map(Vec::as_slice))
    }

    /// Stores a file as the upload page does.
    pub(crate) fn upload(&mut self, path: String, bytes: &[u8]) {
        match self.uploads {
            UploadOutcome::Stored => self.files.insert(path, bytes.to_owned()),
            UploadOutcome::Lost => None,
            UploadOutcome::Halved => self.files.insert(path, bytes[..bytes.len() / 2].to_owned()),
        };
    }

    /// Starts a service anew, as `Start` and `Restart` do.
    pub(crate) fn restart(&mut self, name: &str) {
        let polls = self.restart_polls;
        let Some(service) = self.service_mut(name).filter(|service| service.is_active) else {
            return;
        };
        service.start_time = seconds_now().max(service.start_time + 1);
        service.status = Status::Starting(polls);
        if polls == 0 {
            self.poll(name);
        }
    }

    /// Counts a status request, after which a service may have started.
    pub(crate) fn poll(&mut self, name: &str) {
        let Some(service) = self.service_mut(name).filter(|it| !it.never_starts) else { return };
        let Status::Starting(polls) = service.status else { return };
        service.status = match polls {
            0 => Status::Started,
            _ => Status::Starting(polls - 1),
        };
        if service.status == Status::Started && name == TFTP {
            self.served = self.files.clone();
        }
    }
}

/// Seconds since 1970.
pub(crate) fn seconds_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |time| time.as_secs())
}
