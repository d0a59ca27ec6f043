//! Decides what to ask CUCM, when, and what to publish, without a clock, a socket or a thread.

use std::sync::Arc;
use std::time::Duration;

use adr_cucm::axl::ChangeCursor;
use adr_cucm::{CucmRule, FlaggedPatterns};
use adr_cucm_client::Changes;

use super::failure::{Failure, FailureKind};
use super::former::Former;
use super::pause::{Pause, STOPPED};
use super::question::{Lists, Parts, Question, QuestionKind};
use super::shrink::{Shrunk, shrunk};
use super::snapshot::Snapshot;

/// Time between two whole reads, whatever CUCM says about changes.
pub const FULL_READ_EVERY: Duration = Duration::from_secs(3600);

/// The first delay after a failed question; each further one is twice as long, up to the poll
/// interval.
pub const FIRST_DELAY: Duration = Duration::from_secs(5);

/// Reads in a row, without a pause, while the lists keep changing.
const READS_IN_A_ROW: u32 = 3;

/// Lost change queues in a row after which adrc compares whole lists, until the next whole read.
const LOST_QUEUES: u32 = 3;

/// The part of the poll interval by which a pause may be shorter, so that several processes do not
/// ask at the same moment.
const JITTER: f64 = 0.1;

/// What happens to a [`Live`].
#[derive(Debug)]
pub enum Input {
    /// Time has passed; see [`Live::due`].
    Tick,
    /// The settings of the cluster were read again. An open question is void.
    Reload,
    /// The answer to [`Question::Baseline`].
    Baseline(ChangeCursor),
    /// The answer to [`Question::Changes`].
    Changes(Changes),
    /// The answer to [`Question::Lists`].
    Lists(Lists),
    /// The question was not answered.
    Failed(Failure),
}

/// What the caller has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask CUCM, and report the answer as the next [`Input`].
    Ask(Question),
    /// CUCM answered.
    Answered,
    /// CUCM answers again, after an [`Output::Silent`].
    Recovered,
    /// Publish these rules.
    Publish(Snapshot),
    /// CUCM does not answer. Repeated when the reason changes.
    Silent {
        /// The time of the last answer, or of the start.
        since: Duration,
        /// Why, and what to do.
        failure: Failure,
    },
    /// The lists shrank so much that adrc reads them a second time before it publishes them; `None`
    /// when that is over.
    Held(Option<Shrunk>),
}

/// Follows the rules of a cluster.
///
/// Times are durations since any fixed point. `random` is a number from 0 up to 1.
///
/// ```
/// use std::time::Duration;
/// use adr_cucm_sync::live::{Input, Live, Output, Question};
///
/// let mut live = Live::new(Duration::from_secs(60));
/// let asked = live.handle(Input::Tick, Duration::ZERO, 0.5);
/// assert_eq!(asked, [Output::Ask(Question::Baseline)]);
/// assert_eq!(live.due(), None, "a question is open");
/// ```
#[derive(Debug)]
pub struct Live {
    poll: Duration,
    /// When the next [`Input::Tick`] is due; `None` while a question is open.
    due: Option<Duration>,
    /// When the next whole read is due.
    next_full: Duration,
    /// The open question.
    asked: Option<QuestionKind>,
    /// The place in the change queue up to which [`Self::stale`] is known.
    cursor: Option<ChangeCursor>,
    /// Whether adrc asks for changes; false if CUCM does not offer them.
    has_changes: bool,
    /// Change queues that were lost since the last list of changes.
    lost_queues: u32,
    /// The lists that differ from what was read, or that were not read.
    stale: Parts,
    /// Whether CUCM has to be asked for changes since the lists were read.
    is_unverified: bool,
    /// Reads of lists since the last pause.
    reads: u32,
    /// What was read last. `None` before the first read.
    rules: Option<Arc<Vec<CucmRule>>>,
    flagged: Arc<FlaggedPatterns>,
    /// What an earlier run published.
    former: Option<Former>,
    /// What was published last. Without it, the next lists are published whatever they hold.
    pub(super) published: Option<Snapshot>,
    /// What was read last without a list of changes. A second, equal answer has to confirm it.
    unconfirmed: Option<Snapshot>,
    /// What is held, because it shrank.
    held: Option<Snapshot>,
    last_answer: Duration,
    /// Failures in a row.
    failures: u32,
    silence: Option<Silence>,
    /// Whether asking again soon could lock the user.
    is_stopped: bool,
}

