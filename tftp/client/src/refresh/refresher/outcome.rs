//! What the refresher does with the outcome of a round, and of an attempt to save the rules.

use std::sync::Arc;

use super::Refresher;
use crate::agenda::{Announcer, RoundEnd};
use crate::fetch::{Outcome, RoundReport};
use crate::handle::{ReloadResult, Reloaded};
use crate::rejection::Rejection;
use crate::rules::Rules;
use crate::snapshot::RuleSnapshot;

impl Refresher {
    pub(super) fn on_round(&mut self, report: RoundReport) {
        let now = self.now();
        // the followed server should have announced what another one has
        let is_missed = self.announced_by == Announcer::Standby
            && matches!(report.outcome, Outcome::Accepted(_));
        let RoundReport { outcome, seen, verdicts } = report;
        let is_silent = seen.silent.iter().any(|silent| self.followed.as_ref() == Some(silent));
        if is_missed || is_silent {
            self.doubts.notify_one();
        }
        let is_ahead = !seen.behind.is_empty();
        if self.standing.seen(now, seen) {
            self.queue_report();
        }
        let running = self.shared.rules.load().generation();
        self.rejections.answered(now, running, verdicts);
        let (end, result) = match outcome {
            Outcome::Accepted(rules) => {
                let changed = self.apply(&rules);
                (RoundEnd::Accepted, Ok(self.reloaded(changed)))
            }
            Outcome::Unchanged(_) => {
                self.confirm();
                (RoundEnd::Unchanged, self.confirmed_reload())
            }
            Outcome::Rejected(rejection) => {
                self.rejections.round_ended(Some(rejection.clone()));
                let end = if is_ahead { RoundEnd::Behind } else { RoundEnd::Rejected };
                (end, Err(rejection))
            }
        };
        self.show_rejection();
        self.agenda.finished(now, end, &mut self.rng);
        for reply in std::mem::take(&mut self.answering) {
            reply.send(result.clone());
        }
    }

    fn reloaded(&self, changed: bool) -> Reloaded {
        Reloaded { generation: self.shared.rules.load().generation(), changed }
    }

    /// The result of a reload that found what runs: a newer generation that was rejected counts.
    fn confirmed_reload(&self) -> ReloadResult {
        match self.rejections.newest() {
            Some(rejection) => Err(rejection.clone()),
            None => Ok(self.reloaded(false)),
        }
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
        self.rejections.now_running(rules.generation());
        self.update_status(|status| {
            status.set_rules(rules);
            status.from_cache = false;
            status.set_rejection(self.rejections.shown());
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
        self.rejections.round_ended(None);
        self.on_confirmed();
        self.update_status(|status| status.from_cache = false);
    }

    pub(super) fn on_saved(&mut self, saved: Result<(), Rejection>) {
        self.agenda.saved(self.now(), saved.is_ok(), &mut self.rng);
        self.rejections.saved(saved);
        self.show_rejection();
    }
}
