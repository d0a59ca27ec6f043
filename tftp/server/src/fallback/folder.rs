//! A local folder of further files, which are served unchanged.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_bundle::TreeFile;
use bytes::Bytes;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use tokio::task::spawn_blocking;

use super::not_served::NotServed;
use super::opened::{MAX_WHOLE_BYTES, Opened};
use super::stream::{CHUNK_BYTES, Stream, StreamBudget, StreamSender};
use crate::name::shown;

/// An open folder. The kernel resolves names below it: symbolic links may lead to other places in
/// the folder, but not out of it.
#[derive(Debug)]
pub(crate) struct Folder {
    root: Arc<OwnedFd>,
}

/// The folder [`Settings::root`](crate::Settings::root) cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}; name a folder that exists", path.display())]
pub struct FolderError {
    path: PathBuf,
    source: io::Error,
}

impl Folder {
    pub(crate) fn open_root(path: &Path) -> Result<Self, FolderError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty());
        let root =
            root.map_err(|error| FolderError { path: path.to_owned(), source: error.into() })?;
        Ok(Self { root: Arc::new(root) })
    }

    /// Opens a file by its name. Anything but a regular file counts as missing.
    pub(crate) async fn open(
        &self,
        name: String,
        budget: &StreamBudget,
    ) -> Result<Opened, NotServed> {
        let root = Arc::clone(&self.root);
        let opened = spawn_blocking(move || open(&root, &name)).await;
        match opened.unwrap_or(Err(NotServed::Unavailable))? {
            OpenFile::Whole(file) => Ok(Opened::Whole(file)),
            OpenFile::Large(file, size) => {
                let (sender, stream) = Stream::new(Some(size), budget.acquire()?);
                tokio::spawn(pump(file, sender));
                Ok(Opened::Stream(stream))
            }
        }
    }
}

/// A file of the folder.
enum OpenFile {
    Whole(Arc<TreeFile>),
    /// An open file and its size at that moment; bytes appended later are not served.
    Large(io::Take<File>, u64),
}

fn open(root: &OwnedFd, name: &str) -> Result<OpenFile, NotServed> {
    // without NONBLOCK, opening a named pipe would block the thread
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let file = rustix::fs::openat2(root, name, flags, Mode::empty(), resolve);
    let file = File::from(file.map_err(|error| not_opened(name, error))?);
    let metadata = file.metadata().map_err(|error| unavailable(name, &error))?;
    if !metadata.is_file() {
        return Err(NotServed::Missing);
    }
    let size = metadata.len();
    let mut file = file.take(size);
    if size > MAX_WHOLE_BYTES {
        return Ok(OpenFile::Large(file, size));
    }
    let mut bytes = Vec::new();
    let read = file.read_to_end(&mut bytes).map_err(|error| unavailable(name, &error))?;
    // a file that became smaller meanwhile is being rewritten
    if read as u64 != size {
        return Err(NotServed::Unavailable);
    }
    Ok(OpenFile::Whole(Arc::new(TreeFile::of(bytes))))
}

/// Why a file cannot be opened: there is no such file for clients, or this machine has a problem.
fn not_opened(name: &str, error: Errno) -> NotServed {
    match error {
        Errno::NOENT
        | Errno::NOTDIR
        | Errno::ISDIR
        | Errno::NAMETOOLONG
        | Errno::INVAL
        // a symbolic link in a circle, or out of the folder
        | Errno::LOOP
        | Errno::XDEV
        // not readable for this process
        | Errno::ACCESS
        | Errno::PERM
        // sockets, and devices without a driver
        | Errno::NXIO
        | Errno::NODEV => NotServed::Missing,
        error => unavailable(name, &error.into()),
    }
}

/// Logs why a file that may exist cannot be read.
fn unavailable(name: &str, error: &io::Error) -> NotServed {
    let file = shown(name);
    tracing::warn!(file, %error, "a file of the folder `root` cannot be read");
    NotServed::Unavailable
}

/// Sends a file until its end, or until the client disconnects. Each chunk occupies a blocking
/// thread only while it is read, not while the client takes it.
async fn pump(mut file: io::Take<File>, sender: StreamSender) {
    loop {
        let read = spawn_blocking(move || {
            let chunk = read_chunk(&mut file);
            (file, chunk)
        });
        let Ok((rest, Ok(chunk))) = read.await else {
            return;
        };
        if chunk.is_empty() {
            return sender.end().await;
        }
        if sender.send(chunk).await.is_err() {
            return;
        }
        file = rest;
    }
}

fn read_chunk(file: &mut impl Read) -> io::Result<Bytes> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let count = file.read(&mut chunk)?;
    chunk.truncate(count);
    Ok(chunk.into())
}
