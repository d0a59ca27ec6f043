//! The disk as the world from which a dial plan is loaded.

use std::fs;
use std::path::{Path, PathBuf};

use adr_language::limits::FILE_BYTES;
use adr_language::{ReadError, World};

use super::listing::Listing;
use super::read::read_file;
use crate::platform;

/// The disk, from which a dial plan and its includes are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl World for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        read_file(path, FILE_BYTES)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        Ok(Listing::of(folder)?.files)
    }

    /// Includes links whose target does not exist yet.
    fn leads_outside(&self, root: &str, path: &str) -> Option<String> {
        let root = if root.is_empty() { "." } else { root };
        let root = fs::canonicalize(root).ok()?;
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(_) => broken_link_target(Path::new(path))?,
        };
        let is_outside = !target.starts_with(root);
        is_outside.then(|| platform::shown(&target))
    }
}

/// The target of a broken link, as far as it can be followed.
fn broken_link_target(link: &Path) -> Option<PathBuf> {
    let target = fs::read_link(link).ok()?;
    let target = link.parent()?.join(target);
    let folder = fs::canonicalize(target.parent()?).ok()?;
    Some(folder.join(target.file_name()?))
}
