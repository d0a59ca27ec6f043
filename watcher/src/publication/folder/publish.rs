//! Publishing into the shared folder, in steps: a drive that hangs in one of them keeps a thread
//! and the lock, and nothing of the later ones happens.

use std::thread;
use std::time::Instant;

use super::{LOCK_PAUSE, LOCK_TIME_LIMIT, Shared};
use crate::publication::error::PublicationError;
use crate::publication::sealed::SealedGeneration;
use crate::publish::{Base, Installing, PublishError};

impl Shared {
    /// Locks the folder for a generation that may follow `expected`.
    pub(super) fn begin(
        &self,
        expected: Option<&Base>,
        next: &SealedGeneration,
    ) -> Result<Installing, PublicationError> {
        // what is not prepared gets no folder
        self.current()?;
        let end = Instant::now() + LOCK_TIME_LIMIT;
        loop {
            let publisher = self.publisher().expecting(expected.cloned());
            return match publisher.begin_install(next) {
                Err(PublishError::Locked(_)) if Instant::now() < end => {
                    thread::sleep(LOCK_PAUSE);
                    continue;
                }
                Err(error) if error.is_conflict() && !matches!(error, PublishError::Locked(_)) => {
                    Err(PublicationError::Refused {
                        name: self.name(),
                        expected: expected.cloned(),
                        current: self.current()?,
                    })
                }
                begun => begun.map_err(|error| self.rejected(&error)),
            };
        }
    }

    /// Writes an older generation before the one that was begun.
    pub(super) fn keep_older(
        &self,
        begun: Installing,
        older: &SealedGeneration,
    ) -> Result<Installing, PublicationError> {
        let kept = self.publisher().install_before(&begun, older);
        kept.map_err(|error| self.rejected(&error))?;
        Ok(begun)
    }

    /// Makes the generation current, unless nobody waits for that any more.
    pub(super) fn end(
        &self,
        begun: Installing,
        generation: u64,
        is_abandoned: &dyn Fn() -> bool,
    ) -> Result<(), PublicationError> {
        let publisher = self.publisher().unless(is_abandoned);
        match publisher.end_install(begun) {
            Ok(_) => Ok(()),
            Err(error @ PublishError::NotDurable { .. }) => {
                let reason = error.to_string();
                Err(PublicationError::Unconfirmed { name: self.name(), generation, reason })
            }
            Err(error) => Err(self.rejected(&error)),
        }
    }
}
