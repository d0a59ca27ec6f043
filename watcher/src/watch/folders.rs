//! Which folders to watch for paths: those of the files, those of every symbolic link on the way,
//! and the nearest one that is there of what is missing.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// Most symbolic links on the way to one file, as in the kernel.
const LINKS: usize = 40;

/// Folders by their real paths, and what tells one from another of the same name.
pub(super) type Folders = BTreeMap<PathBuf, Identity>;

/// Device, inode, and when the folder was made, where the file system knows: a disk gives the inode
/// of a folder that was deleted to the next one.
pub(super) type Identity = (u64, u64, Option<SystemTime>);

/// The folders whose events may change what is found at these paths.
pub(super) fn folders<'p>(paths: impl IntoIterator<Item = &'p str>) -> Folders {
    let mut folders = Folders::new();
    for path in paths {
        if let Ok(path) = std::path::absolute(path) {
            walk(&path, LINKS, &mut folders);
        }
    }
    folders
}

/// Walks an absolute path from the root, following links as the kernel does.
fn walk(path: &Path, links: usize, folders: &mut Folders) {
    let mut here = PathBuf::from("/");
    let mut parts = path.components();
    while let Some(part) = parts.next() {
        match part {
            Component::Normal(name) => {
                let next = here.join(name);
                match fs::symlink_metadata(&next) {
                    Ok(metadata) if metadata.is_symlink() => {
                        add(&here, folders);
                        if let (Ok(target), true) = (fs::read_link(&next), links > 0) {
                            walk(&here.join(target).join(parts.as_path()), links - 1, folders);
                        }
                        return;
                    }
                    Ok(metadata) if metadata.is_dir() => here = next,
                    _ => break,
                }
            }
            Component::ParentDir => {
                here.pop();
            }
            Component::RootDir => here = PathBuf::from("/"),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    add(&here, folders);
}

fn add(folder: &Path, folders: &mut Folders) {
    if let Ok(metadata) = fs::metadata(folder) {
        let identity = (metadata.dev(), metadata.ino(), metadata.created().ok());
        folders.insert(folder.to_owned(), identity);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn below(room: &Path, paths: &[&str]) -> Vec<String> {
        let paths: Vec<String> =
            paths.iter().map(|path| room.join(path).display().to_string()).collect();
        let found = folders(paths.iter().map(String::as_str));
        let name = |path: &PathBuf| {
            path.strip_prefix(room).map_or("above".to_owned(), |path| path.display().to_string())
        };
        found.keys().map(name).collect()
    }

    #[test]
    fn files_links_and_what_is_missing() {
        let room = tempfile::tempdir().unwrap();
        let room = fs::canonicalize(room.path()).unwrap();
        fs::create_dir_all(room.join("data/one")).unwrap();
        fs::write(room.join("data/one/plan.adr"), "").unwrap();
        symlink("one", room.join("data/now")).unwrap();
        symlink("data/now/plan.adr", room.join("plan.adr")).unwrap();
        symlink("round", room.join("round")).unwrap();
        assert_eq!(below(&room, &["data/one/plan.adr"]), ["data/one"]);
        assert_eq!(below(&room, &["data/one"]), ["data/one"]);
        assert_eq!(below(&room, &["plan.adr"]), ["", "data", "data/one"]);
        assert_eq!(below(&room, &["data/two/deep/plan.adr"]), ["data"]);
        assert_eq!(below(&room, &["data/one/../one/plan.adr"]), ["data/one"]);
        assert_eq!(below(&room, &["round"]), [""]);
        assert_eq!(below(&room, &["nowhere/at/all"]), [""]);
    }
}