#[derive(Debug)]
struct Silence {
    question: Option<QuestionKind>,
    since: Duration,
    reason: String,
}

impl Live {
    /// Nothing is known, and the first tick is due. `poll` is the time between two polls.
    #[must_use]
    pub fn new(poll: Duration) -> Self {
        Self {
            poll,
            due: Some(Duration::ZERO),
            next_full: Duration::ZERO,
            asked: None,
            cursor: None,
            has_changes: true,
            lost_queues: 0,
            stale: Parts::ALL,
            is_unverified: false,
            reads: 0,
            rules: None,
            flagged: Arc::default(),
            former: None,
            published: None,
            unconfirmed: None,
            held: None,
            last_answer: Duration::ZERO,
            failures: 0,
            silence: None,
            is_stopped: false,
        }
    }

    /// With what an earlier run published. Lists that are much shorter have to be confirmed.
    #[must_use]
    pub fn with_former(self, former: Option<Former>) -> Self {
        Self { former, ..self }
    }

    /// When the next [`Input::Tick`] is due; `None` while a question is open.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Whether adrc waits for [`Input::Reload`], or else asks again an hour after the failure.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// The time between two polls from the next pause on.
    pub fn set_poll(&mut self, poll: Duration) {
        self.poll = poll;
    }

    /// Handles an event at the time `now`; returns what to do, in order.
    pub fn handle(&mut self, input: Input, now: Duration, random: f64) -> Vec<Output> {
        let mut outputs = Vec::new();
        let pause = match input {
            Input::Tick => self.tick(now),
            Input::Reload => self.reload(),
            Input::Failed(failure) => self.failed(failure, now, &mut outputs),
            Input::Baseline(cursor) => {
                self.answered(now, &mut outputs);
                self.cursor = Some(cursor);
                Pause::No
            }
            Input::Changes(changes) => {
                self.answered(now, &mut outputs);
                self.changes(&changes, &mut outputs)
            }
            Input::Lists(lists) => {
                self.answered(now, &mut outputs);
                self.lists(lists, &mut outputs)
            }
        };
        self.go_on(pause, now, random, &mut outputs);
        outputs
    }

    /// Asks the next question, or pauses.
    fn go_on(&mut self, pause: Pause, now: Duration, random: f64, outputs: &mut Vec<Output>) {
        if self.asked.is_some() {
            return;
        }
        let question = match pause {
            Pause::No => self.next_question(),
            Pause::Poll | Pause::Delay | Pause::Stopped => None,
        };
        if let Some(question) = question {
            self.due = None;
            self.asked = Some(question.kind());
            outputs.push(Output::Ask(question));
            return;
        }
        self.reads = 0;
        let delay = match pause {
            Pause::Delay => self.delay(),
            Pause::Stopped => STOPPED,
            Pause::No | Pause::Poll => self.poll,
        };
        let time = delay.mul_f64(1.0 - JITTER * random.clamp(0.0, 1.0));
        self.due = Some(now.saturating_add(time));
    }

    fn next_question(&self) -> Option<Question> {
        match &self.cursor {
            None if self.has_changes => Some(Question::Baseline),
            _ if self.stale.any() => Some(Question::Lists(self.stale)),
            Some(cursor) if self.is_unverified => Some(Question::Changes(cursor.clone())),
            _ => None,
        }
    }

    fn tick(&mut self, now: Duration) -> Pause {
        if self.asked.is_some() {
            return Pause::No;
        }
        if now >= self.next_full {
            self.next_full = now.saturating_add(FULL_READ_EVERY);
            self.start_over();
        }
        match self.cursor {
            Some(_) => self.is_unverified = true,
            None => self.stale.rules = true,
        }
        Pause::No
    }

    fn reload(&mut self) -> Pause {
        self.asked = None;
        self.is_stopped = false;
        self.failures = 0;
        self.start_over();
        Pause::No
    }

    /// Reads everything again, the baseline first.
    fn start_over(&mut self) {
        self.cursor = None;
        self.has_changes = true;
        self.lost_queues = 0;
        self.stale = Parts::ALL;
    }

    fn answered(&mut self, now: Duration, outputs: &mut Vec<Output>) {
        self.last_answer = now;
        self.failures = 0;
        self.is_stopped = false;
        let question = self.asked.take();
        outputs.push(Output::Answered);
        // other questions may get an answer although this one does not
        if self.silence.as_ref().is_some_and(|silence| silence.question == question) {
            self.recover(outputs);
        }
    }

