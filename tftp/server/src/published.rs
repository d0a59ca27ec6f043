//! Loads the current generation of a published folder into memory.

use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::folder::{MANIFEST_BYTES, SIGNATURE_BYTES, current_target, phrase};
use adr_bundle::{Folder, Manifest, ManifestFile, SIGNATURE_FILE_NAME, Tree, TreeError};

use crate::store::Generation;

/// How often loading starts over because another generation was published meanwhile.
const ATTEMPTS: usize = 5;

/// Loads the current generation of a published folder.
///
/// The link or pointer file `current` is followed once, and every file is read from the folder to
/// which it leads, so a switch in between cannot mix two generations. A folder without it is a copy
/// of one generation, and is read itself. If the current generation changes during loading, loading
/// starts over.
///
/// # Errors
///
/// The manifest is missing, or a file differs from it. Nothing is loaded then.
pub fn load(folder: &Path) -> Result<Generation, LoadError> {
    let mut attempts = ATTEMPTS;
    loop {
        let before = current_folder(folder);
        let loaded = load_from(folder, &before);
        attempts -= 1;
        if attempts == 0 || current_folder(folder) == before {
            return loaded;
        }
    }
}

/// The folder of the current generation, for comparisons and messages; files in it are opened
/// through [`Folder`].
fn current_folder(published: &Path) -> PathBuf {
    match current_target(published) {
        Ok(Some(target)) => published.join(target),
        _ => published.to_owned(),
    }
}

fn load_from(published: &Path, current: &Path) -> Result<Generation, LoadError> {
    let unreadable =
        |name: &str, source| LoadError::Unreadable { path: current.join(name), source };
    let of_manifest = |error| unreadable(Manifest::FILE_NAME, error);
    let folder = Folder::current(published).map_err(of_manifest)?;
    let manifest = folder.read(Manifest::FILE_NAME, MANIFEST_BYTES);
    let manifest = manifest.map_err(of_manifest)?;
    let signature = match folder.read(SIGNATURE_FILE_NAME, SIGNATURE_BYTES) {
        Ok(signature) => Some(signature.bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(SIGNATURE_FILE_NAME, error)),
    };
    let file = |listed: &ManifestFile| folder.read_listed(listed);
    let tree = Tree::load(manifest.bytes, signature, file)
        .map_err(|source| LoadError::Invalid { folder: current.to_owned(), source })?;
    Ok(Generation::new(tree, manifest.modified))
}

/// Why a folder is not served.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The manifest or its signature cannot be read.
    #[error(
        "{}: {}; publish with `adrc compile -o DIR` and name that folder",
        path.display(),
        phrase(source)
    )]
    Unreadable {
        /// The file that cannot be read.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The manifest is invalid, or a file differs from it.
    #[error("{}: {source}; nothing of this generation is served, publish again", folder.display())]
    Invalid {
        /// The folder of the generation.
        folder: PathBuf,
        /// What is wrong.
        source: TreeError,
    },
}
