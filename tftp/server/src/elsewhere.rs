//! Files that are not of the tree: a folder beside it, then the servers upstream. Own names never come here.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use adr_tree::TreeFile;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::folder::Folder;
use crate::metrics::{Metrics, Passed};
use crate::name::Name;
use crate::settings::Settings;
use crate::upstream::Upstream;

/// Most bytes of a file that is held as a whole, shared by all who ask for it, and kept. Larger ones, such as firmware, are streamed
/// to each client by itself.
pub(crate) const WHOLE_BYTES: u64 = 1 << 20;

/// Pieces of a streamed file that wait for a client; a piece has at most 64 KB.
const PIECES: usize = 4;

/// Where a file comes from that the tree does not have.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    folder: Option<Arc<Folder>>,
    upstream: Option<Arc<Upstream>>,
    denied: Vec<String>,
    metrics: Metrics,
    runtime: Handle,
}

/// A file from elsewhere.
#[derive(Debug)]
pub(crate) enum Opened {
    /// All of it.
    Whole(Arc<TreeFile>),
    /// Piece by piece.
    Stream(Stream),
}

/// A file that arrives while it is sent.
#[derive(Debug)]
pub(crate) struct Stream {
    /// As told by where it comes from.
    pub(crate) size: Option<u64>,
    pub(crate) pieces: mpsc::Receiver<io::Result<Bytes>>,
}

/// Why there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Nobody has it.
    Missing,
    /// It is not passed on.
    Denied,
    /// It could not be fetched.
    Failed,
}

impl Elsewhere {
    /// Opens the folder and the way upstream that the settings name. Must be called within a tokio runtime.
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
        Ok(Self {
            folder: folder.map(Arc::new),
            upstream: upstream.map(Arc::new),
            denied: settings.deny.clone(),
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

    /// In any case of letters, and whatever the folder: CUCM's list lies at the root, but a rule that a folder evades is none.
    fn is_denied(&self, name: Name<'_>) -> bool {
        let last = name.last_part();
        self.denied
            .iter()
            .any(|denied| denied.eq_ignore_ascii_case(last))
    }

    /// Begins to look for a file that is not [known](Self::known), in a task of its own.
    pub(crate) fn open(&self, name: Name<'_>) -> JoinHandle<Result<Opened, Absent>> {
        let (folder, upstream) = (self.folder.clone(), self.upstream.clone());
        let name = name.as_str().to_owned();
        self.runtime.spawn(async move {
            if let Some(folder) = folder {
                match folder.open(name.clone()).await {
                    Err(Absent::Missing) => {}
                    opened => return opened,
                }
            }
            match upstream {
                Some(upstream) => upstream.open(&name).await,
                None => Err(Absent::Missing),
            }
        })
    }
}

impl Stream {
    /// A stream and where its pieces go in.
    pub(crate) fn new(size: Option<u64>) -> (mpsc::Sender<io::Result<Bytes>>, Self) {
        let (sender, pieces) = mpsc::channel(PIECES);
        (sender, Self { size, pieces })
    }
}

impl Absent {
    pub(crate) fn passed(self) -> Passed {
        match self {
            Self::Missing => Passed::Missing,
            Self::Denied => Passed::Denied,
            Self::Failed => Passed::Failed,
        }
    }
}
