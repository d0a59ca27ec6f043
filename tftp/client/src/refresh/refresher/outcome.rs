//! What the refresher does with the outcome of a round, and of an attempt to save the rules.

use std::sync::Arc;

use adr_protocol::Reason;

use super::Refresher;
use crate::agenda::{Announcer, RoundEnd};
use crate::fetch::{Outcome, RoundReport};
use crate::handle::Reloaded;
use crate::rejection::Rejection;
use crate::rules::Rules;
use crate::snapshot::RuleSnapshot;

impl Refresher {
    pub(super) fn on_round(&mut self, report: RoundReport) {
        let now = self.now();
        // the followed server should have announced what another one has
        let is_missed = self.announced_by == Announcer::Standby
            && matches!(report.outcome, Outcome::Accepted(_));
        let RoundReport { outcome, seen } = report;
        let is_silent = seen.silent.iter().any(|silent| self.followed.as_ref() == Some(silent));
        if is_missed || is_silent {
            self.doubts.notify_one();
        }
        let is_ahead = !seen.behind.is_empty();
        if self.standing.seen(now, seen) {
            self.queue_report();
        }
        let (end, result) = match outcome {
            Outcome::Accepted(rules) => {
                let changed = self.apply(&rules);
                (RoundEnd::Accepted, Ok(self.reloaded(changed)))
            }
            Outcome::Unchanged(_) => {
                self.confirm();
                (RoundEnd::Unchanged, Ok(self.reloaded(false)))
            }
            Outcome::Rejected(rejection) => {
                self.show_rejection(&rejection);
                let end = if is_ahead { RoundEnd::Behind } else { RoundEnd::Rejected };
                (end, Err(rejection))
            }
        };
        self.agenda.finished(now, end, &mut self.rng);
        for reply in std::mem::take(&mut self.answering) {
            reply.send(result.clone());
        }
    }

    fn reloaded(&self, changed: bool) -> Reloaded {
        Reloaded { generation: self.shared.rules.load().generation(), changed }
    }

    /// Replaces the rules, unless later ones were accepted meanwhile.
    pub(super) fn apply(&mut self, rules: &Arc<Rules>) -> bool {
        let may_replace = {
            let running = self.shared.rules.load();
            let replaces = |new: &RuleSnapshot| {
                running.snapshot().is_none_or(|running| new.may_replace(running))
            };
            rules.snapshot().is_some_and(replaces)
        };
        if !may_replace {
            return false;
        }
        self.shared.rules.store(Arc::clone(rules));
        self.update_status(|status| {
            status.set_rules(rules);
            status.from_cache = false;
            status.refused = None;
        });
        let identity = rules.snapshot().and_then(RuleSnapshot::identity);
        self.standing.now_running(self.now(), identity);
        self.agenda.now_running(self.now(), rules.generation());
        self.on_confirmed();
        self.queue_report();
        true
    }

    /// Records that a server has what is running.
    fn confirm(&mut self) {
        self.on_confirmed();
        self.update_status(|status| {
            status.from_cache = false;
            status.refused.take_if(|refusal| refusal.reason != Reason::Disk);
        });
    }

    pub(super) fn on_saved(&mut self, saved: Result<(), Rejection>) {
        self.agenda.saved(self.now(), saved.is_ok(), &mut self.rng);
        match saved {
            Err(rejection) => self.show_rejection(&rejection),
            Ok(()) => self.update_status(|status| {
                status.refused.take_if(|refusal| refusal.reason == Reason::Disk);
            }),
        }
    }
}
