//! Windows: no links without a privilege, no folders that can be synced, and paths with `\`.

use std::borrow::Cow;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

use crate::publish::Switch;

/// How publishers make a generation current. Links need a privilege that few users have.
pub(crate) const SWITCH: Switch = Switch::Pointer;

/// `FILE_ADD_FILE`, the right to create files in a folder.
const ADD_FILE: u32 = 2;

/// `FILE_FLAG_BACKUP_SEMANTICS`, without which a folder cannot be opened.
const FOLDERS: u32 = 0x0200_0000;

/// What the paths begin with that Windows does not interpret.
const VERBATIM: &str = r"\\?\";

/// The same for folders that another machine shares.
const VERBATIM_SHARE: &str = r"\\?\UNC\";

/// Publishers create no links on Windows.
pub(crate) fn symbolic_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Windows has no call for this. NTFS and ReFS keep a journal of names: after a power cut a rename
/// of the last seconds may be undone, but never half done.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match folder.metadata()?.is_dir() {
        true => Ok(()),
        false => Err(ErrorKind::NotADirectory.into()),
    }
}

/// Checks that this process may create files in a folder.
pub(crate) fn check_writable(folder: &Path) -> io::Result<()> {
    OpenOptions::new().access_mode(ADD_FILE).custom_flags(FOLDERS).open(folder).map(drop)
}

/// The folder around a file says who may read it.
pub(crate) fn allow_reading(_: &File) -> io::Result<()> {
    Ok(())
}

/// The folder around a file says who may use it.
pub(crate) fn share_file(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder around a folder says who may use it.
pub(crate) fn share_folder(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Checks that a file with these permissions can be replaced: a read-only one cannot, nor can a
/// temporary file with the same permissions be removed again.
pub(crate) fn check_replaceable(permissions: &Permissions) -> io::Result<()> {
    if permissions.readonly() { Err(ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

/// Windows reports such links by an error with a text of its own.
pub(crate) fn is_link_cycle(_: &io::Error) -> bool {
    false
}

/// Windows has no limit on watchers.
pub(crate) fn has_no_watchers(_: &io::Error) -> bool {
    false
}

/// A path that a user wrote, with `/` between its parts: so `rules\plan.adr` and an include of
/// `rules/plan.adr` are the same file. A drive alone becomes its root folder.
pub(crate) fn with_slashes(path: &str) -> Cow<'_, str> {
    let path = path.strip_prefix(VERBATIM).filter(|path| path.contains(':')).unwrap_or(path);
    let path = match path.contains('\\') {
        true => Cow::Owned(path.replace('\\', "/")),
        false => Cow::Borrowed(path),
    };
    // without its last `/`, `C:/` would be the current folder of the drive
    match path.strip_suffix('/').filter(|drive| drive.len() == 2 && drive.ends_with(':')) {
        Some(drive) => Cow::Owned(format!("{drive}/.")),
        None => path,
    }
}

/// A path without links, for a message: as people write it.
pub(crate) fn shown(path: &Path) -> String {
    let path = path.to_string_lossy();
    match (path.strip_prefix(VERBATIM_SHARE), path.strip_prefix(VERBATIM)) {
        (Some(share), _) => format!(r"\\{share}"),
        (None, Some(path)) => path.to_owned(),
        (None, None) => path.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_users_have_slashes() {
        for (written, expected) in [
            (r"rules\plan.adr", "rules/plan.adr"),
            (r"C:\plans", "C:/plans"),
            (r"C:\", "C:/."),
            ("C:/", "C:/."),
            (r"\\server\share\plans", "//server/share/plans"),
            (r"\\?\C:\plans", "C:/plans"),
            ("plan.adr", "plan.adr"),
        ] {
            assert_eq!(with_slashes(written), expected, "{written}");
        }
    }

    #[test]
    fn paths_are_shown_as_people_write_them() {
        assert_eq!(shown(Path::new(r"\\?\C:\plans")), r"C:\plans");
        assert_eq!(shown(Path::new(r"\\?\UNC\server\share")), r"\\server\share");
        assert_eq!(shown(Path::new(r"C:\plans")), r"C:\plans");
    }
}
