//! A folder that is served beside the tree, as it lies on the disk.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use adr_tree::TreeFile;
use bytes::Bytes;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use tokio::sync::mpsc;

use crate::elsewhere::{Absent, Opened, Stream, WHOLE_BYTES};

/// Bytes of a piece of a large file.
const PIECE_BYTES: usize = 64 << 10;

/// An open folder. The kernel resolves names beneath it: links may lead to other places of the folder, never out of it.
#[derive(Debug)]
pub(crate) struct Folder {
    root: Arc<OwnedFd>,
}

impl Folder {
    pub(crate) fn open_root(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self {
            root: Arc::new(root),
        })
    }

    /// Opens a file by its name. What is no regular file is not there.
    pub(crate) async fn open(&self, name: String) -> Result<Opened, Absent> {
        let root = Arc::clone(&self.root);
        let opened = tokio::task::spawn_blocking(move || open(&root, &name)).await;
        opened.unwrap_or(Err(Absent::Failed))
    }
}

fn open(root: &OwnedFd, name: &str) -> Result<Opened, Absent> {
    // without NONBLOCK a named pipe would hold the thread
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let file = rustix::fs::openat2(root, name, flags, Mode::empty(), resolve);
    let file = File::from(file.map_err(|_| Absent::Missing)?);
    let metadata = file.metadata().map_err(|_| Absent::Failed)?;
    if !metadata.is_file() {
        return Err(Absent::Missing);
    }
    if metadata.len() > WHOLE_BYTES {
        let (sender, stream) = Stream::new(Some(metadata.len()));
        tokio::task::spawn_blocking(move || pump(file.take(metadata.len()), &sender));
        return Ok(Opened::Stream(stream));
    }
    let mut bytes = Vec::new();
    // a file that grows meanwhile is cut
    let read = file.take(WHOLE_BYTES).read_to_end(&mut bytes);
    read.map_err(|_| Absent::Failed)?;
    Ok(Opened::Whole(Arc::new(TreeFile::of(bytes))))
}

/// Reads until the end, or until nobody wants more.
fn pump(mut file: impl Read, sender: &mpsc::Sender<io::Result<Bytes>>) {
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let piece = match file.read(&mut piece) {
            Ok(0) => return,
            Ok(count) => {
                piece.truncate(count);
                Ok(Bytes::from(piece))
            }
            Err(error) => Err(error),
        };
        let is_error = piece.is_err();
        if sender.blocking_send(piece).is_err() || is_error {
            return;
        }
    }
}
