//! Reads a published folder into memory.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use adr_tree::{Manifest, ManifestFile, SIGNATURE_FILE_NAME, Tree, TreeError};

use crate::store::Generation;

/// How often loading begins again when another generation is published meanwhile.
const TRIES: usize = 5;

/// Most bytes of a manifest: some 200 for each file.
const MANIFEST_BYTES: u64 = 64 << 20;

/// Most bytes of a signature; minisign writes about 300.
const SIGNATURE_BYTES: u64 = 16 << 10;

/// Loads the current generation of a published folder.
///
/// The link `current` is followed once, and everything is read from the folder it leads to, so no switch in between can
/// mix two generations. A folder without that link is a copy of one generation, and is read as it lies there. When what
/// was current moved on while it was read, loading begins again.
///
/// # Errors
///
/// There is no manifest, or anything disagrees with it: then nothing is loaded.
pub fn load(folder: &Path) -> Result<Generation, LoadError> {
    let mut tries = TRIES;
    loop {
        let before = place(folder);
        let loaded = load_from(&before);
        tries -= 1;
        if tries == 0 || place(folder) == before {
            return loaded;
        }
    }
}

/// The folder of the current generation.
fn place(folder: &Path) -> PathBuf {
    let link = folder.join("current");
    std::fs::read_link(link).map_or_else(|_| folder.to_owned(), |target| folder.join(target))
}

fn load_from(place: &Path) -> Result<Generation, LoadError> {
    let path = place.join(Manifest::FILE_NAME);
    let unreadable = |error: io::Error| LoadError::Unreadable {
        path: path.clone(),
        reason: words(&error),
    };
    let (manifest, modified) = read(&path, MANIFEST_BYTES).map_err(unreadable)?;
    let signature = match read(&place.join(SIGNATURE_FILE_NAME), SIGNATURE_BYTES) {
        Ok((bytes, _)) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(error)),
    };
    let file = |entry: &ManifestFile| {
        let (bytes, _) =
            read(&place.join(&entry.path), entry.size).map_err(|error| words(&error))?;
        Ok(bytes)
    };
    let tree = Tree::load(manifest, signature, file).map_err(|error| LoadError::Refused {
        folder: place.to_owned(),
        error,
    })?;
    Ok(Generation::new(tree, modified))
}

/// At most `most` bytes of a regular file and one more, and when it was written.
fn read(path: &Path, most: u64) -> io::Result<(Vec<u8>, SystemTime)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes, metadata.modified()?))
}

/// An error without the number of the operating system.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Why a folder is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The manifest or its signature cannot be read.
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// Why, a phrase.
        reason: String,
    },
    /// The manifest and the files disagree.
    Refused {
        /// The folder of the generation.
        folder: PathBuf,
        /// What disagrees.
        error: TreeError,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, reason } => write!(
                f,
                "{}: {reason}; publish with `adrc compile -o DIR` and name that folder",
                path.display()
            ),
            Self::Refused { folder, error } => write!(
                f,
                "{}: {error}; nothing of this generation is served, publish again",
                folder.display()
            ),
        }
    }
}

impl std::error::Error for LoadError {}
