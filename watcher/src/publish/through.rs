//! Publishing through a publication: the folder of this node is a copy of its newest generations.
//!
//! ```text
//!  catch_up    publication ──newest first──▶ folder     what other nodes published
//!  hand_over   folder's next generation ──compare-and-set──▶ publication, then `current` switches
//! ```

use adr_bundle::Manifest;

use super::error::PublishError;
use super::generation::Current;
use super::prepare::Locked;
use super::publisher::{Base, Published, Publisher};
use crate::publication::{Publication, PublicationError, SealedGeneration};

/// How often the current generation of a publication is fetched again if it is replaced meanwhile.
const FETCH_ATTEMPTS: usize = 5;

/// How far the number of a generation that this node cannot verify may be above that of its folder:
/// more than anybody publishes during an outage, and far below the largest number.
const MOST_UNVERIFIED: u64 = 1_000_000;

/// Where the publication stands, under the lock of the folder.
#[derive(Debug)]
pub(super) struct Standing {
    name: String,
    /// The current generation of the publication.
    pub(super) current: Option<Base>,
    /// Why the folder does not have it; `None` if it does.
    pub(super) problem: Option<Problem>,
}

/// Why a generation of the publication is not in the folder, for good.
#[derive(Debug)]
pub(super) enum Problem {
    /// It cannot be fetched.
    Unfetched(PublicationError),
    /// It is not accepted.
    Untrusted {
        name: String,
        generation: u64,
        /// A phrase.
        reason: String,
    },
}

impl Problem {
    pub(super) fn to_error(&self) -> PublishError {
        match self {
            Self::Unfetched(error) => error.clone().into(),
            Self::Untrusted { name, generation, reason } => PublishError::Untrusted {
                place: name.clone(),
                generation: *generation,
                reason: reason.clone(),
            },
        }
    }
}

impl Standing {
    /// Whether the folder has the current generation of the publication, or there is none.
    pub(super) fn is_current(standing: Option<&Self>) -> bool {
        standing.is_none_or(|standing| standing.problem.is_none())
    }

    /// What a publisher sees as current: in the publication, else in the folder.
    pub(super) fn base(standing: Option<&Self>, current: Option<&Current>) -> Option<Base> {
        match standing {
            Some(standing) => standing.current.clone(),
            None => current.map(Current::base),
        }
    }

    /// The number of the next generation, for a folder with this current one.
    ///
    /// # Errors
    ///
    /// [`PublishError::NoNumberLeft`]; or [`PublishError::Untrusted`] if this node cannot verify
    /// the current generation, and its number is far above that of the folder: somebody who can
    /// write to the servers may have made it up, and no number would be left after the next one.
    pub(super) fn next_number(&self, own: Option<u64>) -> Result<u64, PublishError> {
        let current = self.current.as_ref().map_or(0, |current| current.generation);
        let ahead = current.saturating_sub(own.unwrap_or(0));
        if self.problem.is_some() && ahead > MOST_UNVERIFIED {
            return Err(PublishError::Untrusted {
                place: self.name.clone(),
                generation: current,
                reason: format!(
                    "it cannot be verified, and its number is more than {MOST_UNVERIFIED} above \
                     that of this folder"
                ),
            });
        }
        current.checked_add(1).ok_or_else(|| PublishError::NoNumberLeft((&self.name).into()))
    }
}

