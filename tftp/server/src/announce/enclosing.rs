//! Events that bring the files of a generation along, one for each view, made when the first
//! listener of that view is told.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use adr_bundle::{Case, View};
use adr_protocol::{Announcement, CORE_FILES, State};
use bytes::Bytes;

use crate::store::Generation;

/// Where the files of a generation come from, and the events that were made of them.
#[derive(Debug)]
pub(super) struct Enclosing {
    generation: Arc<Generation>,
    /// Most bytes of an event.
    most: usize,
    /// By the position of the view; `None` in it when that view's files are too large.
    events: Vec<OnceLock<Option<Bytes>>>,
}

impl Enclosing {
    pub(super) fn new(generation: Arc<Generation>, most: usize) -> Self {
        let views = generation.tree().views().len();
        Self { events: (0..views).map(|_| OnceLock::new()).collect(), generation, most }
    }

    /// The event with the files of this client; `None` when they are too large.
    pub(super) fn event(&self, state: &State, client: IpAddr) -> Option<Bytes> {
        let tree = self.generation.tree();
        let position = tree.view_position(client);
        let event = self.events[position].get_or_init(|| {
            let announcement = Announcement {
                state: state.clone(),
                files: files(&tree.views()[position], self.most)?,
            };
            let event = announcement.to_event();
            (event.len() <= self.most).then(|| Bytes::from(event))
        });
        event.clone()
    }
}

/// The files that a core asks for, as text, unless they have more bytes than an event may have.
fn files(view: &View, most: usize) -> Option<BTreeMap<String, String>> {
    let mut left = most;
    let mut files = BTreeMap::new();
    for name in CORE_FILES {
        let Some(file) = view.file(name, Case::Exact) else {
            continue;
        };
        left = left.checked_sub(file.bytes().len())?;
        let text = std::str::from_utf8(file.bytes()).ok()?;
        files.insert(name.to_owned(), text.to_owned());
    }
    Some(files)
}
