//! Unix: the kernel resolves names in an open folder, one part at a time.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, open, openat, statat};
use rustix::io::Errno;

use crate::disk::NotRegular;
use crate::folder::entry::{check_name, is_link, outside, regular};

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
        (Errno::ISDIR | Errno::NXIO, _) => NotRegular.into(),
        _ => error.into(),
    }
}

/// Opens a file for reading. Without `NONBLOCK`, opening a named pipe would wait for its other end.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    opened.map_err(|error| match error.raw_os_error() {
        // opening a socket fails with this error
        Some(number) if number == Errno::NXIO.raw_os_error() => NotRegular.into(),
        _ => error,
    })
}

/// Whether an operation failed only because another program has the file open: never on Unix.
pub(crate) fn is_held_open(_: &io::Error) -> bool {
    false
}

/// What differs between two versions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds of the last change of the content.
    modified: (i64, i64),
    /// Seconds and nanoseconds of the last change of the file, which no program can set.
    changed: (i64, i64),
}

impl Identity {
    /// Two files that exist at the same time differ in their inodes.
    pub(crate) const IS_UNIQUE: bool = true;

    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// When the file was last changed, in nanoseconds since 1970.
    pub(crate) fn changed(&self) -> i128 {
        let (seconds, nanoseconds) = self.changed;
        i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
    }
}
