//! Files that are not of the tree: a folder beside it, then the servers upstream. Own names never
//! come here.

mod stream;

use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use adr_bundle::TreeFile;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::folder::Folder;
use crate::metrics::{Metrics, Passed};
use crate::name::Name;
use crate::settings::Settings;
use crate::slots::Slots;
use crate::upstream::Upstream;

pub(crate) use stream::{Feed, PIECE_BYTES, Room, Stream};

/// Most bytes of a file that is held as a whole, shared by all who ask for it, and kept. Larger
/// ones, such as firmware, are streamed to each client by itself.
pub(crate) const WHOLE_BYTES: u64 = 1 << 20;

/// Where a file comes from that the tree does not have.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    folder: Option<Arc<Folder>>,
    upstream: Option<Arc<Upstream>>,
    denied: Vec<String>,
    /// Of large files.
    streams: Arc<Slots>,
    /// Of requests for which a file is looked for.
    waiting: Arc<Semaphore>,
    metrics: Metrics,
    runtime: Handle,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) client: IpAddr,
    /// Whether the address has a share of its own.
    pub(crate) is_counted: bool,
    /// Whether a server that passes through asks: what it does not find here it gets from nobody,
    /// or servers would ask in circles.
    pub(crate) is_passing: bool,
}

/// A file from elsewhere.
#[derive(Debug)]
pub(crate) enum Opened {
    /// All of it.
    Whole(Arc<TreeFile>),
    /// Piece by piece.
    Stream(Stream),
}

/// A file that is being looked for. Dropped, it is looked for no longer.
#[derive(Debug)]
pub(crate) struct Opening(JoinHandle<Result<Opened, Absent>>);

/// Why there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Nobody has it.
    Missing,
    /// It is not passed on.
    Denied,
    /// It could not be fetched.
    Failed,
    /// Too much is fetched, or sent, at this moment.
    Busy,
}

impl Elsewhere {
    /// Opens the folder and the way upstream that the settings name. Must be called within a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// The folder cannot be opened, or the HTTP client cannot be made; a phrase.
    pub(crate) fn new(settings: &Settings, metrics: &Metrics) -> Result<Self, String> {
        let open = |path: &PathBuf| {
            let folder = Folder::open_root(path);
            folder.map_err(|error| {
                format!("{}: {error}; name a folder that is there", path.display())
            })
        };
        let folder = settings.root.as_ref().map(open).transpose()?;
        let upstream = Upstream::new(settings, metrics.clone()).transpose()?;
        let limits = &settings.limits.upstream;
        Ok(Self {
            folder: folder.map(Arc::new),
            upstream: upstream.map(Arc::new),
            denied: settings.deny.clone(),
            streams: Slots::new(limits.streams, limits.streams_per_client),
            waiting: Arc::new(Semaphore::new(limits.waiting as usize)),
            metrics: metrics.clone(),
            runtime: Handle::current(),
        })
    }

    /// What is known without waiting.
    pub(crate) fn known(&self, name: Name<'_>) -> Option<Result<Arc<TreeFile>, Absent>> {
        match (&self.folder, &self.upstream) {
            (None, None) => Some(Err(Absent::Missing)),
            _ if self.is_denied(name) => {
                self.metrics.count_passed(Passed::Denied);
                Some(Err(Absent::Denied))
            }
            (None, Some(upstream)) => upstream.known(name.as_str()),
            _ => None,
        }
    }

    /// In any case of letters, and whatever the folder: CUCM's list lies at the root, but a rule
    /// that a folder evades is none.
    fn is_denied(&self, name: Name<'_>) -> bool {
        let last = name.last_part();
        self.denied.iter().any(|denied| denied.eq_ignore_ascii_case(last))
    }

    /// Whether a server that is asked by TFTP has this address, as far as that is known.
    pub(crate) fn is_upstream(&self, address: IpAddr) -> bool {
        let upstream = self.upstream.as_ref();
        upstream.is_some_and(|upstream| upstream.has_address(address))
    }

    /// Begins to look for a file that is not [known](Self::known), in a task of its own.
    pub(crate) fn open(&self, name: Name<'_>, asker: Asker) -> Opening {
        let room = Room::new(&self.streams, asker.client, asker.is_counted);
        let upstream = self.upstream.clone().filter(|_| !asker.is_passing);
        let (folder, name) = (self.folder.clone(), name.as_str().to_owned());
        let place = Arc::clone(&self.waiting).try_acquire_owned();
        if place.is_err() {
            self.metrics.count_passed(Passed::Busy);
        }
        Opening(self.runtime.spawn(async move {
            let _place = place.map_err(|_| Absent::Busy)?;
            if let Some(folder) = folder {
                match folder.open(name.clone(), &room).await {
                    Err(Absent::Missing) => {}
                    opened => return opened,
                }
            }
            match upstream {
                Some(upstream) => upstream.open(&name, &room).await,
                None => Err(Absent::Missing),
            }
        }))
    }
}

impl Future for Opening {
    type Output = Result<Opened, Absent>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let joined = Pin::new(&mut self.0).poll(context);
        joined.map(|opened| opened.unwrap_or(Err(Absent::Failed)))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Absent {
    pub(crate) fn passed(self) -> Passed {
        match self {
            Self::Missing => Passed::Missing,
            Self::Denied => Passed::Denied,
            Self::Failed => Passed::Failed,
            Self::Busy => Passed::Busy,
        }
    }
}
