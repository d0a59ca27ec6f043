//! A CUCM as a value: two lists of rules, flags, a queue of changes, and a clock that only the test
//! moves.

use std::collections::VecDeque;
use std::time::Duration;

use adr_cucm::axl::{Change, ChangeCursor, RoutingPattern};
use adr_cucm::{CucmRule, FlaggedPatterns, RuleKind, Uuid};
use adr_cucm_client::Changes;
use adr_cucm_sync::live::{
    Failure, FailureKind, Input, Lists, Live, Output, Parts, Question, Snapshot,
};
use proptest::prelude::*;

/// The time between two polls.
pub(crate) const POLL: Duration = Duration::from_secs(60);

/// An edit in the model.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    /// Adds a rule or, if there is one at this place, changes it.
    Rule(RuleKind, u8),
    /// Removes the rule at this place.
    Remove(RuleKind, u8),
    /// Removes all rules of a kind.
    Clear(RuleKind),
    /// Flags a pattern, or takes its flag away.
    Flag(u8),
    /// Restarts AXL: the queue of changes begins anew.
    Restart,
    /// Switches the list of changes on or off.
    Switch(bool),
}

/// What happens to one question.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Edits before CUCM reads each of its lists.
    pub(crate) edits: Vec<Edit>,
    /// The failure in place of the answer.
    pub(crate) failure: Option<FailureKind>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Contents {
    rules: Vec<CucmRule>,
    flagged: Vec<u8>,
}

impl Contents {
    /// What a reader makes of it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let flagged = self.flagged.iter().map(|number| RoutingPattern {
            pattern: format!("11{number}"),
            is_emergency: Some(true),
            ..RoutingPattern::default()
        });
        let flagged: Vec<_> = flagged.collect();
        let rules = self.rules.clone();
        Snapshot { rules: rules.into(), flagged: FlaggedPatterns::of(&flagged, &[]).into() }
    }
}

/// The cluster.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) now: Contents,
    /// Everything that it held, oldest first.
    pub(crate) history: Vec<Contents>,
    queue: u32,
    changes: Vec<&'static str>,
    is_switched_on: bool,
    edits: u32,
}

impl Model {
    pub(crate) fn new() -> Self {
        let mut model = Self {
            now: Contents::default(),
            history: vec![Contents::default()],
            queue: 1,
            changes: Vec::new(),
            is_switched_on: true,
            edits: 0,
        };
        (0..6).for_each(|at| model.edit(Edit::Rule(RuleKind::Application, at)));
        model.edit(Edit::Flag(2));
        model
    }

    pub(crate) fn edit(&mut self, edit: Edit) {
        self.edits += 1;
        let uuid = |at: u8| Uuid::new(&format!("{at:02}"));
        let rules = &mut self.now.rules;
        let changed = match edit {
            Edit::Rule(kind, at) => {
                rules.retain(|rule| (rule.kind, &rule.uuid) != (kind, &uuid(at)));
                let name = format!("{at} as of edit {}", self.edits);
                rules.push(CucmRule { uuid: uuid(at), ..CucmRule::new(kind, name) });
                Some(kind.operation_name())
            }
            Edit::Remove(kind, at) => {
                let before = rules.len();
                rules.retain(|rule| (rule.kind, &rule.uuid) != (kind, &uuid(at)));
                (rules.len() < before).then_some(kind.operation_name())
            }
            Edit::Clear(kind) => {
                rules.retain(|rule| rule.kind != kind);
                Some(kind.operation_name())
            }
            Edit::Flag(number) => {
                match self.now.flagged.iter().position(|flagged| *flagged == number) {
                    Some(at) => drop(self.now.flagged.remove(at)),
                    None => self.now.flagged.push(number),
                }
                self.now.flagged.sort_unstable();
                Some("RoutePattern")
            }
            Edit::Restart => {
                self.queue += 1;
                self.changes.clear();
                None
            }
            Edit::Switch(is_on) => {
                self.is_switched_on = is_on;
                None
            }
        };
        self.now.rules.sort_by(|a, b| (a.kind, &a.uuid).cmp(&(b.kind, &b.uuid)));
        self.changes.extend(changed);
        self.history.push(self.now.clone());
    }

    fn cursor(&self) -> ChangeCursor {
        let start = self.changes.len() as u64 + 1;
        ChangeCursor { queue: format!("Q{}", self.queue), start }
    }

    /// Answers a question; edits come in between.
    pub(crate) fn answer(&mut self, question: &Question, exchange: &Exchange) -> Input {
        let mut edits: VecDeque<Edit> = exchange.edits.iter().copied().collect();
        let answer = match question {
            Question::Baseline | Question::Changes(_) => {
                edits.drain(..).for_each(|edit| self.edit(edit));
                self.answer_changes(question)
            }
            Question::Lists(parts) => Input::Lists(self.lists(*parts, &mut edits)),
        };
        match exchange.failure {
            Some(kind) => Input::Failed(failure(kind)),
            None => answer,
        }
    }

