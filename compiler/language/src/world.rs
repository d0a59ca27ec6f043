//! How the compiler reads files.

/// Reads the files of a dial plan. This is the only access of this crate to the outside.
pub trait World {
    /// The bytes of the file `path`.
    ///
    /// `path` is an [`EntryFile::path`], or an include resolved against the folder of the including
    /// file, with `/` between its parts and no `..` left.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The names of the files in a folder, in any order; `.` is the current folder. Used for an
    /// `include` with a pattern.
    ///
    /// # Errors
    ///
    /// The folder cannot be listed. This is the default.
    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        Err(ReadError {
            reason: format!("`{folder}` cannot be listed here"),
            help: "name the files one by one".to_owned(),
        })
    }

    /// The target of `path`, if a symbolic link on the path leads out of the folder `root` and out
    /// of the target of that folder. `None` if it stays inside, does not exist, or if there are no
    /// links.
    ///
    /// Called before an include is read. An include that leads outside is rejected without being
    /// read.
    fn leads_outside(&self, root: &str, path: &str) -> Option<String> {
        let _ = (root, path);
        None
    }
}

/// A file at which reading a dial plan begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFile {
    /// The path as the user wrote it; `-` is standard input.
    pub path: String,
    /// The folder of the dial plan, which no include may leave; empty for the current folder.
    pub root: String,
}

/// Why a file cannot be read. The text is a phrase in lower case without a final stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ReadError {
    /// The cause: "no such file", "is a folder", "permission denied".
    pub reason: String,
    /// What to do, one sentence; empty if there is nothing to add.
    pub help: String,
}
