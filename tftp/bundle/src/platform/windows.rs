//! Windows: every part of a path is checked before it is opened, because a folder cannot be opened
//! to look names up in it.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf, Prefix};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::disk::NotRegular;
use crate::folder::entry::{check_name, is_link, outside, regular};

/// `ERROR_ACCESS_DENIED`: among others for a rename onto a file that another program has open.
const ACCESS_DENIED: i32 = 5;

/// `ERROR_SHARING_VIOLATION`: another program has the file open, and shares it with nobody.
const SHARING_VIOLATION: i32 = 32;

/// `ERROR_LOCK_VIOLATION`: another program has locked a part of the file.
const LOCK_VIOLATION: i32 = 33;

/// A folder with content that is not trusted.
///
/// The path of the folder itself is resolved as usual, because the caller chose it. Symbolic links
/// and junctions in the folder are not followed, as far as a check before opening can prevent it.
/// A file is opened only by its own name: not by a short name such as `SECRET~1.XML`, and not with
/// the name of a stream behind a colon.
#[derive(Debug)]
pub struct Folder {
    /// Begins with `\\?\`, so that the system takes the names in it literally: `CON` is not a
    /// device, and a final dot belongs to the name.
    path: PathBuf,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// The operating system refused.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        match fs::metadata(&path)?.is_dir() {
            true => Ok(Self { path }),
            false => Err(ErrorKind::NotADirectory.into()),
        }
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
            if name.to_string_lossy().contains(':') {
                return Err(outside());
            }
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
            return Err(NotRegular.into());
        }
        let file = regular(open_file(&path)?)?;
        match is_own_name(&path)? {
            true => Ok(file),
            false => Err(ErrorKind::NotFound.into()),
        }
    }

    /// Opens a regular file for writing by its name, and creates it if it does not exist. Existing
    /// content is kept.
    ///
    /// # Errors
    ///
    /// The name belongs to something other than a regular file, or the operating system refused.
    pub fn create(&self, name: &str) -> io::Result<File> {
        check_name(name)?;
        if name.contains(':') {
            return Err(outside());
        }
        let path = self.path.join(name);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => return Err(is_link()),
            Ok(found) if !found.is_file() => return Err(NotRegular.into()),
            Ok(_) | Err(_) => {}
        }
        regular(File::options().write(true).create(true).truncate(false).open(path)?)
    }
}

/// Whether a path is the long one of its file. Windows compares names without regard to case.
fn is_own_name(path: &Path) -> io::Result<bool> {
    let lower_case = |path: &Path| path.to_string_lossy().to_lowercase();
    Ok(lower_case(&fs::canonicalize(path)?) == lower_case(path))
}

/// Opens a regular file for reading. Waits a moment for a program that is writing it.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    // looking a pipe or a device up opens it, which takes an instance of the pipe
    if is_device(path) {
        return Err(NotRegular.into());
    }
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(NotRegular.into());
    }
    let is_shared_with_nobody = |error: &io::Error| {
        matches!(error.raw_os_error(), Some(SHARING_VIOLATION | LOCK_VIOLATION))
    };
    crate::disk::held::retry(is_shared_with_nobody, || File::open(path))
}

/// Whether a path names a pipe or a device by its prefix: `\\.\pipe\x`, `\\?\pipe\x`, or a pipe of
/// another computer, `\\server\pipe\x`.
fn is_device(path: &Path) -> bool {
    let Some(Component::Prefix(prefix)) = path.components().next() else { return false };
    let is_pipe = |name: &OsStr| name.eq_ignore_ascii_case("pipe");
    match prefix.kind() {
        Prefix::DeviceNS(_) => true,
        // a volume by its number, as in `\\?\Volume{...}\plan.adr`, has files
        Prefix::Verbatim(name) => !name.to_string_lossy().to_lowercase().starts_with("volume{"),
        Prefix::UNC(_, share) | Prefix::VerbatimUNC(_, share) => is_pipe(share),
        Prefix::Disk(_) | Prefix::VerbatimDisk(_) => false,
    }
}

/// Whether an operation failed only because another program has the file open. A lack of
/// permission cannot be distinguished from that.
pub(crate) fn is_held_open(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(ACCESS_DENIED | SHARING_VIOLATION | LOCK_VIOLATION))
}

/// What differs between two versions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    size: u64,
    created: Option<SystemTime>,
    modified: Option<SystemTime>,
}

impl Identity {
    /// Two files can have the same size and the same times.
    pub(crate) const IS_UNIQUE: bool = false;

    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            created: metadata.created().ok(),
            modified: metadata.modified().ok(),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// When the file was last changed, in nanoseconds since 1970.
    pub(crate) fn changed(&self) -> i128 {
        let since = self.modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        since.map_or(0, |since| i128::try_from(since.as_nanos()).unwrap_or(i128::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::os::windows::fs::OpenOptionsExt;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn file_that_a_program_shares_with_nobody_is_waited_for() {
        let sandbox = tempfile::tempdir().unwrap();
        let path = sandbox.path().join("plan.adr");
        fs::write(&path, "let outside = 9\n").unwrap();
        let open = File::options().read(true).share_mode(0).open(&path).unwrap();
        let editor = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            drop(open);
        });
        assert_eq!(open_file(&path).unwrap().metadata().unwrap().len(), 16);
        editor.join().unwrap();
    }

    /// There is no such pipe or device: an error that says so would mean that it was looked up.
    #[test]
    fn pipe_or_device_is_rejected_without_looking_it_up() {
        for path in [
            r"\\.\pipe\adrc-none",
            "//./pipe/adrc-none",
            r"\\?\pipe\adrc-none",
            r"\\?\GLOBALROOT\Device\NamedPipe\adrc-none",
            r"\\server\pipe\adrc-none",
            r"\\?\UNC\server\Pipe\adrc-none",
            r"\\.\COM77",
        ] {
            let error = open_file(Path::new(path)).unwrap_err();
            assert!(NotRegular::is_reason(&error), "{path}: {error}");
        }
        let sandbox = tempfile::tempdir().unwrap();
        let path = sandbox.path().join("plan.adr");
        fs::write(&path, "").unwrap();
        open_file(&path).unwrap();
        open_file(&fs::canonicalize(&path).unwrap()).unwrap();
    }

    #[test]
    fn file_has_one_name_without_regard_to_case() {
        let sandbox = tempfile::tempdir().unwrap();
        fs::create_dir(sandbox.path().join("sub")).unwrap();
        fs::write(sandbox.path().join("sub/configuration.txt"), "x").unwrap();
        let folder = Folder::open(sandbox.path()).unwrap();
        for name in ["sub/configuration.txt", "SUB/Configuration.TXT"] {
            folder.file(name).unwrap();
        }
        for name in [
            "sub/configuration.txt.",
            "sub/configuration.txt ",
            "sub/configuration.txt::$DATA",
            "sub/CONFIG~1.TXT",
            r"sub\configuration.txt",
            "C:/sub/configuration.txt",
            "sub/NUL",
            "NUL",
        ] {
            assert!(folder.file(name).is_err(), "{name}");
        }
    }

    #[test]
    fn file_is_created_in_the_folder_only() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = Folder::open(sandbox.path()).unwrap();
        folder.create(".lock").unwrap();
        folder.create(".lock").unwrap();
        for name in ["../lock", r"..\lock", "C:/lock", "a:b", ""] {
            assert!(folder.create(name).is_err(), "{name}");
        }
    }
}
