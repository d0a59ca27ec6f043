//! Rolling back: publishes old content as a new generation.

use adr_bundle::{Manifest, sha256};

use super::annotation::Annotation;
use super::error::PublishError;
use super::generation::Current;
use super::next::Next;
use super::publisher::{Base, Published, Publisher};
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
        let mut locked = self.acquire()?;
        let standing = self.catch_up(&mut locked)?;
        let current = layout.read_current(locked.current)?;
        let base = Standing::base(standing.as_ref(), current.as_ref());
        let base = base.ok_or_else(nothing_published)?;
        self.check_expected(Some(&base))?;
        let problem = standing.as_ref().and_then(|standing| standing.problem.as_ref());
        match (&current, problem, to) {
            // which generation is older than one that cannot be read, a person has to say
            (_, Some(problem), None) => return Err(problem.to_error()),
            (None, None, _) => return Err(nothing_published()),
            _ => {}
        }
        let from = base.generation;
        self.install_kept(from, to)?;
        let to = self.target(current.as_ref(), to)?;
        let (manifest, artifacts) = layout.load(to)?;
        if problem.is_none()
            && let Some(current) = &current
            && manifest.same_content(&current.manifest)
            && self.is_intact_and_signed(current)
        {
            layout.sync_switch(from)?;
            let published = Published { generation: from, changed: false };
            return Ok(RolledBack { published, to });
        }
        let replaced = match problem {
            Some(_) => self.offered_manifest(&base),
            None => current.as_ref().map(|current| current.manifest.clone()),
        };
        let blocked = current.as_ref().map(|current| layout.blocked(current));
        let blocked = blocked_after(blocked.unwrap_or_default(), replaced.as_ref(), &manifest);
        let record = Record::of_rollback(self.time, Rollback { from, to }, blocked);
        let commit = layout.record(to).and_then(|record| record.annotation.commit);
        let record = record.annotated(Annotation { commit, ..self.annotation.clone() });
        self.check_stays_signed(locked.current, standing.as_ref())?;
        let next = Next { content: manifest, artifacts: &artifacts, record, standing };
        let published = self.publish_next(&mut locked, &next, || Ok(()))?;
        Ok(RolledBack { published, to })
    }

    /// The manifest of a generation that could not be installed, such as one with a damaged file;
    /// `None` if it cannot be read.
    fn offered_manifest(&self, base: &Base) -> Option<Manifest> {
        let document = self.through?.document(base.generation).ok()?;
        let text = document.manifest.as_bytes();
        let is_known = sha256(text) == base.sha256;
        Manifest::parse(text).ok().filter(|_| is_known)
    }

    fn target(
        &self,
        current: Option<&Current>,
        requested: Option<u64>,
    ) -> Result<u64, PublishError> {
        let kept = self.layout().generations()?;
        let target = match (requested, current) {
            (Some(requested), _) => kept.contains(&requested).then_some(requested),
            (None, Some(current)) => self.newest_older(current, &kept),
            (None, None) => None,
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
/// well if it is known, that of `target` no longer.
fn blocked_after(
    mut blocked: Vec<BlockedContent>,
    current: Option<&Manifest>,
    target: &Manifest,
) -> Vec<BlockedContent> {
    let from = current.map(|current| BlockedContent::of(current.generation, current));
    let to = BlockedContent::of(target.generation, target);
    let from = from.filter(|from| from.content != to.content);
    blocked.retain(|blocked| {
        let is_from = from.as_ref().is_some_and(|from| from.content == blocked.content);
        !is_from && blocked.content != to.content
    });
    blocked.extend(from);
    blocked
}
