//! A folder that is served beside the tree, as it lies on the disk.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use adr_bundle::TreeFile;
use bytes::Bytes;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use tokio::task::spawn_blocking;

use crate::elsewhere::{Absent, Feed, Opened, PIECE_BYTES, Room, Stream, WHOLE_BYTES};

/// An open folder. The kernel resolves names beneath it: links may lead to other places of the
/// folder, never out of it.
#[derive(Debug)]
pub(crate) struct Folder {
    root: Arc<OwnedFd>,
}

impl Folder {
    pub(crate) fn open_root(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { root: Arc::new(root) })
    }

    /// Opens a file by its name. What is no regular file is not there.
    pub(crate) async fn open(&self, name: String, room: &Room) -> Result<Opened, Absent> {
        let root = Arc::clone(&self.root);
        let opened = spawn_blocking(move || open(&root, &name)).await;
        match opened.unwrap_or(Err(Absent::Failed))? {
            Open::Whole(file) => Ok(Opened::Whole(file)),
            Open::Large(file, size) => {
                let (feed, stream) = Stream::new(Some(size), room.take()?);
                tokio::spawn(pump(file, feed));
                Ok(Opened::Stream(stream))
            }
        }
    }
}

/// A file of the folder.
enum Open {
    Whole(Arc<TreeFile>),
    /// With its size when it was opened; what it grows by meanwhile is cut.
    Large(io::Take<File>, u64),
}

fn open(root: &OwnedFd, name: &str) -> Result<Open, Absent> {
    // without NONBLOCK a named pipe would hold the thread
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let file = rustix::fs::openat2(root, name, flags, Mode::empty(), resolve);
    let file = File::from(file.map_err(|_| Absent::Missing)?);
    let metadata = file.metadata().map_err(|_| Absent::Failed)?;
    if !metadata.is_file() {
        return Err(Absent::Missing);
    }
    let size = metadata.len();
    let mut file = file.take(size);
    if size > WHOLE_BYTES {
        return Ok(Open::Large(file, size));
    }
    let mut bytes = Vec::new();
    let read = file.read_to_end(&mut bytes).map_err(|_| Absent::Failed)?;
    // a file that shrinks meanwhile is about to be written
    if read as u64 != size {
        return Err(Absent::Failed);
    }
    Ok(Open::Whole(Arc::new(TreeFile::of(bytes))))
}

/// Reads until the end, or until nobody wants more. A thread is taken for each piece and not for as
/// long as the client takes.
async fn pump(mut file: io::Take<File>, feed: Feed) {
    loop {
        let read = spawn_blocking(move || {
            let piece = read_piece(&mut file);
            (file, piece)
        });
        let Ok((rest, Ok(piece))) = read.await else {
            return;
        };
        if piece.is_empty() {
            return feed.end().await;
        }
        if feed.send(piece).await.is_err() {
            return;
        }
        file = rest;
    }
}

fn read_piece(file: &mut impl Read) -> io::Result<Bytes> {
    let mut piece = vec![0; PIECE_BYTES];
    let count = file.read(&mut piece)?;
    piece.truncate(count);
    Ok(piece.into())
}
