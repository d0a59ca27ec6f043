//! Files of a folder in memory: all transfers of a file share one copy, and all copies together
//! are bounded.
//!
//! Anyone who forges addresses can hold a transfer open for some seconds. With a copy for each
//! transfer, some hundred such requests a second for a file of a megabyte would fill the memory.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, TryLockError, Weak};

use adr_bundle::TreeFile;
use adr_bundle::disk::FileIdentity;

/// Most bytes of all files that are in memory at the same time.
const MAX_BYTES: u64 = 16 << 20;

/// One version of a file: another content has another identity. The name belongs to it on systems
/// where two files can have the same identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    identity: FileIdentity,
    name: Option<Box<str>>,
}

impl Key {
    fn of(name: &str, metadata: &Metadata) -> Self {
        let name = (!FileIdentity::IS_UNIQUE).then(|| name.into());
        Self { identity: FileIdentity::of(metadata), name }
    }
}

/// The place of a file. It is locked while a thread reads the file.
type Place = Arc<Mutex<Weak<TreeFile>>>;

/// A file that a transfer asked for.
#[derive(Debug)]
pub(super) enum Shared {
    /// It is in memory.
    File(Arc<TreeFile>),
    /// Another thread reads it at this moment. If the disk hangs, one thread is enough to wait.
    BeingRead,
    /// The other files leave no room for it.
    NoRoom,
}

/// The files that transfers hold in memory.
#[derive(Debug, Default)]
pub(super) struct SharedFiles {
    places: Mutex<HashMap<Key, Place>>,
}

impl SharedFiles {
    /// The file with this name and metadata: the copy that is in memory, or the one that `read`
    /// returns.
    pub(super) fn get(
        &self,
        name: &str,
        metadata: &Metadata,
        read: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> io::Result<Shared> {
        let Some(place) = self.place(Key::of(name, metadata)) else {
            return Ok(Shared::NoRoom);
        };
        let mut shared = match place.try_lock() {
            Ok(shared) => shared,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(Shared::BeingRead),
        };
        if let Some(file) = shared.upgrade() {
            return Ok(Shared::File(file));
        }
        let file = Arc::new(TreeFile::of(read()?));
        *shared = Arc::downgrade(&file);
        Ok(Shared::File(file))
    }

    /// The place of a file, which is a new one if the others leave room for it.
    fn place(&self, key: Key) -> Option<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(&key) {
            return Some(Arc::clone(place));
        }
        places.retain(|_, place| is_used(place));
        let held: u64 = places.keys().map(|key| key.identity.size()).sum();
        if held.saturating_add(key.identity.size()) > MAX_BYTES {
            return None;
        }
        Some(Arc::clone(places.entry(key).or_default()))
    }
}

/// Whether a thread reads the file, or a transfer holds it.
fn is_used(place: &Place) -> bool {
    Arc::strong_count(place) > 1
        || place.lock().unwrap_or_else(PoisonError::into_inner).strong_count() > 0
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn folder_with(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn transfers_share_one_copy_until_the_last_one_ends() {
        let (_folder, path) = folder_with("a", b"first");
        let (files, reads) = (SharedFiles::default(), AtomicUsize::new(0));
        let get = || loop {
            let read = || {
                reads.fetch_add(1, Ordering::Relaxed);
                fs::read(&path)
            };
            match files.get("a", &fs::metadata(&path).unwrap(), read).unwrap() {
                Shared::File(file) => return file,
                Shared::BeingRead => std::thread::yield_now(),
                Shared::NoRoom => panic!("there is room"),
            }
        };
        let copies: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(get)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        assert!(copies.iter().all(|copy| Arc::ptr_eq(copy, &copies[0])));
        // another version is another file
        fs::write(&path, b"other").unwrap();
        fs::write(path.with_file_name("new"), b"newer").unwrap();
        fs::rename(path.with_file_name("new"), &path).unwrap();
        assert_eq!(get().bytes().as_ref(), b"newer");
        assert_eq!(copies[0].bytes().as_ref(), b"first");
        drop(copies);
        fs::write(path.with_file_name("new"), b"newest").unwrap();
        fs::rename(path.with_file_name("new"), &path).unwrap();
        assert_eq!(get().bytes().as_ref(), b"newest");
        assert_eq!(files.places.lock().unwrap().len(), 1, "nothing of ended transfers stays");
    }

    #[test]
    fn files_beyond_the_bound_have_no_room_until_others_end() {
        let size = 1 << 20;
        let folder = tempfile::tempdir().unwrap();
        let files = SharedFiles::default();
        let get = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, vec![0; size]).unwrap();
            files.get(name, &fs::metadata(&path).unwrap(), || fs::read(&path)).unwrap()
        };
        let most = MAX_BYTES as usize / size;
        let mut held: Vec<_> = (0..most).map(|number| get(&number.to_string())).collect();
        assert!(held.iter().all(|held| matches!(held, Shared::File(_))));
        assert!(matches!(get("one too many"), Shared::NoRoom));
        held.pop();
        assert!(matches!(get("one more"), Shared::File(_)));
    }

    #[test]
    fn file_that_another_thread_reads_is_not_waited_for() {
        let (_folder, path) = folder_with("a", b"content");
        let files = SharedFiles::default();
        let metadata = fs::metadata(&path).unwrap();
        let mut meanwhile = None;
        let read = || {
            meanwhile = Some(files.get("a", &metadata, || fs::read(&path)).unwrap());
            fs::read(&path)
        };
        assert!(matches!(files.get("a", &metadata, read).unwrap(), Shared::File(_)));
        assert!(matches!(meanwhile, Some(Shared::BeingRead)));
    }

    #[test]
    fn file_that_cannot_be_read_takes_no_room() {
        let (_folder, path) = folder_with("a", b"content");
        let files = SharedFiles::default();
        let metadata = fs::metadata(&path).unwrap();
        files.get("a", &metadata, || Err(io::Error::other("no"))).unwrap_err();
        let file = files.get("a", &metadata, || fs::read(&path)).unwrap();
        assert!(matches!(file, Shared::File(_)));
    }
}
