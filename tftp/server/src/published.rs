//! Reads a published folder into memory.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::folder::{MANIFEST_BYTES, SIGNATURE_BYTES, current_target, phrase};
use adr_bundle::{Folder, Manifest, ManifestFile, SIGNATURE_FILE_NAME, Tree, TreeError};

use crate::store::Generation;

/// How often loading begins again when another generation is published meanwhile.
const TRIES: usize = 5;

/// Loads the current generation of a published folder.
///
/// The link `current` is followed once, and everything is read from the folder it leads to, so no
/// switch in between can mix two generations. A folder without that link is a copy of one
/// generation, and is read as it lies there. When what was current moved on while it was read,
/// loading begins again.
///
/// # Errors
///
/// There is no manifest, or anything disagrees with it: then nothing is loaded.
pub fn load(folder: &Path) -> Result<Generation, LoadError> {
    let mut tries = TRIES;
    loop {
        let before = place(folder);
        let loaded = load_from(folder, &before);
        tries -= 1;
        if tries == 0 || place(folder) == before {
            return loaded;
        }
    }
}

/// The folder of the current generation, for messages and comparing; names in it are looked up by
/// [`Folder`].
fn place(published: &Path) -> PathBuf {
    match current_target(published) {
        Ok(Some(target)) => published.join(target),
        _ => published.to_owned(),
    }
}

fn load_from(published: &Path, place: &Path) -> Result<Generation, LoadError> {
    let unreadable = |name: &str, error: &io::Error| LoadError::Unreadable {
        path: place.join(name),
        reason: phrase(error),
    };
    let of_manifest = |error| unreadable(Manifest::FILE_NAME, &error);
    let folder = Folder::current(published).map_err(of_manifest)?;
    let manifest = folder.read(Manifest::FILE_NAME, MANIFEST_BYTES);
    let manifest = manifest.map_err(of_manifest)?;
    let signature = match folder.read(SIGNATURE_FILE_NAME, SIGNATURE_BYTES) {
        Ok(signature) => Some(signature.bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(SIGNATURE_FILE_NAME, &error)),
    };
    let file = |listed: &ManifestFile| folder.read_listed(listed);
    let tree = Tree::load(manifest.bytes, signature, file)
        .map_err(|error| LoadError::Refused { folder: place.to_owned(), error })?;
    Ok(Generation::new(tree, manifest.modified))
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
