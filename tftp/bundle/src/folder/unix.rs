//! An open folder on Unix: the kernel resolves names in it, one part at a time.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, open, openat, statat};
use rustix::io::Errno;

use super::entry::{check_name, is_link, not_regular, outside, regular};

/// Flags to open a folder for looking names up, which needs no permission to list it.
#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Flags to open a file. Without NONBLOCK, opening a named pipe would wait for its other end.
const FILE: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// An open folder with content that is not trusted.
///
/// The path of the folder itself is resolved as usual, because the caller chose it. Names in the
/// folder are opened without following symbolic links, and named pipes do not block.
#[derive(Debug)]
pub struct Folder {
    descriptor: OwnedFd,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// The operating system refused.
    pub fn open(path: &Path) -> io::Result<Self> {
        let descriptor = open(path, FOLDER, Mode::empty())?;
        Ok(Self { descriptor })
    }

    /// Opens a folder inside this one by a relative path.
    ///
    /// # Errors
    ///
    /// The folder does not exist, or a part of its path is a symbolic link.
    pub fn below(&self, path: &Path) -> io::Result<Self> {
        let mut descriptor = self.descriptor.try_clone()?;
        for name in path {
            descriptor = step(&descriptor, Path::new(name), FOLDER | OFlags::NOFOLLOW)?;
        }
        Ok(Self { descriptor })
    }

    /// Opens a regular file for reading by its name, a relative path with `/`.
    ///
    /// # Errors
    ///
    /// The file does not exist or is not a regular file, or a part of its path is a symbolic link.
    pub fn file(&self, name: &str) -> io::Result<File> {
        check_name(name)?;
        let (folders, name) = name.rsplit_once('/').unwrap_or(("", name));
        let folder = self.below(Path::new(folders))?;
        let file = step(&folder.descriptor, Path::new(name), FILE | OFlags::RDONLY)?;
        regular(file.into())
    }

    /// Opens a regular file for writing by its name, and creates it if it does not exist. Existing
    /// content is kept.
    ///
    /// # Errors
    ///
    /// The name belongs to something other than a regular file, or the operating system refused.
    pub fn create(&self, name: &str) -> io::Result<File> {
        let flags = FILE | OFlags::WRONLY | OFlags::CREATE;
        regular(step(&self.descriptor, Path::new(name), flags)?.into())
    }
}

/// Opens one name in a folder. The error says what the name belongs to.
fn step(folder: &OwnedFd, name: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    if !matches!(name.components().next(), Some(Component::Normal(_))) {
        return Err(outside());
    }
    openat(folder, name, flags, Mode::from_raw_mode(0o666)).map_err(|error| {
        match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => explain(error, FileType::from_raw_mode(found.st_mode)),
            Err(_) => error.into(),
        }
    })
}

fn explain(error: Errno, found: FileType) -> io::Error {
    match (error, found) {
        (_, FileType::Symlink) => is_link(),
        // a folder opened for writing; a socket, or a pipe without a reader
        (Errno::ISDIR | Errno::NXIO, _) => not_regular(),
        _ => error.into(),
    }
}
