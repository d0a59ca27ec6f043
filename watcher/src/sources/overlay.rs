//! The disk with some texts in memory.

use std::collections::HashMap;

use adr_language::{ReadError, World};

use super::disk::Disk;

/// The disk, where some paths have a text in memory in place of a file. Rules that come from
/// elsewhere, such as `cucm://hq`, are part of a dial plan by their names.
///
/// ```
/// use adr_language::{EntryFile, Levels, load};
/// use adr_watcher::sources::Overlay;
///
/// let mut world = Overlay::default();
/// world.insert("cucm://hq", "lookup { rule \"Own\" { begins-with 408; digits 10; remove 5 } }");
/// let entry = EntryFile { path: "cucm://hq".to_owned(), root: String::new() };
/// let checked = load(&world, &[entry]).check(&Levels::default());
/// assert!(checked.plan().is_some());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// The texts by path.
    texts: HashMap<String, String>,
}

impl Overlay {
    /// Gives a path this text.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.texts.insert(path.into(), text.into());
    }
}

impl Overlay {
    /// Whether a path has a text in memory.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.texts.contains_key(path)
    }
}

impl World for Overlay {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => Disk.read(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        Disk.list(folder)
    }

    fn leads_outside(&self, root: &str, path: &str) -> Option<String> {
        Disk.leads_outside(root, path)
    }
}