    fn recover(&mut self, outputs: &mut Vec<Output>) {
        if self.silence.take().is_some() {
            outputs.push(Output::Recovered);
        }
    }

    fn changes(&mut self, changes: &Changes, outputs: &mut Vec<Output>) -> Pause {
        self.cursor = Some(changes.cursor.clone());
        self.lost_queues = 0;
        self.is_unverified = false;
        let changed = Parts::changed_by(&changes.changes);
        self.stale = self.stale.or(changed);
        // the patterns that were read are those of a moment at which CUCM held these rules
        let mut pause = Pause::No;
        if !self.stale.rules {
            pause = self.accept(outputs);
        }
        match self.stale.any() && self.reads >= READS_IN_A_ROW {
            true => Pause::Poll,
            false => pause,
        }
    }

    fn lists(&mut self, lists: Lists, outputs: &mut Vec<Output>) -> Pause {
        self.reads += 1;
        if let Some(rules) = lists.rules {
            self.rules = Some(Arc::new(rules));
            self.stale.rules = false;
        }
        if let Some(flagged) = lists.flagged {
            self.flagged = Arc::new(flagged);
            self.stale.patterns = false;
        }
        self.is_unverified = self.cursor.is_some();
        match self.is_unverified || self.stale.rules {
            true => Pause::No,
            false => self.accept(outputs),
        }
    }

    /// Publishes what was read, unless it is published already or has to be read a second time.
    fn accept(&mut self, outputs: &mut Vec<Output>) -> Pause {
        self.recover(outputs);
        let Some(rules) = &self.rules else { return Pause::No };
        let read = Snapshot { rules: Arc::clone(rules), flagged: Arc::clone(&self.flagged) };
        if self.published.as_ref() == Some(&read) {
            self.release(outputs);
            return Pause::No;
        }
        if self.cursor.is_none() && self.unconfirmed.as_ref() != Some(&read) {
            // without a list of changes, the lists may be of different moments
            self.unconfirmed = Some(read);
            self.stale = Parts::ALL;
            return if self.reads <= READS_IN_A_ROW { Pause::No } else { Pause::Poll };
        }
        if self.held.as_ref() != Some(&read)
            && let Some(shrunk) = shrunk(self.published.as_ref(), self.former, &read)
        {
            self.held = Some(read);
            self.stale = Parts::ALL;
            outputs.push(Output::Held(Some(shrunk)));
            return Pause::Delay;
        }
        self.release(outputs);
        self.published = Some(read.clone());
        outputs.push(Output::Publish(read));
        Pause::No
    }

    /// Ends the wait for a second, equal answer.
    fn release(&mut self, outputs: &mut Vec<Output>) {
        if self.held.take().is_some() {
            outputs.push(Output::Held(None));
        }
    }

    fn failed(&mut self, failure: Failure, now: Duration, outputs: &mut Vec<Output>) -> Pause {
        let question = self.asked.take();
        match failure.kind {
            FailureKind::QueueLost => {
                self.lost_queues += 1;
                (self.cursor, self.stale, self.reads) = (None, Parts::ALL, 0);
                self.has_changes = self.lost_queues < LOST_QUEUES;
                self.last_answer = now;
                return Pause::No;
            }
            FailureKind::NoChanges => {
                (self.cursor, self.has_changes, self.reads) = (None, false, 0);
                self.stale.rules = true;
                self.last_answer = now;
                return Pause::No;
            }
            FailureKind::Transient | FailureKind::Permanent => {}
        }
        self.failures = self.failures.saturating_add(1);
        let since = self.silence.as_ref().map_or(self.last_answer, |silence| silence.since);
        let known = self.silence.as_ref().map(|silence| &silence.reason);
        let is_new = known != Some(&failure.reason);
        self.silence = Some(Silence { question, since, reason: failure.reason.clone() });
        self.is_stopped = failure.kind == FailureKind::Permanent;
        if is_new || self.is_stopped {
            outputs.push(Output::Silent { since, failure });
        }
        if self.is_stopped { Pause::Stopped } else { Pause::Delay }
    }

    /// The delay after a failure, or before a second read.
    fn delay(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(16);
        FIRST_DELAY.saturating_mul(1 << doublings).min(self.poll)
    }
}
