//! Unix: symbolic links, folders that can be synced, and file modes.

use std::borrow::Cow;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{Access, Mode, OFlags};
use rustix::io::Errno;

use crate::publish::Switch;

/// How publishers make a generation current.
pub(crate) const SWITCH: Switch = Switch::Link;

/// Creates a symbolic link.
pub(crate) fn symbolic_link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Syncs the names in a folder.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // `DIRECTORY` rejects a named pipe of this name; opening that would block the process
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    File::from(rustix::fs::open(folder, flags, Mode::empty())?).sync_all()
}

/// Checks that this process may create files in a folder.
pub(crate) fn check_writable(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Lets everybody read a file that only its owner can read.
pub(crate) fn allow_reading(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o644))
}

/// Lets those read and write a file who may do so in a folder.
pub(crate) fn share_file(file: &File, folder: &Path) -> io::Result<()> {
    let mode = folder.metadata()?.permissions().mode();
    file.set_permissions(Permissions::from_mode(mode & 0o666))
}

/// Gives a folder the permissions of another one.
pub(crate) fn share_folder(folder: &Path, like: &Path) -> io::Result<()> {
    std::fs::set_permissions(folder, like.metadata()?.permissions())
}

/// Checks that a file with these permissions can be replaced: on Unix, its folder decides.
pub(crate) fn check_replaceable(_: &Permissions) -> io::Result<()> {
    Ok(())
}

/// Whether symbolic links form a cycle.
pub(crate) fn is_link_cycle(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

/// Whether the system has no watchers left.
pub(crate) fn has_no_watchers(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::MFILE.raw_os_error())
}

/// A path that a user wrote, with `/` between its parts.
pub(crate) fn with_slashes(path: &str) -> Cow<'_, str> {
    Cow::Borrowed(path)
}

/// A path without links, for a message.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
