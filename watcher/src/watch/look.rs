//! One look at the disk: everything of a scan that may hang with a network drive.

use std::path::PathBuf;
use std::sync::Arc;

use super::Sources;
use super::events::Events;
use super::extra::ExtraSource;
use super::scan::Scan;

/// What a look needs.
pub(super) struct Look {
    pub(super) paths: Arc<[String]>,
    pub(super) extra: Option<ExtraSource>,
    pub(super) events: Events,
    /// If the disk still seems to be as in this scan, no file is read.
    pub(super) unless_changed: Option<Arc<Scan>>,
}

/// What a look found.
pub(super) struct Looked {
    pub(super) events: Events,
    /// A folder of which the operating system reports no events, and why, a phrase.
    pub(super) unwatched: Option<(PathBuf, String)>,
    /// `None` if nothing seems to have changed.
    pub(super) found: Option<Found>,
}

/// A scan that read all files.
pub(super) struct Found {
    pub(super) scan: Scan,
    pub(super) sources: Sources,
    /// Whether some folders were not watched before, so that files may have changed unnoticed.
    pub(super) has_new_folders: bool,
}

impl Look {
    pub(super) fn take(self) -> Looked {
        let Self { paths, extra, mut events, unless_changed } = self;
        if let Some(last) = unless_changed.filter(|last| last.seems_current(&paths)) {
            // their folders may have been replaced by others of the same names
            let unwatched = events.watch(last.folders(&paths)).unwatched;
            return Looked { events, unwatched, found: None };
        }
        let (scan, sources) = Scan::take(&paths, extra.as_ref());
        let update = events.watch(scan.folders(&paths));
        let found = Found { scan, sources, has_new_folders: update.has_new };
        Looked { events, unwatched: update.unwatched, found: Some(found) }
    }
}
