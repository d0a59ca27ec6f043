//! Rolling back: publishes old content as a new generation.

use adr_bundle::Manifest;

use super::annotation::Annotation;
use super::error::PublishError;
use super::generation::Current;
use super::next::Next;
use super::publisher::{Published, Publisher};
use super::record::{BlockedContent, Record, Rollback};
use super::through::Standing;

/// What rolling back did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// The generation that is current now.
    pub published: Published,
    /// The generation whose content it has.
    pub to: u64,
}

impl Publisher<'_> {
    /// Publishes the content of generation `to` again, as a new generation. Without `to`, this is
    /// the newest older generation with other content, so that repeated rollbacks go further back.
    /// The new record names the commit of the old content.
    ///
    /// The number is new because clients reject generations older than their own. For the same
    /// reason, a server that was restored from a backup cannot bring old rules back by accident.
    ///
    /// # Errors
    ///
    /// The generation is not kept or damaged; for others, see [`PublishError`].
    pub fn roll_back(&self, to: Option<u64>) -> Result<RolledBack, PublishError> {
        let layout = self.layout();
        let nothing_published = || PublishError::NothingPublished(self.folder.to_owned());
        if self.through.is_none() {
            layout.current_number()?.ok_or_else(nothing_published)?;
        }
        let mut locked = layout.acquire()?;
        let standing = self.catch_up(&mut locked)?;
        let current = layout.read_current(locked.current)?.ok_or_else(nothing_published)?;
        self.check_expected(Standing::base(standing.as_ref(), Some(&current)).as_ref())?;
        self.install_kept(&locked, to)?;
        let to = self.target(&current, to)?;
        let (manifest, artifacts) = layout.load(to)?;
        let from = current.manifest.generation;
        let is_current = Standing::is_current(standing.as_ref());
        if is_current
            && manifest.same_content(&current.manifest)
            && self.is_intact_and_signed(&current)
        {
            layout.sync_switch(from)?;
            let published = Published { generation: from, changed: false };
            return Ok(RolledBack { published, to });
        }
        let blocked = blocked_after(layout.blocked(&current), &current.manifest, &manifest);
        let record = Record::of_rollback(self.time, Rollback { from, to }, blocked);
        let commit = layout.record(to).and_then(|record| record.annotation.commit);
        let record = record.annotated(Annotation { commit, ..self.annotation.clone() });
        self.check_stays_signed(Some(&current))?;
        let next = Next { content: manifest, artifacts: &artifacts, record, standing };
        let published = self.publish_next(&mut locked, &next, || Ok(()))?;
        Ok(RolledBack { published, to })
    }

    fn target(&self, current: &Current, requested: Option<u64>) -> Result<u64, PublishError> {
        let kept = self.layout().generations()?;
        let target = match requested {
            Some(requested) => kept.contains(&requested).then_some(requested),
            None => self.newest_older(current, &kept),
        };
        let folder = || self.folder.to_owned();
        target.ok_or_else(|| PublishError::NotKept { folder: folder(), requested, kept })
    }

    /// The newest generation with other content that is older than the current content.
    fn newest_older(&self, current: &Current, kept: &[u64]) -> Option<u64> {
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

/// The blocked content after a rollback from `current` to `target`: that of `current` is blocked as
/// well, that of `target` no longer.
fn blocked_after(
    mut blocked: Vec<BlockedContent>,
    current: &Manifest,
    target: &Manifest,
) -> Vec<BlockedContent> {
    let from = BlockedContent::of(current.generation, current);
    let to = BlockedContent::of(target.generation, target);
    blocked.retain(|blocked| blocked.content != from.content && blocked.content != to.content);
    if from.content != to.content {
        blocked.push(from);
    }
    blocked
}
