//! Notices files that were replaced behind a mount of a single file.
//!
//! Such a mount, common with containers, keeps showing the file that it was made of. If that one is
//! replaced on the host, adrc reads the former content for ever.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use adr_bundle::disk::{IO_TIME_LIMIT, TimeLimit, Unfinished};
use adr_server::{Faults, Part};
use tokio::sync::mpsc;

use crate::Error;
use crate::event::Event;
use crate::part;
use crate::platform::has_no_name;

/// The time between two looks.
const INTERVAL: Duration = Duration::from_secs(5);

/// Starts a thread that logs each of these files once when it was replaced, until the receiver of
/// events is dropped. `faults` are reached in each look.
///
/// # Errors
///
/// The operating system does not start a thread.
pub(super) fn start(
    paths: Vec<PathBuf>,
    events: mpsc::Sender<Event>,
    faults: Faults,
) -> Result<(), Error> {
    let of_looks = events.clone();
    let mut looks = Looks {
        paths,
        faults,
        logged: HashSet::new(),
        disk: TimeLimit::new("mounted", IO_TIME_LIMIT),
    };
    part::start("mounts", Part::Mounts, events, move || {
        while !of_looks.is_closed() {
            looks.look()?;
            thread::sleep(INTERVAL);
        }
        Ok(())
    })
}

/// The looks at the files.
struct Looks {
    paths: Vec<PathBuf>,
    faults: Faults,
    /// Files that were logged.
    logged: HashSet<PathBuf>,
    disk: TimeLimit,
}

impl Looks {
    /// Looks once. Learns nothing from a drive that does not answer.
    ///
    /// # Errors
    ///
    /// The look panicked.
    fn look(&mut self) -> Result<(), Unfinished> {
        let (paths, faults) = (self.paths.clone(), self.faults.clone());
        let found = self.disk.run(move |_| {
            faults.reach(Part::Mounts);
            replaced(paths)
        });
        for path in part::unless_panicked(found)?.unwrap_or_default() {
            let file = path.display().to_string();
            if self.logged.insert(path) {
                tracing::error!(
                    file,
                    "this file was replaced outside of its mount, and adrc can only read the former one; \
                     mount its folder instead of the file, and restart adrc"
                );
            }
        }
        Ok(())
    }
}

/// The files that no folder contains any more although their paths lead to them.
fn replaced(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.retain(|path| is_replaced(path));
    paths
}

fn is_replaced(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && has_no_name(&file))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::os::fd::AsRawFd;

    use super::*;
    use crate::event::channel;
    use crate::part::tests::{faults, wait_for_restarts};

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

    #[tokio::test]
    async fn look_that_panics_is_repeated() {
        let (sender, mut events) = channel();
        let (faults, visits) = faults(Part::Mounts);
        start(Vec::new(), sender, faults).unwrap();
        wait_for_restarts(Part::Mounts, &mut events, &visits).await;
    }
}
