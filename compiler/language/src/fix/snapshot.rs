//! The texts of a dial plan, read once and edited in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::world::{ReadError, World};

/// The content of a file when it was first read.
type Read = Result<Vec<u8>, ReadError>;

/// A [`World`] that reads each file once from another world, and whose texts can be edited.
///
/// Loading a dial plan from it several times gives the same dial plan, even if the files change.
pub struct Snapshot<'w> {
    /// The world that reads the files.
    world: &'w dyn World,
    /// What was read, by path.
    read: RefCell<HashMap<String, Read>>,
    /// The texts of edited files, by path.
    edited: BTreeMap<String, String>,
}

/// A file whose text was edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path of the file in the dial plan.
    pub path: String,
    /// The text of the file.
    pub before: String,
    /// The edited text.
    pub after: String,
}

/// What [`Snapshot::edit`] replaced, for [`Snapshot::undo`].
#[derive(Debug)]
pub struct Undo(Vec<(String, Option<String>)>);

impl<'w> Snapshot<'w> {
    /// A snapshot in which nothing is read yet.
    #[must_use]
    pub fn new(world: &'w dyn World) -> Self {
        Self { world, read: RefCell::default(), edited: BTreeMap::new() }
    }

    /// The files that were read and have another text now, sorted by path.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let read = self.read.borrow();
        let change = |(path, after): (&String, &String)| {
            let before = read.get(path)?.as_ref().ok()?;
            let before = String::from_utf8(before.clone()).ok()?;
            (before != *after).then(|| Change { path: path.clone(), before, after: after.clone() })
        };
        self.edited.iter().filter_map(change).collect()
    }

    /// Whether a file was read and has exactly this text.
    pub(super) fn holds(&self, path: &str, text: &str) -> bool {
        match self.edited.get(path) {
            Some(edited) => edited == text,
            None => {
                matches!(self.read.borrow().get(path), Some(Ok(bytes)) if bytes == text.as_bytes())
            }
        }
    }

    /// Replaces the texts of files: pairs of paths and texts. Returns what is needed to undo this.
    pub fn edit(&mut self, texts: &[(String, String)]) -> Undo {
        let edit = |(path, text): &(String, String)| {
            let before = self.edited.insert(path.clone(), text.clone());
            (path.clone(), before)
        };
        Undo(texts.iter().map(edit).collect())
    }

    /// Restores the texts that files had before an edit.
    pub fn undo(&mut self, undo: Undo) {
        for (path, before) in undo.0 {
            match before {
                Some(text) => self.edited.insert(path, text),
                None => self.edited.remove(&path),
            };
        }
    }
}

impl World for Snapshot<'_> {
    fn read(&self, path: &str) -> Read {
        if let Some(text) = self.edited.get(path) {
            return Ok(text.clone().into_bytes());
        }
        if let Some(known) = self.read.borrow().get(path) {
            return known.clone();
        }
        let read = self.world.read(path);
        self.read.borrow_mut().insert(path.to_owned(), read.clone());
        read
    }
}
