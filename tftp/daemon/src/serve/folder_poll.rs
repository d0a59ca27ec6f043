//! Polls a published folder, to notice that another process has published.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_bundle::disk::{FileIdentity, IO_TIME_LIMIT, TimeLimit, Unfinished};
use adr_bundle::folder::current_target;
use adr_bundle::{Manifest, SIGNATURE_FILE_NAME};
use adr_server::Part;
use tokio::sync::mpsc;

use crate::Error;
use crate::event::Event;

/// The time between two polls. Each poll takes three system calls, or some more with a pointer
/// file.
const INTERVAL: Duration = Duration::from_millis(250);

/// Identifies the current generation without reading a file of it. A folder without `current` is a
/// copy of one generation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mark {
    /// Where `current` leads.
    target: Option<PathBuf>,
    manifest: Option<FileIdentity>,
    signature: Option<FileIdentity>,
}

/// Starts a thread that sends [`Event::FolderChanged`] for the present generation and after every
/// change, until the receiver is dropped. A disk that does not answer is a change: the load that
/// follows tells why.
///
/// # Errors
///
/// The operating system does not start a thread.
pub(super) fn start(folder: PathBuf, events: mpsc::Sender<Event>) -> Result<(), Error> {
    let mut disk = TimeLimit::new("folder", IO_TIME_LIMIT);
    let mut last = Ok(Mark::default());
    let poll = move || {
        while !events.is_closed() {
            let folder = folder.clone();
            let found = disk.run(move |_| mark(&folder)).map_err(|unfinished| {
                if matches!(unfinished, Unfinished::Panicked(_)) {
                    // the receiver is gone once the daemon has ended
                    let _ = events.blocking_send(Event::Restarted(Part::Folder));
                }
            });
            if found != last {
                last = found;
                let _ = events.blocking_send(Event::FolderChanged);
            }
            std::thread::sleep(INTERVAL);
        }
    };
    let thread = std::thread::Builder::new().name("poll".to_owned()).spawn(poll);
    thread.map(drop).map_err(Error::Threads)
}

fn mark(folder: &Path) -> Mark {
    // a load that follows tells what is wrong with it
    let target = current_target(folder).ok().flatten();
    let generation = target.as_ref().map_or(folder.to_owned(), |target| folder.join(target));
    let identity = |name| {
        let metadata = std::fs::metadata(generation.join(name));
        metadata.ok().map(|metadata| FileIdentity::of(&metadata))
    };
    let (manifest, signature) = (identity(Manifest::FILE_NAME), identity(SIGNATURE_FILE_NAME));
    Mark { target, manifest, signature }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Replaces a file as publishers do.
    fn replace(path: &Path, text: &str) {
        let aside = path.with_extension("aside");
        fs::write(&aside, text).unwrap();
        fs::rename(&aside, path).unwrap();
    }

    #[test]
    fn changed_pointer_manifest_or_signature_changes_the_mark() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path();
        assert_eq!(mark(folder), Mark::default());
        fs::create_dir(folder.join("1")).unwrap();
        fs::write(folder.join("current"), "1\n").unwrap();
        let empty = mark(folder);
        assert_eq!(empty, Mark { target: Some("1".into()), ..Mark::default() });
        fs::write(folder.join("1/manifest.json"), "{}").unwrap();
        let written = mark(folder);
        assert_ne!(written, empty);
        replace(&folder.join("1/manifest.json"), "{}");
        let replaced = mark(folder);
        assert_ne!(replaced, written);
        fs::write(folder.join("1/manifest.json.minisig"), "a").unwrap();
        let signed = mark(folder);
        assert_ne!(signed, replaced);
        replace(&folder.join("1/manifest.json.minisig"), "b");
        assert_ne!(mark(folder), signed);
        replace(&folder.join("current"), "2\n");
        assert_eq!(mark(folder), Mark { target: Some("2".into()), ..Mark::default() });
    }

    #[cfg(unix)]
    #[test]
    fn link_and_pointer_file_have_the_same_mark() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path();
        fs::create_dir(folder.join("1")).unwrap();
        fs::write(folder.join("1/manifest.json"), "{}").unwrap();
        fs::write(folder.join("current"), "1\n").unwrap();
        let by_pointer = mark(folder);
        fs::remove_file(folder.join("current")).unwrap();
        std::os::unix::fs::symlink("1", folder.join("current")).unwrap();
        assert_eq!(mark(folder), by_pointer);
        assert!(by_pointer.manifest.is_some());
    }

    #[test]
    fn changed_copy_of_a_generation_changes_the_mark() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path();
        replace(&folder.join("manifest.json"), "{}");
        let copied = mark(folder);
        assert_ne!(copied, Mark::default());
        assert_eq!(mark(folder), copied);
        replace(&folder.join("manifest.json"), "{}");
        assert_ne!(mark(folder), copied);
    }
}
