//! Small file systems in memory, where this process may mount them.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::room::pass_over;

/// A file system in memory, mounted as long as it lives.
pub(crate) struct Mounted {
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl Mounted {
    /// One of a size such as `256k`; `None` where this process may not mount.
    pub(crate) fn of_size(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let size = format!("size={size}");
        if !mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], &path) {
            pass_over("mount");
            return None;
        }
        Some(Self { path, _folder: folder })
    }

    pub(crate) fn make_read_only(&self) {
        assert!(mount(&["-o", "remount,ro"], &self.path));
    }
}

fn mount(arguments: &[&str], path: &Path) -> bool {
    let output = Command::new("mount").args(arguments).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).output();
    }
}
