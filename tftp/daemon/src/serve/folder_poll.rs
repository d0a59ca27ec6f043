//! Polls the link in a published folder, to notice that another process has published.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_bundle::Manifest;
use tokio::sync::mpsc;

use crate::event::Event;

/// The time between two polls. Each poll takes two system calls.
const INTERVAL: Duration = Duration::from_millis(250);

/// Identifies the current generation without reading a file: the target of the link, and the inode
/// and modification time of the manifest. `None` if there is no link.
type Mark = Option<(PathBuf, Option<(u64, i64, i64)>)>;

/// Sends [`Event::FolderChanged`] for the present generation and after every change, until the
/// receiver is dropped. Must be called within a runtime.
pub(super) fn start(folder: PathBuf, events: mpsc::Sender<Event>) {
    tokio::spawn(async move {
        let mut last = Mark::None;
        let mut looks = tokio::time::interval(INTERVAL);
        while !events.is_closed() {
            looks.tick().await;
            let mark = mark(&folder);
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
    let target = std::fs::read_link(&link).ok()?;
    let manifest = std::fs::metadata(link.join(Manifest::FILE_NAME)).ok();
    let manifest = manifest.map(|it| (it.ino(), it.mtime(), it.mtime_nsec()));
    Some((target, manifest))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn changed_link_or_manifest_changes_the_mark() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path();
        assert_eq!(mark(folder), None);
        fs::create_dir(folder.join("1")).unwrap();
        symlink("1", folder.join("current")).unwrap();
        let empty = mark(folder);
        assert_eq!(empty, Some(("1".into(), None)));
        fs::write(folder.join("1/manifest.json"), "{}").unwrap();
        let written = mark(folder);
        assert_ne!(written, empty);
        fs::write(folder.join("aside"), "{}").unwrap();
        fs::rename(folder.join("aside"), folder.join("1/manifest.json")).unwrap();
        assert_ne!(mark(folder), written);
    }
}
