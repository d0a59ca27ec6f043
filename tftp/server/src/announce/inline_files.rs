//! Events that carry the files of a generation, one per view, encoded when the first listener of
//! the view needs it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use adr_bundle::{Case, View};
use adr_protocol::{Announcement, CORE_FILES, State};
use bytes::Bytes;

use crate::store::Generation;

/// A generation, and the events with its files.
#[derive(Debug)]
pub(super) struct InlineFiles {
    generation: Arc<Generation>,
    /// Largest event in bytes.
    max: usize,
    /// Events by the position of the view. An event is `None` if the files of its view are too
    /// large.
    events: Vec<OnceLock<Option<Bytes>>>,
}

impl InlineFiles {
    pub(super) fn new(generation: Arc<Generation>, max: usize) -> Self {
        let views = generation.tree().views().len();
        Self { events: (0..views).map(|_| OnceLock::new()).collect(), generation, max }
    }

    /// The event with the files of a client; `None` if they are too large.
    pub(super) fn event(&self, state: &State, client: IpAddr) -> Option<Bytes> {
        let tree = self.generation.tree();
        let position = tree.view_position(client);
        let event = self.events[position].get_or_init(|| {
            let announcement = Announcement {
                state: state.clone(),
                files: files(&tree.views()[position], self.max)?,
            };
            let event = announcement.to_event();
            (event.len() <= self.max).then(|| Bytes::from(event))
        });
        event.clone()
    }
}

/// The files that a core fetches, as text; `None` if they are not text or have more than `max`
/// bytes.
fn files(view: &View, max: usize) -> Option<BTreeMap<String, String>> {
    let mut left = max;
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
