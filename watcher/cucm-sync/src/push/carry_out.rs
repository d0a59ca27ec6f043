//! Makes the calls of a push.

use adr_cucm::AnswerError;
use adr_cucm_client::{CallError, Phase, Session};
use adr_push::{Call, ListPlan, Step};

use super::error::{Difference, PushError};
use super::lists::{read_list, read_lists};
use super::{Lists, Prepared};

/// How often adrc makes a call while CUCM is busy. Each time, the session waits as in
/// [`adr_cucm_client::DELAYS`] before it gives up, 35 s in all, so this is longer than the minute
/// for which CUCM counts requests.
const BUSY_ROUNDS: usize = 5;

/// How often adrc makes a call whose answer was lost and that CUCM did not carry out.
const ATTEMPTS: usize = 3;

/// A call that succeeded.
#[derive(Clone, Copy, Debug)]
pub struct StepReport<'s> {
    /// How many calls succeeded so far.
    pub done: usize,
    /// How many calls there are.
    pub total: usize,
    /// The call.
    pub step: &'s Step,
}

/// What reading back says about a call whose answer was lost.
enum Outcome {
    Done,
    NotDone,
}

impl Prepared {
    /// Makes all calls, reads both lists back and compares them.
    ///
    /// Reads both lists before the first call and makes none if they differ from those that were
    /// planned for. The journal exists from before the first call until both lists are as wanted.
    ///
    /// # Errors
    ///
    /// See [`PushError`]. Unless it is [`Changed`](PushError::Changed) or the journal could not be
    /// written, the journal stays.
    pub async fn carry_out(
        mut self,
        session: &Session,
        report: &dyn Fn(StepReport<'_>),
    ) -> Result<(), PushError> {
        let now = read_lists(session).await?;
        if let Some(difference) = first_difference(&self.plans, &now, ListPlan::present) {
            return Err(PushError::Changed { difference });
        }
        self.journal.begin(&self.record)?;
        let total = self.plans.iter().map(|plan| plan.steps().len()).sum();
        let mut done = 0;
        for plan in &self.plans {
            for (at, step) in plan.steps().iter().enumerate() {
                Making { session, plan, at, done, total }.make(step).await?;
                done += 1;
                report(StepReport { done, total, step });
            }
        }
        let read = read_lists(session).await;
        let now = read.map_err(|source| PushError::ReadBack { done, total, source })?;
        if let Some(difference) = first_difference(&self.plans, &now, ListPlan::target) {
            return Err(PushError::Mismatch { difference });
        }
        Ok(self.journal.finish()?)
    }
}

fn first_difference(
    plans: &[ListPlan],
    now: &Lists,
    expected: fn(&ListPlan) -> &[adr_cucm::CucmRule],
) -> Option<Difference> {
    plans
        .iter()
        .find_map(|plan| Difference::first(plan.kind(), expected(plan), now.of(plan.kind())))
}

/// One call under way.
struct Making<'p> {
    session: &'p Session,
    plan: &'p ListPlan,
    /// The position of the step in its plan.
    at: usize,
    /// How many calls of the push succeeded.
    done: usize,
    /// How many calls the push has.
    total: usize,
}

impl Making<'_> {
    async fn make(&self, step: &Step) -> Result<(), PushError> {
        let (mut busy, mut lost) = (0, 0);
        loop {
            let Err(error) = call(self.session, &step.call).await else { return Ok(()) };
            if matches!(error, CallError::Busy { .. }) && busy + 1 < BUSY_ROUNDS {
                busy += 1;
                continue;
            }
            if !may_be_done(&error) {
                return Err(self.failed(step, error));
            }
            lost += 1;
            match self.look().await? {
                Outcome::Done => return Ok(()),
                Outcome::NotDone if error.is_transient() && lost < ATTEMPTS => {}
                Outcome::NotDone => return Err(self.failed(step, error)),
            }
        }
    }

    /// Reads the list back to see whether CUCM carried out the step.
    async fn look(&self) -> Result<Outcome, PushError> {
        let (kind, done, total) = (self.plan.kind(), self.done, self.total);
        let read = read_list(self.session, kind).await;
        let now = read.map_err(|source| PushError::ReadBack { done, total, source })?;
        if Difference::first(kind, &self.plan.after(self.at + 1), &now).is_none() {
            return Ok(Outcome::Done);
        }
        match Difference::first(kind, &self.plan.after(self.at), &now) {
            None => Ok(Outcome::NotDone),
            Some(difference) => Err(PushError::ChangedMeanwhile { difference, done, total }),
        }
    }

    fn failed(&self, step: &Step, source: CallError) -> PushError {
        let verb = match step.call {
            Call::Add(_) => "add",
            Call::Update(_) => "update",
            Call::Remove(_) => "remove",
        };
        let what = format!("{verb} `{}`", step.name.escape_debug());
        PushError::Call { done: self.done, total: self.total, what, source }
    }
}

async fn call(session: &Session, call: &Call) -> Result<(), CallError> {
    match call {
        Call::Add(add) => session.call(add).await.map(drop),
        Call::Update(update) => session.call(update).await.map(drop),
        Call::Remove(remove) => session.call(remove).await.map(drop),
    }
}

/// Whether CUCM may have carried out a call that ended with this error.
fn may_be_done(error: &CallError) -> bool {
    match error {
        CallError::Timeout { phase, .. } => *phase != Phase::Connection,
        CallError::CutOff { .. } | CallError::TooLarge { .. } | CallError::Redirected { .. } => {
            true
        }
        CallError::Connect { .. }
        | CallError::Certificate(_)
        | CallError::Tls { .. }
        | CallError::Busy { .. }
        | CallError::NoCommonVersion
        | CallError::NoChangeList { .. }
        | CallError::Unstable
        | CallError::TooManyRecords { .. }
        | CallError::Request(_) => false,
        CallError::Answer(answer) => !matches!(
            answer,
            AnswerError::Unauthorized { .. }
                | AnswerError::Forbidden { .. }
                | AnswerError::UnsupportedVersion { .. }
                | AnswerError::Busy(_)
        ),
    }
}
