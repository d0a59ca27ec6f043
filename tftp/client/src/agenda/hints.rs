//! Announced states that are reasons to ask the servers: one of the followed server, one of the
//! standby server, and one of the application. None replaces another, so each announcer can only
//! delay its own.

use std::time::Duration;

use adr_protocol::State;

use super::{Announcer, GRACE, ROUNDS_PER_STATE};

/// An announced state and its place among all announcements.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub(super) state: State,
    pub(super) place: u64,
}

/// The latest state of each announcer.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    followed: Option<Hint>,
    standby: Option<Hint>,
    application: Option<Hint>,
}

#[derive(Clone, Debug)]
struct Hint {
    announced: Announced,
    /// When it is the reason for a round.
    due: Duration,
    /// How many rounds it has caused.
    rounds: u32,
}

impl Hint {
    fn is_for(&self, state: &State) -> bool {
        let own = &self.announced.state;
        own.generation == state.generation && own.sha256 == state.sha256
    }
}

impl Hints {
    /// The latest state replaces another one of the same announcer. Repeating a state starts no
    /// further rounds.
    pub(super) fn add(&mut self, by: Announcer, due: Duration, announced: Announced) {
        let slot = self.slot(by);
        match slot {
            Some(hint) if hint.is_for(&announced.state) => {
                if hint.rounds == 0 {
                    hint.due = hint.due.min(due);
                }
                hint.announced.place = hint.announced.place.max(announced.place);
            }
            Some(hint) if hint.announced.place > announced.place => {}
            _ => *slot = Some(Hint { announced, due, rounds: 0 }),
        }
    }

    /// Forgets states up to a generation.
    pub(super) fn forget(&mut self, generation: u64) {
        for slot in [&mut self.followed, &mut self.standby, &mut self.application] {
            slot.take_if(|hint| hint.announced.state.generation <= generation);
        }
    }

    /// When a state is the reason for a round.
    pub(super) fn due(&self) -> Option<Duration> {
        let followed = self.followed.as_ref().map(|hint| hint.due);
        followed.into_iter().chain(self.beside().map(|(due, ..)| due)).min()
    }

    /// The states that were not announced by the followed server, with the time when each of them
    /// is due. If the followed server announced the same state, it is asked first, in its window.
    fn beside(&self) -> impl Iterator<Item = (Duration, Announcer, &Hint)> {
        let hints =
            [(Announcer::Standby, &self.standby), (Announcer::Application, &self.application)];
        hints.into_iter().filter_map(|(by, hint)| {
            let hint = hint.as_ref()?;
            let followed = self.followed.as_ref();
            let same = followed.filter(|followed| followed.is_for(&hint.announced.state));
            let due = same.map_or(hint.due, |followed| hint.due.max(followed.due + GRACE));
            Some((due, by, hint))
        })
    }

    /// Whether the followed server announced a state that waits for its window.
    pub(super) fn are_in_window(&self) -> bool {
        self.followed.as_ref().is_some_and(|hint| hint.rounds == 0)
    }

    /// The state that is the reason for a round at this time, and its announcer.
    pub(super) fn reason(&self, now: Duration) -> Option<(Announcer, State)> {
        let followed = self.followed.as_ref().filter(|hint| hint.due <= now);
        if let Some(hint) = followed {
            return Some((Announcer::Followed, hint.announced.state.clone()));
        }
        let beside = self.beside().filter(|(due, ..)| *due <= now);
        let (_, by, hint) = beside.min_by_key(|(due, ..)| *due)?;
        Some((by, hint.announced.state.clone()))
    }

    /// Counts a round for the state that caused it, which no server has sent yet. The next one
    /// follows after `delay` of the number of rounds.
    pub(super) fn count(
        &mut self,
        by: Announcer,
        state: &State,
        now: Duration,
        delay: impl FnOnce(u32) -> Duration,
    ) {
        let slot = self.slot(by);
        let Some(hint) = slot.as_mut().filter(|hint| hint.is_for(state)) else { return };
        hint.rounds += 1;
        hint.due = now + delay(hint.rounds);
        slot.take_if(|hint| hint.rounds >= ROUNDS_PER_STATE);
    }

    fn slot(&mut self, by: Announcer) -> &mut Option<Hint> {
        match by {
            Announcer::Followed => &mut self.followed,
            Announcer::Standby => &mut self.standby,
            Announcer::Application => &mut self.application,
        }
    }
}
