//! What happens to a cluster and to adrc, in a random order.

use adr_cucm_kit::{Fault, RuleKind};
use adr_engine::Rule;
use adr_push::WantedRule;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::broken::{Broken, broken, faults};

/// Rules that edits and plans choose from: begins-with, number of digits, digits to remove.
const RULES: [(&str, i32, i32); 8] = [
    ("", 7, 0),
    ("0", 8, 1),
    ("00", 12, 2),
    ("+1", 12, 2),
    ("+49", 13, 3),
    ("5", 7, 0),
    ("44", 10, 0),
    ("+", 0, 1),
];

/// Prefixes that edits and plans choose from.
const PREFIXES: u8 = 3;

/// The requests of a push of a few rules.
const PUSH_REQUESTS: usize = 18;

/// The requests of a deployment to two nodes.
const DEPLOY_REQUESTS: usize = 50;

/// A rule by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// Which of [`RULES`].
    rule: u8,
    /// Which prefix.
    prefix: u8,
}

impl Choice {
    pub(crate) fn name(self) -> String {
        format!("Rule {}", self.rule)
    }

    pub(crate) fn prefix(self) -> String {
        format!("9{}", self.prefix)
    }

    pub(crate) fn numbers(self) -> (&'static str, i32, i32) {
        RULES[usize::from(self.rule) % RULES.len()]
    }

    fn wanted(self) -> WantedRule {
        let (begins_with, digits, remove) = self.numbers();
        WantedRule {
            rule: Rule::from_deployed(begins_with, digits, remove, &self.prefix()),
            name: Some(self.name()),
            description: None,
        }
    }
}

/// What another program does to the lists of the cluster.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Changes the rule of this name; adds it if there is none.
    Put(RuleKind, Choice),
    /// Gives the rule at this place another priority.
    Move(RuleKind, usize, u8),
    /// Removes the rule at this place.
    Remove(RuleKind, usize),
    /// Removes all rules of a kind.
    Clear(RuleKind),
    /// Flags a pattern, or takes its flag away.
    Flag(u8),
}

/// The rules of a dial plan, by list.
pub(crate) type Plan = [Vec<Choice>; 2];

/// The rules that a push shall bring about.
pub(crate) fn wanted(plan: &Plan) -> [Vec<WantedRule>; 2] {
    plan.clone().map(|rules| rules.into_iter().map(Choice::wanted).collect())
}

/// What a push is to do.
#[derive(Clone, Debug)]
pub(crate) enum PushGoal {
    Plan(Plan),
    Undo,
}

/// When another program edits rules while a push is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// After the change plan was shown, before the first call.
    Planned,
    /// After this many calls.
    Calls(usize),
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    Edit(Edit),
    /// An edit after each of the next requests of the live source.
    EditAtRequests(Vec<Edit>),
    /// Restarts AXL: the queue of changes begins anew, and nobody is logged in.
    RestartCucm,
    /// Restarts the process that follows the cluster.
    RestartLive,
    /// A fault at one of the next requests of the live source.
    LiveFault(usize, Fault),
    Push {
        goal: PushGoal,
        broken: Option<Broken>,
        edit: Option<(When, Edit)>,
    },
    Deploy {
        /// The prefix of the plan's rule; `None` to undo.
        prefix: Option<u8>,
        broken: Option<Broken>,
    },
    /// Nothing happens until the live source has reported what CUCM holds.
    Quiet,
}

pub(crate) fn edits() -> impl Strategy<Value = Edit> {
    let kind = prop_oneof![3 => Just(RuleKind::Application), 1 => Just(RuleKind::DirectoryLookup)];
    let place = (kind.clone(), 0_usize..8);
    prop_oneof![
        6 => (kind.clone(), choices()).prop_map(|(kind, choice)| Edit::Put(kind, choice)),
        2 => (place.clone(), 0_u8..8).prop_map(|((kind, at), to)| Edit::Move(kind, at, to)),
        3 => place.prop_map(|(kind, at)| Edit::Remove(kind, at)),
        1 => kind.prop_map(Edit::Clear),
        2 => (0_u8..4).prop_map(Edit::Flag),
    ]
}

fn choices() -> impl Strategy<Value = Choice> {
    (0..RULES.len() as u8, 0..PREFIXES).prop_map(|(rule, prefix)| Choice { rule, prefix })
}

pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    (vec(choices(), 0..6), vec(choices(), 0..3)).prop_map(|(rules, lookup)| [rules, lookup])
}

fn pushes() -> impl Strategy<Value = Action> {
    let goal = prop_oneof![3 => plans().prop_map(PushGoal::Plan), 1 => Just(PushGoal::Undo)];
    let when = prop_oneof![Just(When::Planned), (1_usize..6).prop_map(When::Calls)];
    let edit = proptest::option::weighted(0.25, (when, edits()));
    let parts = (goal, broken(PUSH_REQUESTS), edit);
    parts.prop_map(|(goal, broken, edit)| Action::Push { goal, broken, edit })
}

fn deployments() -> impl Strategy<Value = Action> {
    let prefix = proptest::option::weighted(0.7, 0_u8..3);
    let parts = (prefix, broken(DEPLOY_REQUESTS));
    parts.prop_map(|(prefix, broken)| Action::Deploy { prefix, broken })
}

pub(crate) fn actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => edits().prop_map(Action::Edit),
        6 => vec(edits(), 1..5).prop_map(Action::EditAtRequests),
        2 => Just(Action::RestartCucm),
        1 => Just(Action::RestartLive),
        4 => (1_usize..6, faults()).prop_map(|(at, fault)| Action::LiveFault(at, fault)),
        9 => pushes(),
        4 => deployments(),
        2 => Just(Action::Quiet),
    ]
}

/// A plan that keeps, changes, moves, adds and removes rules of the first lists.
pub(crate) fn example() -> Plan {
    let choice = |rule, prefix| Choice { rule, prefix };
    [vec![choice(0, 2), choice(3, 1), choice(4, 1), choice(5, 0)], vec![choice(6, 1)]]
}
