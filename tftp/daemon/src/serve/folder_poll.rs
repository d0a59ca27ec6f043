//! Polls a published folder, to notice that another process has published.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_bundle::{Manifest, SIGNATURE_FILE_NAME};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::event::Event;

/// The time between two polls. Each poll takes three system calls.
const INTERVAL: Duration = Duration::from_millis(250);

/// Identifies the current generation without reading a file. A folder without a link is a copy of
/// one generation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mark {
    /// The target of the link.
    target: Option<PathBuf>,
    manifest: Option<Stamp>,
    signature: Option<Stamp>,
}

/// Differs between two versions of a file: inode, size, and times of modification and change.
type Stamp = (u64, u64, (i64, i64), (i64, i64));

/// Sends [`Event::FolderChanged`] for the present generation and after every change, until the
/// receiver is dropped. Must be called within a runtime.
pub(super) fn start(folder: PathBuf, events: mpsc::Sender<Event>) {
    tokio::spawn(async move {
        let mut last = Mark::default();
        let mut polls = tokio::time::interval(INTERVAL);
        while !events.is_closed() {
            polls.tick().await;
            let folder = folder.clone();
            // a network drive can hang
            let mark = spawn_blocking(move || mark(&folder)).await.unwrap_or_default();
            if mark != last {
                last = mark;
                if events.send(Event::FolderChanged).await.is_err() {
                    return;
                }
            }
        }
    });
}

fn mark(folder: &Path) -> Mark {
    let link = folder.join("current");
    let target = std::fs::read_link(&link).ok();
    let generation = if target.is_some() { &link } else { folder };
    let stamp = |name| std::fs::metadata(generation.join(name)).ok().map(|it| stamp(&it));
    Mark { manifest: stamp(Manifest::FILE_NAME), signature: stamp(SIGNATURE_FILE_NAME), target }
}

fn stamp(of: &Metadata) -> Stamp {
    (of.ino(), of.size(), (of.mtime(), of.mtime_nsec()), (of.ctime(), of.ctime_nsec()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Replaces a file as publishers do.
    fn replace(path: &Path, text: &str) {
        let aside = path.with_extension("aside");
        fs::write(&aside, text).unwrap();
        fs::rename(&aside, path).unwrap();
    }

    #[test]
    fn changed_link_manifest_or_signature_changes_the_mark() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path();
        assert_eq!(mark(folder), Mark::default());
        fs::create_dir(folder.join("1")).unwrap();
        symlink("1", folder.join("current")).unwrap();
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
