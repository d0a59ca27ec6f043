//! Unix: a socket that only its owner reaches, and whose visitors show who they are.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a socket lies on disk, and one that is left over has to be told from one that is used"
)]

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as Listener;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::Entrance;

/// The caller's end of a connection.
pub type Stream = std::os::unix::net::UnixStream;

/// A bound socket; its name goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Door {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Door {
    /// Binds a socket that nobody but its owner can open, not even for a moment: it is made in a
    /// private folder beside its place and then renamed. One that a core which is gone left behind
    /// is replaced. Needs a runtime.
    ///
    /// # Errors
    ///
    /// Another core answers there, something else lies there, or the system refuses; place, cause
    /// and what to do.
    pub(crate) fn bind(path: &Path) -> Result<Self, String> {
        let words = |error: io::Error| format!("{}: {error}; name another socket", path.display());
        make_way(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let aside = tempfile::Builder::new()
            .prefix(".adrc-")
            .tempdir_in(folder.unwrap_or(Path::new(".")))
            .map_err(words)?;
        let made = aside.path().join("s");
        let bound = Listener::bind(&made).map_err(words)?;
        fs::set_permissions(&made, Permissions::from_mode(0o600)).map_err(words)?;
        bound.set_nonblocking(true).map_err(words)?;
        let listener = UnixListener::from_std(bound).map_err(words)?;
        fs::rename(&made, path).map_err(words)?;
        Ok(Self { listener, path: path.to_owned(), owner: rustix::process::geteuid().as_raw() })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Entrance for Door {
    type Stream = UnixStream;

    async fn enter(&self) -> io::Result<(UnixStream, bool)> {
        let (stream, _) = self.listener.accept().await?;
        let is_owner = stream.peer_cred().is_ok_and(|peer| peer.uid() == self.owner);
        Ok((stream, is_owner))
    }
}

/// Removes a socket at which nobody listens.
fn make_way(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::FileTypeExt;
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !metadata.file_type().is_socket() {
        return Err(format!(
            "{}: this is no socket, and is left alone; name another one",
            path.display()
        ));
    }
    match Stream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|error| format!("{}: {error}; remove it", path.display()))
        }
        Ok(_) => Err(format!(
            "{}: another core answers here; stop it, or name another socket",
            path.display()
        )),
        Err(error) => Err(format!("{}: {error}; name another socket", path.display())),
    }
}
