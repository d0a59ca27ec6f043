//! The folders to watch for paths: those of the files, those of every symbolic link on the way to
//! them, and, for a missing path, the nearest existing one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use notify_debouncer_full::file_id::{FileId, get_file_id};

/// Most symbolic links that are followed on the way to one file, as in the kernel.
const MAX_LINKS: usize = 40;

/// Folders by their paths without links, with the identity of each.
pub(super) type Folders = BTreeMap<PathBuf, Identity>;

/// Distinguishes folders of the same name: device and inode, or what Windows has in their place,
/// and the time of creation if the file system records it. File systems reuse the inode of a
/// deleted folder; Windows reuses its time of creation.
pub(super) type Identity = (FileId, Option<SystemTime>);

/// The folders in which a change can affect what these paths lead to.
pub(super) fn folders<'p>(paths: impl IntoIterator<Item = &'p str>) -> Folders {
    let mut folders = Folders::new();
    for path in paths {
        if let Ok(path) = std::path::absolute(path) {
            walk(&path, MAX_LINKS, &mut folders);
        }
    }
    folders
}

/// Adds the folders of an absolute path, following links as the kernel does.
fn walk(path: &Path, links: usize, folders: &mut Folders) {
    let mut here = PathBuf::new();
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
            // a root stays on its drive
            Component::RootDir | Component::Prefix(_) => here.push(part),
            Component::CurDir => {}
        }
    }
    add(&here, folders);
}

fn add(folder: &Path, folders: &mut Folders) {
    if let (Ok(metadata), Ok(id)) = (fs::metadata(folder), get_file_id(folder)) {
        folders.insert(folder.to_owned(), (id, metadata.created().ok()));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// The folders of paths in `folder`, relative to it; "above" for others.
    fn relative_folders(folder: &Path, paths: &[&str]) -> Vec<String> {
        let paths: Vec<String> =
            paths.iter().map(|path| folder.join(path).display().to_string()).collect();
        let found = folders(paths.iter().map(String::as_str));
        let name = |path: &PathBuf| {
            path.strip_prefix(folder).map_or("above".to_owned(), |path| path.display().to_string())
        };
        found.keys().map(name).collect()
    }

    #[test]
    fn folders_include_those_of_links_and_the_nearest_existing_one() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(folder.join("data/one")).unwrap();
        fs::write(folder.join("data/one/plan.adr"), "").unwrap();
        symlink("one", folder.join("data/now")).unwrap();
        symlink("data/now/plan.adr", folder.join("plan.adr")).unwrap();
        symlink("round", folder.join("round")).unwrap();
        let folders = |path| relative_folders(&folder, &[path]);
        assert_eq!(folders("data/one/plan.adr"), ["data/one"]);
        assert_eq!(folders("data/one"), ["data/one"]);
        assert_eq!(folders("plan.adr"), ["", "data", "data/one"]);
        assert_eq!(folders("data/two/deep/plan.adr"), ["data"]);
        assert_eq!(folders("data/one/../one/plan.adr"), ["data/one"]);
        assert_eq!(folders("round"), [""]);
        assert_eq!(folders("nowhere/at/all"), [""]);
    }
}
