//! Notices files that were replaced behind a mount of a single file.
//!
//! Such a mount, common with containers, keeps showing the file that it was made of. If that one is
//! replaced on the host, adrc reads the former content for ever.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::event::Event;

/// The time between two looks.
const INTERVAL: Duration = Duration::from_secs(5);

/// Logs each of these files once when it was replaced, until the receiver of events is dropped.
/// Must be called within a runtime.
pub(super) fn start(paths: Vec<PathBuf>, events: mpsc::Sender<Event>) {
    tokio::spawn(async move {
        let mut told = HashSet::new();
        let mut looks = tokio::time::interval(INTERVAL);
        while !events.is_closed() {
            looks.tick().await;
            let paths = paths.clone();
            let found = spawn_blocking(move || replaced(paths)).await.unwrap_or_default();
            for path in found {
                if told.insert(path.clone()) {
                    let file = path.display().to_string();
                    tracing::error!(
                        file,
                        "this file was replaced outside of its mount, and adrc can only read the former one; \
                         mount its folder instead of the file, and restart adrc"
                    );
                }
            }
        }
    });
}

/// The files that no folder contains any more although their paths lead to them.
fn replaced(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.retain(|path| is_replaced(path));
    paths
}

fn is_replaced(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.nlink() == 0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn file_without_a_folder_was_replaced() {
        let sandbox = tempfile::tempdir().unwrap();
        let path = sandbox.path().join("plan.adr");
        fs::write(&path, "").unwrap();
        let open = fs::File::open(&path).unwrap();
        // a path that leads to the file itself, as a mount does
        let mounted = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
        let paths = || vec![path.clone(), mounted.clone(), sandbox.path().to_owned()];
        assert!(replaced(paths()).is_empty());
        fs::write(sandbox.path().join("next"), "").unwrap();
        fs::rename(sandbox.path().join("next"), &path).unwrap();
        assert_eq!(replaced(paths()), std::slice::from_ref(&mounted));
    }
}