impl Publisher<'_> {
    /// Brings the folder up to date with the publication, see [`Publisher::through`]: installs the
    /// current generation, then older ones that the folder lacks, newest first, and removes all
    /// but the newest that it keeps. An older one that cannot be installed is left out. Returns
    /// what is current in the folder then. Without a publication, that is all.
    ///
    /// # Errors
    ///
    /// The folder keeps what it has if the publication does not answer or its current generation is
    /// damaged ([`PublishError::Publication`]), if that is not signed as it has to be
    /// ([`PublishError::Untrusted`]), or if the folder's generation is not one of the publication
    /// ([`PublishError::OtherSequence`]). For others, see [`PublishError`].
    pub fn bring_up_to_date(&self) -> Result<Option<Base>, PublishError> {
        let mut locked = self.acquire()?;
        if let Some(problem) = self.catch_up(&mut locked)?.and_then(|standing| standing.problem) {
            return Err(problem.to_error());
        }
        let current = self.layout().read_current(locked.current)?;
        Ok(current.as_ref().map(Current::base))
    }

    /// The same, under a lock. A generation that cannot be installed, now or later, is a problem of
    /// the standing, so that a person can publish the next one.
    pub(super) fn catch_up(&self, locked: &mut Locked) -> Result<Option<Standing>, PublishError> {
        let Some(publication) = self.through else { return Ok(None) };
        let standing =
            |current, problem| Ok(Some(Standing { name: publication.name(), current, problem }));
        let mut attempts = 0;
        loop {
            attempts += 1;
            let current = publication.current()?;
            self.check_sequence(publication, locked, current.as_ref())?;
            let Some(base) = &current else { return standing(None, None) };
            let installed = match self.has_intact(locked, base)? {
                true => Ok(()),
                false => self.install_current(publication, locked, base),
            };
            match installed {
                Ok(()) => {
                    self.install_missing(publication, base.generation);
                    return standing(current, None);
                }
                // it was replaced and removed meanwhile
                Err(PublishError::Publication(PublicationError::Missing { .. }))
                    if attempts < FETCH_ATTEMPTS && publication.current()? != current => {}
                Err(PublishError::Publication(error)) if !error.is_temporary() => {
                    return standing(current, Some(Problem::Unfetched(error)));
                }
                Err(PublishError::Untrusted { place, generation, reason }) => {
                    let problem = Problem::Untrusted { name: place, generation, reason };
                    return standing(current, Some(problem));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether other nodes can fetch a generation that this folder has. Asked for a person, who may
    /// publish just because they cannot: then the content is published again.
    pub(super) fn is_offered(&self, generation: u64) -> bool {
        match self.through {
            Some(publication) if !self.is_automatic => {
                let fetched = publication.fetch(generation);
                fetched.err().is_none_or(|error| error.is_temporary())
            }
            _ => true,
        }
    }

    /// Whether this generation is current in the folder, with all its files.
    fn has_intact(&self, locked: &Locked, base: &Base) -> Result<bool, PublishError> {
        let layout = self.layout();
        let current = layout.read_current(locked.current)?;
        let is_same =
            |current: &Current| current.base() == *base && current.number == base.generation;
        Ok(current
            .filter(is_same)
            .is_some_and(|current| layout.verify(current.number, &current.manifest).is_ok()))
    }

    /// Checks that the folder has generations of this publication only, as far as the publication
    /// still keeps them.
    fn check_sequence(
        &self,
        publication: &dyn Publication,
        locked: &Locked,
        current: Option<&Base>,
    ) -> Result<(), PublishError> {
        let layout = self.layout();
        let mut own = layout.generations()?;
        own.extend(locked.current);
        own.sort_unstable();
        own.dedup();
        let Some(newest) = own.last().copied() else { return Ok(()) };
        let other = |generation: u64, current: Option<&Base>| PublishError::OtherSequence {
            folder: self.folder.to_owned(),
            found: self.base_of(generation),
            publication: publication.name(),
            current: current.cloned(),
        };
        let Some(current) = current.filter(|current| current.generation >= newest) else {
            return Err(other(newest, current));
        };
        if newest == current.generation {
            let found = self.base_of(newest);
            // a damaged manifest is replaced, here or there
            let is_damaged = found.sha256.is_empty() || current.sha256.is_empty();
            let is_same = is_damaged || found == *current;
            return if is_same { Ok(()) } else { Err(other(newest, Some(current))) };
        }
        let shared = publication.generations()?;
        let known = own.iter().rev().filter(|own| shared.contains(own));
        for generation in known.copied() {
            let Some(theirs) = publication.kept(generation)? else { continue };
            let found = self.base_of(generation);
            if found.sha256.is_empty() {
                continue;
            }
            return match found == theirs {
                true => Ok(()),
                false => Err(other(generation, Some(&theirs))),
            };
        }
        Ok(())
    }

    /// What is current in the folder, also if it is damaged; see [`Self::base_of`].
    pub(crate) fn standing_base(&self) -> Result<Option<Base>, PublishError> {
        Ok(self.layout().current_number()?.map(|number| self.base_of(number)))
    }

    /// A generation in the folder; an empty SHA-256 if its manifest cannot be read, or is that of
    /// another generation.
    pub(super) fn base_of(&self, generation: u64) -> Base {
        let text = self.layout().open(generation).and_then(|folder| folder.read_manifest()).ok();
        let is_own = |text: &Vec<u8>| {
            Manifest::parse(text).is_ok_and(|manifest| manifest.generation == generation)
        };
        let sha256 = text.filter(is_own).map(|text| adr_bundle::sha256(&text));
        Base { generation, sha256: sha256.unwrap_or_default() }
    }

    /// Installs the current generation of the publication.
    fn install_current(
        &self,
        publication: &dyn Publication,
        locked: &mut Locked,
        base: &Base,
    ) -> Result<(), PublishError> {
        // no files are fetched for texts that are rejected
        if self.trusted.is_some() || self.layout().is_signed(locked.current)? {
            let document = publication.document(base.generation)?;
            self.check_stays_signed_by(base.generation, &document, locked)?;
            self.check_signature(base.generation, &document)?;
        }
        let sealed = self.fetch(publication, base.generation)?;
        if sealed.base() != *base {
            let reason = "its manifest is not the one that was announced".to_owned();
            let (name, generation) = (publication.name(), base.generation);
            return Err(PublicationError::Damaged { name, generation, reason }.into());
        }
        let sealed = self.acceptable(sealed, locked)?;
        self.place(&sealed, locked)?;
        // what follows can be interrupted without a loss
        (self.pauses)();
        let _ = self.layout().prune(base.generation, self.keep);
        Ok(())
    }

    /// Offers the next generation to the publication; `None` if it is current there now, and the
    /// folder has to follow. Otherwise, the folder does not have it any more; `Some` if another
    /// node published the same content at the same time.
    pub(super) fn hand_over(
        &self,
        locked: &mut Locked,
        standing: &Standing,
        next: &SealedGeneration,
    ) -> Result<Option<Published>, PublishError> {
        let Some(publication) = self.through else { return Ok(None) };
        // after an interruption, the next run looks whether the generation was accepted
        (self.pauses)();
        let Err(error) = publication.publish(standing.current.as_ref(), next) else {
            return Ok(None);
        };
        let generation = next.manifest().generation;
        let is_unknown = matches!(
            error,
            PublicationError::Unconfirmed { .. } | PublicationError::Refused { .. }
        );
        // the answer to an earlier attempt may have been lost
        let is_ours = || publication.document(generation).is_ok_and(|it| it == *next.document());
        let reached = |current: Base| current.generation >= generation;
        let is_current = || publication.current().is_ok_and(|it| it.is_some_and(reached));
        if is_unknown && is_current() && is_ours() {
            return Ok(None);
        }
        self.layout().remove(generation)?;
        if !is_unknown {
            let is_temporary = error.is_temporary();
            return Err(if is_temporary { error.into() } else { PublishError::NotTaken(error) });
        }
        // as far as the publication answers
        let caught_up = self.catch_up(locked);
        let current = self.layout().read_current(locked.current)?;
        if let (Ok(Some(_)), Some(current)) = (&caught_up, &current)
            && current.manifest.same_content(next.manifest())
        {
            return Ok(Some(Published { generation: current.number, changed: false }));
        }
        Err(match error {
            PublicationError::Refused { name, expected, current } => PublishError::Outdated {
                place: name,
                expected: expected.map_or(0, |base| base.generation),
                found: current.map_or(0, |base| base.generation),
            },
            error => error.into(),
        })
    }
}
