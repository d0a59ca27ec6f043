//! How many dial rules an earlier run published.

use std::path::Path;

use adr_bundle::{Folder, ListKind, Manifest};
use adr_cucm::RuleKind;
use adr_engine::xml::read_as_client;

/// How many dial rules of each kind are published, as far as the files in a published folder say.
/// With it, a live source notices after a restart that CUCM lost rules in the meantime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    /// Application dial rules.
    pub application: usize,
    /// Directory lookup dial rules.
    pub lookup: usize,
}

impl Former {
    /// The rules of a view in the current generation of a published folder; `view` is the name of a
    /// site, or `None` for the default view. The result is `None` if there is no such generation or
    /// view, or if its files cannot be read: then nothing is known about an earlier run.
    #[must_use]
    pub fn in_folder(published: &Path, view: Option<&str>) -> Option<Self> {
        let folder = Folder::current(published).ok()?;
        let manifest = Manifest::parse(&folder.read_manifest().ok()?).ok()?;
        let view = manifest.views.iter().find(|it| it.name.as_deref() == view)?;
        let rules = |list: ListKind| {
            let path = Path::new(&view.folder).join(list.path());
            let listed = manifest.files.iter().find(|file| Path::new(&file.path) == path)?;
            Some(read_as_client(&folder.read_listed(listed).ok()?).rules.len())
        };
        Some(Self { application: rules(ListKind::Application)?, lookup: rules(ListKind::Lookup)? })
    }

    /// How many rules of a kind there are.
    pub(super) fn of(self, kind: RuleKind) -> usize {
        match kind {
            RuleKind::Application => self.application,
            RuleKind::DirectoryLookup => self.lookup,
        }
    }
}
