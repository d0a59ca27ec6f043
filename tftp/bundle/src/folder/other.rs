//! An open folder on systems without descriptors of folders: every part of a path is checked before
//! it is opened.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::entry::{check_name, is_link, not_regular, outside, regular};

/// A folder with content that is not trusted.
///
/// The path of the folder itself is resolved as usual, because the caller chose it. Symbolic links
/// in the folder are not followed, as far as a check before opening can prevent it.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// The operating system refused.
    pub fn open(path: &Path) -> io::Result<Self> {
        if !fs::metadata(path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let path = path.to_owned();
        Ok(Self { path })
    }

    /// Opens a folder inside this one by a relative path.
    ///
    /// # Errors
    ///
    /// The folder does not exist, or a part of its path is a symbolic link.
    pub fn below(&self, path: &Path) -> io::Result<Self> {
        let mut folder = self.path.clone();
        for part in path.components() {
            // a root or a drive letter would lead out of the folder
            let Component::Normal(name) = part else {
                return Err(outside());
            };
            folder.push(name);
            if fs::symlink_metadata(&folder)?.is_symlink() {
                return Err(is_link());
            }
        }
        Ok(Self { path: folder })
    }

    /// Opens a regular file for reading by its name, a relative path with `/`.
    ///
    /// # Errors
    ///
    /// The file does not exist or is not a regular file, or a part of its path is a symbolic link.
    pub fn file(&self, name: &str) -> io::Result<File> {
        check_name(name)?;
        let path = self.below(Path::new(name))?.path;
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(not_regular());
        }
        regular(File::open(path)?)
    }
}
