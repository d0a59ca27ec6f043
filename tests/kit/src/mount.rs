//! Small file systems in memory, where this process may mount them.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::optional::leave_out;

/// A file system in memory, unmounted when dropped.
#[derive(Debug)]
pub struct Mounted {
    /// Where it is mounted.
    pub path: PathBuf,
    _folder: TempDir,
}

impl Mounted {
    /// Mounts one of a size such as `256k`. Where this process may not mount, the current test is
    /// left out, and the result is `None`.
    #[must_use]
    pub fn of_size(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let size = format!("size={size}");
        if !mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], &path) {
            leave_out("the right to mount");
            return None;
        }
        Some(Self { path, _folder: folder })
    }

    /// Makes it read-only.
    pub fn make_read_only(&self) {
        assert!(mount(&["-o", "remount,ro"], &self.path));
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).output();
    }
}

fn mount(arguments: &[&str], path: &Path) -> bool {
    let output = Command::new("mount").args(arguments).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}