    fn answer_changes(&self, question: &Question) -> Input {
        let cursor = self.cursor();
        match question {
            _ if !self.is_switched_on && matches!(question, Question::Baseline) => {
                Input::Failed(failure(FailureKind::NoChanges))
            }
            Question::Changes(_) if !self.is_switched_on => {
                Input::Failed(failure(FailureKind::QueueLost))
            }
            Question::Changes(since) if since.queue == cursor.queue => {
                let first = usize::try_from(since.start).unwrap() - 1;
                let change = |kind: &&str| Change {
                    kind: (*kind).to_owned(),
                    uuid: None,
                    id: None,
                    action: String::new(),
                    changed: Vec::new(),
                };
                let changes = self.changes[first..].iter().map(change).collect();
                Input::Changes(Changes { cursor, changes })
            }
            Question::Changes(_) => Input::Failed(failure(FailureKind::QueueLost)),
            _ => Input::Baseline(cursor),
        }
    }

    /// Reads one list after the other. An edit happens before each.
    fn lists(&mut self, parts: Parts, edits: &mut VecDeque<Edit>) -> Lists {
        let mut rules = Vec::new();
        if parts.rules {
            for kind in RuleKind::ALL {
                edits.pop_front().into_iter().for_each(|edit| self.edit(edit));
                rules.extend(self.now.rules.iter().filter(|rule| rule.kind == kind).cloned());
            }
        }
        edits.pop_front().into_iter().for_each(|edit| self.edit(edit));
        let flagged = FlaggedPatterns::clone(&self.now.snapshot().flagged);
        let lists = Lists::new(parts.rules.then_some(rules), parts.patterns.then_some(flagged));
        edits.drain(..).for_each(|edit| self.edit(edit));
        lists
    }
}

pub(crate) fn failure(kind: FailureKind) -> Failure {
    Failure { kind, reason: format!("{kind:?}"), help: String::new() }
}

/// A [`Live`] that asks a [`Model`].
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) model: Model,
    pub(crate) live: Live,
    pub(crate) time: Duration,
    pub(crate) published: Vec<Snapshot>,
    /// All questions, in order.
    pub(crate) asked: Vec<Question>,
    /// All other outputs but [`Output::Answered`], in order.
    pub(crate) outputs: Vec<Output>,
}

impl Run {
    pub(crate) fn new() -> Self {
        Self {
            model: Model::new(),
            live: Live::new(POLL),
            time: Duration::ZERO,
            published: Vec::new(),
            asked: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// Waits until the next question is due, and answers questions until `exchanges` is empty or
    /// CUCM has time until the next poll. Returns the number of exchanges used.
    pub(crate) fn round(&mut self, exchanges: &[Exchange]) -> usize {
        let Some(due) = self.live.due() else { return self.reload(exchanges) };
        self.time = self.time.max(due);
        self.feed(Input::Tick, exchanges)
    }

    /// Reads everything again, as at SIGHUP.
    pub(crate) fn reload(&mut self, exchanges: &[Exchange]) -> usize {
        self.feed(Input::Reload, exchanges)
    }

    fn feed(&mut self, input: Input, exchanges: &[Exchange]) -> usize {
        let quiet = Exchange { edits: Vec::new(), failure: None };
        let mut input = Some(input);
        let mut used = 0;
        for _ in 0..MAX_QUESTIONS {
            let Some(next) = input.take() else { return used };
            for output in self.live.handle(next, self.time, 0.5) {
                match output {
                    Output::Ask(question) => {
                        assert!(self.live.due().is_none(), "one question at a time");
                        let exchange = exchanges.get(used).unwrap_or(&quiet);
                        used += 1;
                        input = Some(self.model.answer(&question, exchange));
                        self.asked.push(question);
                    }
                    Output::Publish(snapshot) => self.published.push(snapshot),
                    Output::Answered => {}
                    output => self.outputs.push(output),
                }
            }
            self.time += Duration::from_millis(20);
        }
        panic!("more than {MAX_QUESTIONS} questions without a pause");
    }
}

/// Most questions without a pause. Each lost queue may cost three, and lists are read three times.
const MAX_QUESTIONS: usize = 40;

pub(crate) fn edits() -> impl Strategy<Value = Edit> {
    let kind = prop_oneof![Just(RuleKind::Application), Just(RuleKind::DirectoryLookup)];
    let place = (kind.clone(), 0_u8..8);
    prop_oneof![
        6 => place.clone().prop_map(|(kind, at)| Edit::Rule(kind, at)),
        3 => place.prop_map(|(kind, at)| Edit::Remove(kind, at)),
        1 => kind.prop_map(Edit::Clear),
        2 => (0_u8..4).prop_map(Edit::Flag),
        1 => Just(Edit::Restart),
        1 => any::<bool>().prop_map(Edit::Switch),
    ]
}

pub(crate) fn exchanges() -> impl Strategy<Value = Vec<Exchange>> {
    let failure = prop_oneof![
        6 => Just(None),
        2 => Just(Some(FailureKind::Transient)),
        1 => Just(Some(FailureKind::QueueLost)),
        1 => Just(Some(FailureKind::NoChanges)),
        1 => Just(Some(FailureKind::Permanent)),
    ];
    let edits = proptest::collection::vec(edits(), 0..3);
    let exchange = (edits, failure).prop_map(|(edits, failure)| Exchange { edits, failure });
    proptest::collection::vec(exchange, 0..40)
}
