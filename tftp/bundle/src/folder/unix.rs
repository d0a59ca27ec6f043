//! An open folder of Unix: the kernel resolves one name at a time below it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, open, openat, statat};
use rustix::io::Errno;

use super::{check_name, is_link, not_regular, outside, regular};

/// A folder is opened for looking names up, which needs no permission to list it.
#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Without NONBLOCK, opening a named pipe waits until somebody writes to it.
const HERE: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// An open folder whose files may be anything.
///
/// The path of the folder is resolved as usual, since its caller chose it. Every name below the
/// folder is opened without following links, and opening never waits for the other end of a pipe.
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

    /// Opens a folder below this one by a relative path.
    ///
    /// # Errors
    ///
    /// There is no such folder, or a part of its path is a symbolic link.
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
    /// There is no such file, it is not a regular one, or a part of its path is a symbolic link.
    pub fn file(&self, name: &str) -> io::Result<File> {
        check_name(name)?;
        let (folders, name) = name.rsplit_once('/').unwrap_or(("", name));
        let folder = self.below(Path::new(folders))?;
        let file = step(&folder.descriptor, Path::new(name), HERE | OFlags::RDONLY)?;
        regular(file.into())
    }

    /// Opens a regular file for writing by its name, and makes it if it is not there. Its content
    /// stays.
    ///
    /// # Errors
    ///
    /// What lies there is not a regular file, or the operating system refused.
    pub fn create(&self, name: &str) -> io::Result<File> {
        let flags = HERE | OFlags::WRONLY | OFlags::CREATE;
        regular(step(&self.descriptor, Path::new(name), flags)?.into())
    }
}

/// Opens one name in a folder. What is in the way is named as what it is.
fn step(folder: &OwnedFd, name: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    if !matches!(name.components().next(), Some(Component::Normal(_))) {
        return Err(outside());
    }
    openat(folder, name, flags, Mode::from_raw_mode(0o666)).map_err(|error| {
        match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => because(error, FileType::from_raw_mode(found.st_mode)),
            Err(_) => error.into(),
        }
    })
}

fn because(error: Errno, found: FileType) -> io::Error {
    match (error, found) {
        (_, FileType::Symlink) => is_link(),
        // a folder for writing; a pipe without a reader, or a socket
        (Errno::ISDIR | Errno::NXIO, _) => not_regular(),
        _ => error.into(),
    }
}
