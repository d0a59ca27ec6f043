//! Rolling back: old content becomes a new generation.

use std::collections::HashMap;
use std::sync::Arc;

use adr_bundle::Manifest;
use adr_bundle::folder::phrase;
use adr_language::{Artifacts, ViewFolder};

use super::error::PublishError;
use super::layout::{Current, Layout};
use super::record::{Held, Record, Rollback};
use super::{Published, Publisher};

/// What rolling back did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rolled {
    /// The generation that is current now.
    pub published: Published,
    /// The generation whose content that is.
    pub to: u64,
}

impl Publisher<'_> {
    /// Publishes the content of generation `to` again, as a new generation; without `to`, that of
    /// the newest older generation with other content. Rolling back once more goes one further
    /// back.
    ///
    /// The number is new because cores take no older generation: a server that was restored from a
    /// backup cannot bring old rules back, and so nobody can by accident.
    ///
    /// # Errors
    ///
    /// The generation is not kept or damaged, or see [`PublishError`].
    pub fn roll_back(&self, to: Option<u64>) -> Result<Rolled, PublishError> {
        let layout = self.layout();
        if layout.current_number().is_none() {
            return Err(PublishError::NothingPublished(self.folder.to_owned()));
        }
        let _lock = layout.begin()?;
        let current = layout
            .current()
            .ok_or_else(|| PublishError::NothingPublished(self.folder.to_owned()))?;
        self.as_expected(Some(&current))?;
        let to = self.target(&current, to)?;
        let (manifest, artefacts) = load(layout, to)?;
        if manifest.same_content(&current.manifest) && self.is_as_it_should_be(&current) {
            layout.sync(current.manifest.generation)?;
            let published = Published { generation: current.manifest.generation, changed: false };
            return Ok(Rolled { published, to });
        }
        let rollback = Rollback { from: current.manifest.generation, to };
        let held = held_after(layout.held(&current), &current.manifest, &manifest);
        let record = Record::of_rollback(self.time, rollback, held);
        self.refuse_unsigned(Some(&current))?;
        let published = self.add(manifest, &artefacts, &record, || Ok(()))?;
        Ok(Rolled { published, to })
    }

    fn target(&self, current: &Current, asked: Option<u64>) -> Result<u64, PublishError> {
        let kept = self.layout().generations()?;
        let target = match asked {
            Some(asked) => kept.contains(&asked).then_some(asked),
            None => self.before(current, &kept),
        };
        target.ok_or_else(|| PublishError::NotKept { folder: self.folder.to_owned(), asked, kept })
    }

    /// The newest generation with other content that is older than the content which is current.
    fn before(&self, current: &Current, kept: &[u64]) -> Option<u64> {
        let rollback = current.rollback();
        let origin = rollback.map_or(current.manifest.generation, |rollback| rollback.to);
        let differs = |generation: &u64| {
            let old = self.layout().manifest(*generation);
            old.is_some_and(|old| !old.same_content(&current.manifest))
        };
        let older = kept.iter().rev().copied().filter(|it| *it < origin);
        older.into_iter().find(differs)
    }
}

/// What is to stay away once `current` is rolled back to `target`: all that was held before, and
/// what is current now.
fn held_after(mut held: Vec<Held>, current: &Manifest, target: &Manifest) -> Vec<Held> {
    let (from, to) = (Held::of(current.generation, current), Held::of(target.generation, target));
    held.retain(|held| held.content != from.content && held.content != to.content);
    if from.content != to.content {
        held.push(from);
    }
    held
}

/// A kept generation, verified.
pub(super) fn load(
    layout: Layout<'_>,
    generation: u64,
) -> Result<(Manifest, Artifacts), PublishError> {
    let damaged = |reason: String| PublishError::Damaged {
        path: layout.generation_folder(generation),
        reason,
    };
    let folder = layout.open(generation).map_err(|error| damaged(phrase(&error)))?;
    let text = folder.read_manifest();
    let text = text.map_err(|error| damaged(phrase(&error)))?;
    let manifest = Manifest::parse(&text).map_err(|error| damaged(error.to_string()))?;
    let mut known: HashMap<&str, Arc<Vec<u8>>> = HashMap::new();
    let mut files = Vec::new();
    for listed in &manifest.files {
        let bytes = folder.read_listed(listed).and_then(|bytes| {
            listed.check(&bytes)?;
            Ok(bytes)
        });
        let bytes = bytes.map_err(|reason| damaged(format!("{}: {reason}", listed.path)))?;
        // equal files share their bytes, as they do where they are compiled
        let known = known.entry(&listed.sha256);
        let bytes = Arc::clone(known.or_insert_with(|| Arc::new(bytes)));
        files.push((listed.path.clone(), bytes));
    }
    let views = manifest.views.iter().map(|view| ViewFolder {
        name: view.name.clone(),
        folder: view.folder.clone(),
        networks: view.networks.clone(),
    });
    let views = views.collect();
    Ok((manifest, Artifacts { views, files }))
}
