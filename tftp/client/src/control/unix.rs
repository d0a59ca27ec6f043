//! The control socket on Unix: a socket that only its owner can open, which also checks the user of
//! each peer.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a socket is a file, and a leftover one must be distinguished from one in use"
)]

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener as BlockingListener;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::accept::Accept;
use super::error::BindError;

/// The application's end of a connection.
pub type Stream = std::os::unix::net::UnixStream;

/// A bound control socket. Dropping it removes the file.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: UnixListener,
    path: PathBuf,
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
    /// Another core is listening there, the path is another kind of file, or the operating system
    /// reports an error.
    pub(crate) fn bind(path: &Path) -> Result<Self, BindError> {
        remove_leftover(path)?;
        let listener =
            listen(path).map_err(|source| BindError::Io { path: path.to_owned(), source })?;
        // the process may work in another folder when it removes the socket
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Ok(Self { listener, path, owner: rustix::process::geteuid().as_raw() })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
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
    let listener = BlockingListener::bind(&created)?;
    fs::set_permissions(&created, Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    let listener = UnixListener::from_std(listener)?;
    fs::rename(&created, path)?;
    Ok(listener)
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
