//! How texts come in.

/// Reads the texts that a dial plan names; the only way in which this crate meets the world.
pub trait World {
    /// The bytes of the file that people know by `path`.
    ///
    /// `path` is an [`EntryFile::path`], or an include resolved against the folder of the including
    /// file, with `/` between its parts and no `..` left.
    ///
    /// # Errors
    ///
    /// [`ReadError`] says in people's words why there are none.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The names of the files in the folder that people know by `folder`, in any order; `.` is the
    /// current one. Asked for by an `include` with a pattern.
    ///
    /// # Errors
    ///
    /// [`ReadError`] says in people's words why there are none. A world that has no folders need
    /// not implement this.
    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        Err(ReadError {
            reason: format!("`{folder}` cannot be listed here"),
            help: "name the files one by one".to_owned(),
        })
    }

    /// Where `path` leads, if a symbolic link on it leads out of the folder `root` or out of what
    /// that leads to; `None` where it stays inside, is not there, or where there are no links.
    ///
    /// Asked before an include is read; an include that leads outside is refused and not read.
    fn leads_outside(&self, root: &str, path: &str) -> Option<String> {
        let _ = (root, path);
        None
    }
}

/// A file that a dial plan begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFile {
    /// The path as people know it, `-` for standard input.
    pub path: String,
    /// The dial plan's folder, which no include may leave; empty for the current folder.
    pub root: String,
}

/// Why a file could not be read: a phrase in lower case without a final stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ReadError {
    /// What happened: "no such file", "is a folder", "permission denied".
    pub reason: String,
    /// What to do, one sentence; empty when there is nothing to add.
    pub help: String,
}
