//! The control socket on Unix: a socket that only its owner can open, which also checks the user of
//! each peer.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a socket is a file, and a leftover one must be distinguished from one in use"
)]

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener as BlockingListener;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::accept::Accept;
use super::error::BindError;

/// The application's end of a connection.
pub type Stream = std::os::unix::net::UnixStream;

/// Longest path of a socket in bytes: its address has room for one more, the NUL.
const MAX_PATH_BYTES: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// A bound control socket. Dropping it removes the file, unless another core has replaced it.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: UnixListener,
    path: PathBuf,
    /// Which file it is; `None` if the operating system does not say.
    file: Option<FileId>,
    /// The user ID of the user who runs the core.
    owner: u32,
}

impl Listener {
    /// Binds a control socket; needs a runtime. The socket is created in a private folder beside
    /// its path and then renamed, so that other users cannot open it at any moment. A leftover
    /// socket, on which no core is listening, is replaced.
    ///
    /// # Errors
    ///
    /// The path is too long, another core is listening there, the path is another kind of file, or
    /// the operating system reports an error.
    pub(crate) fn bind(path: &Path) -> Result<Self, BindError> {
        // the process may work in another folder when it removes the socket
        let path = std::path::absolute(path)
            .map_err(|source| BindError::Io { path: path.to_owned(), source })?;
        let bytes = path.as_os_str().len();
        if bytes > MAX_PATH_BYTES {
            return Err(BindError::TooLong { path, bytes, max_bytes: MAX_PATH_BYTES });
        }
        remove_leftover(&path)?;
        let listener =
            listen(&path).map_err(|source| BindError::Io { path: path.clone(), source })?;
        let file = FileId::of(&path);
        Ok(Self { listener, path, file, owner: rustix::process::geteuid().as_raw() })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.file.is_some() && self.file == FileId::of(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Device and inode of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(Self(metadata.dev(), metadata.ino()))
    }
}

impl Accept for Listener {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<(UnixStream, bool)> {
        let (stream, _) = self.listener.accept().await?;
        let is_owner = stream.peer_cred().is_ok_and(|peer| peer.uid() == self.owner);
        Ok((stream, is_owner))
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let private =
        tempfile::Builder::new().prefix(".adrc-").tempdir_in(folder.unwrap_or(Path::new(".")))?;
    let created = private.path().join("s");
    let listener = bind_in(private.path())?;
    fs::set_permissions(&created, Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    let listener = UnixListener::from_std(listener)?;
    fs::rename(&created, path)?;
    Ok(listener)
}

/// Binds the socket `s` in a folder. The path of the folder may be too long for the address of a
/// socket; then, on Linux, a descriptor of the folder names it.
fn bind_in(folder: &Path) -> io::Result<BlockingListener> {
    let path = folder.join("s");
    if path.as_os_str().len() <= MAX_PATH_BYTES {
        return BlockingListener::bind(path);
    }
    let opened = fs::File::open(folder)?;
    BlockingListener::bind(format!("/proc/self/fd/{}/s", opened.as_raw_fd()))
}

/// Removes a socket on which no core is listening.
fn remove_leftover(path: &Path) -> Result<(), BindError> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let path = path.to_owned();
    if !metadata.file_type().is_socket() {
        return Err(BindError::NotASocket { path });
    }
    match Stream::connect(&path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(&path).map_err(|source| BindError::Leftover { path, source })
        }
        Ok(_) => Err(BindError::InUse { path }),
        Err(source) => Err(BindError::Io { path, source }),
    }
}
