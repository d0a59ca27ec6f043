//! A local folder of further files, which are served unchanged.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_bundle::TreeFile;
use adr_bundle::folder::phrase;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::not_served::NotServed;
use super::opened::{MAX_WHOLE_BYTES, Opened};
use super::shared_files::{Shared, SharedFiles};
use super::stream::{CHUNK_BYTES, FIRST_CHUNK_BYTES, Stream, StreamBudget, StreamSender};
use crate::name::shown;
use crate::platform::{Root, is_missing};

/// An open folder. No name leads out of it, not even by a symbolic link: see [`Root`].
#[derive(Debug)]
pub(crate) struct Folder {
    root: Arc<Root>,
    files: Arc<SharedFiles>,
    /// Limits the threads that read, which can hang with a network drive.
    readers: Arc<Semaphore>,
}

/// Most threads that read files of the folder at the same time.
const MAX_READERS: usize = 64;

/// How long a client waits for the disk. A TFTP client asks again meanwhile.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Time between two looks at a file that a thread reads for another client.
const BEING_READ_PAUSE: Duration = Duration::from_millis(5);

/// The folder [`Settings::root`](crate::Settings::root) cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}; name a folder that exists", path.display(), phrase(source))]
pub struct FolderError {
    path: PathBuf,
    source: io::Error,
}

impl Folder {
    pub(crate) fn open_root(path: &Path) -> Result<Self, FolderError> {
        let root = Root::open(path);
        let root = root.map_err(|source| FolderError { path: path.to_owned(), source })?;
        let readers = Arc::new(Semaphore::new(MAX_READERS));
        Ok(Self { root: Arc::new(root), files: Arc::default(), readers })
    }

    /// Opens a file by its name. Anything but a regular file counts as missing.
    pub(crate) async fn open(
        &self,
        name: &str,
        budget: &StreamBudget,
    ) -> Result<Opened, NotServed> {
        match self.find(name).await? {
            OpenFile::Whole(file) => Ok(Opened::Whole(file)),
            OpenFile::Large(file, size) => {
                let begun = FIRST_CHUNK_BYTES as u64;
                let (sender, stream) = Stream::new(Some(size), begun, budget.acquire()?);
                tokio::spawn(pump(name.to_owned(), file, sender, Arc::clone(&self.readers)));
                Ok(Opened::Stream(stream))
            }
        }
    }

    /// Opens a file. Waits while a thread reads it for another client, but not on a thread.
    async fn find(&self, name: &str) -> Result<OpenFile, NotServed> {
        let end = Instant::now() + TIME_LIMIT;
        while Instant::now() < end {
            let (root, files) = (Arc::clone(&self.root), Arc::clone(&self.files));
            let name = name.to_owned();
            let opened = read(&self.readers, move || open(&root, &files, &name)).await;
            match opened.unwrap_or(Err(NotServed::Unavailable))? {
                Some(file) => return Ok(file),
                None => sleep(BEING_READ_PAUSE).await,
            }
        }
        Err(NotServed::Unavailable)
    }
}

/// Reads on a thread that may block; `None` if the disk does not answer in time, or if too many
/// threads wait for it already.
async fn read<T: Send + 'static>(
    readers: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let readers = Arc::clone(readers);
    let reading = async move {
        let reader = readers.acquire_owned().await.ok()?;
        // the thread keeps its place until it ends, also if nobody waits for it any more
        let read = move || {
            let _reader = reader;
            work()
        };
        spawn_blocking(read).await.ok()
    };
    let read = timeout(TIME_LIMIT, reading).await.ok().flatten();
    if read.is_none() {
        tracing::warn!("the disk of the folder `root` does not answer");
    }
    read
}

/// A file of the folder.
enum OpenFile {
    Whole(Arc<TreeFile>),
    /// An open file and its size at that moment; bytes appended later are not served.
    Large(io::Take<File>, u64),
}

/// Opens a file; `None` while another thread reads it.
fn open(root: &Root, files: &SharedFiles, name: &str) -> Result<Option<OpenFile>, NotServed> {
    let file = root.file(name).map_err(|error| match is_missing(&error) {
        true => NotServed::Missing,
        false => unavailable(name, &error),
    })?;
    let metadata = file.metadata().map_err(|error| unavailable(name, &error))?;
    if !metadata.is_file() {
        return Err(NotServed::Missing);
    }
    let size = metadata.len();
    let shared = match size {
        0..=MAX_WHOLE_BYTES => files.get(name, &metadata, || read_whole(&file, size)),
        _ => Ok(Shared::NoRoom),
    };
    match shared.map_err(|error| unavailable(name, &error))? {
        Shared::File(file) => Ok(Some(OpenFile::Whole(file))),
        Shared::BeingRead => Ok(None),
        Shared::NoRoom => Ok(Some(OpenFile::Large(file.take(size), size))),
    }
}

fn read_whole(file: &File, size: u64) -> io::Result<Vec<u8>> {
    // a buffer that grows would take three times the memory while the file is read
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(size).read_to_end(&mut bytes)?;
    // a file that became smaller meanwhile is being rewritten
    let is_whole = bytes.len() as u64 == size;
    is_whole.then_some(bytes).ok_or_else(|| io::Error::other("another program is writing it"))
}

/// Logs why a file that may exist cannot be read.
fn unavailable(name: &str, error: &io::Error) -> NotServed {
    let file = shown(name);
    tracing::warn!(file, %error, "a file of the folder `root` cannot be read");
    NotServed::Unavailable
}

/// Sends a file until its end, or until the client disconnects. Each chunk occupies a blocking
/// thread only while it is read, not while the client takes it. The second one is read when it is
/// wanted.
async fn pump(
    name: String,
    mut file: io::Take<File>,
    mut sender: StreamSender,
    readers: Arc<Semaphore>,
) {
    let mut chunk_bytes = FIRST_CHUNK_BYTES;
    loop {
        let read = read(&readers, move || {
            let chunk = read_chunk(&mut file, chunk_bytes);
            (file, chunk)
        });
        // a disk that does not answer was logged already
        let Some((rest, chunk)) = read.await else { return };
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                unavailable(&name, &error);
                return;
            }
        };
        if chunk.is_empty() {
            return sender.end().await;
        }
        if sender.send(chunk).await.is_err() || sender.wanted().await.is_err() {
            return;
        }
        (file, chunk_bytes) = (rest, CHUNK_BYTES);
    }
}

fn read_chunk(file: &mut impl Read, bytes: usize) -> io::Result<Bytes> {
    let mut chunk = vec![0; bytes];
    let count = file.read(&mut chunk)?;
    chunk.truncate(count);
    Ok(chunk.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_of_the_folder_is_a_phrase() {
        let sandbox = tempfile::tempdir().unwrap();
        let error = Folder::open_root(&sandbox.path().join("missing")).unwrap_err().to_string();
        assert!(error.ends_with("/missing: there is no such file; name a folder that exists"));
    }
}
