//! What CUCM holds, and everything that it ever held.

use std::sync::{Mutex, MutexGuard, PoisonError};

use adr_cucm::axl::RoutingPattern;
use adr_cucm::{Count, CucmRule, FlaggedPatterns, Uuid};
use adr_cucm_kit::{Pattern, Rule, RuleKind, State};
use adr_cucm_sync::live::Snapshot;

/// The rules and flags of the cluster at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contents {
    rules: [Vec<Rule>; 2],
    flagged: Vec<Pattern>,
}

/// A rule at its place in a list: what a push must bring about. Keys and priorities may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) content: Content,
}

/// What clients apply: begins-with, number of digits, digits to remove, prefix.
pub(crate) type Content = [String; 4];

/// The application rules and the lookup rules, each in the order in which clients apply them.
pub(crate) type Lists = [Vec<Listed>; 2];

impl Contents {
    pub(crate) fn of(state: &State) -> Self {
        let rules = RuleKind::ALL.map(|kind| state.rules(kind).to_vec());
        let flagged = state.route_patterns.iter().filter(|pattern| pattern.emergency);
        Self { rules, flagged: flagged.cloned().collect() }
    }

    /// The records of both lists.
    pub(crate) fn rules(&self) -> &[Vec<Rule>; 2] {
        &self.rules
    }

    pub(crate) fn lists(&self) -> Lists {
        self.rules.clone().map(|mut rules| {
            let priority = |rule: &Rule| rule.priority.parse::<u32>().unwrap_or(u32::MAX);
            rules.sort_by_key(|rule| (priority(rule), rule.name.clone()));
            rules.into_iter().map(listed).collect()
        })
    }

    /// What a reader makes of it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let kinds = adr_cucm::RuleKind::ALL.into_iter().zip(&self.rules);
        let records = kinds.flat_map(|(kind, rules)| rules.iter().map(move |it| record(kind, it)));
        let mut records: Vec<_> = records.collect();
        records.sort_by(|a, b| (a.kind, &a.uuid).cmp(&(b.kind, &b.uuid)));
        let flagged: Vec<_> = self.flagged.iter().map(pattern).collect();
        let flagged = FlaggedPatterns::of(&flagged, &[]);
        Snapshot { rules: records.into(), flagged: flagged.into() }
    }
}

fn listed(rule: Rule) -> Listed {
    let count = |text: String| if text.is_empty() { "0".to_owned() } else { text };
    let content = [rule.begins_with, count(rule.digits), count(rule.remove), rule.prefix];
    Listed { name: rule.name, description: rule.description, content }
}

fn record(kind: adr_cucm::RuleKind, rule: &Rule) -> CucmRule {
    CucmRule {
        uuid: Uuid::new(&rule.uuid),
        description: rule.description.clone(),
        begins_with: rule.begins_with.clone(),
        digits: Count::new(&rule.digits),
        remove: Count::new(&rule.remove),
        prefix: rule.prefix.clone(),
        priority: Count::new(&rule.priority),
        ..CucmRule::new(kind, rule.name.clone())
    }
}

fn pattern(pattern: &Pattern) -> RoutingPattern {
    RoutingPattern {
        uuid: Uuid::new(&pattern.uuid),
        pattern: pattern.pattern.clone(),
        partition: pattern.partition.clone(),
        precedence: pattern.precedence.clone(),
        is_blocked: Some(pattern.blocked),
        is_emergency: Some(pattern.emergency),
        ..RoutingPattern::default()
    }
}

/// What a list has for clients.
pub(crate) fn contents(list: &[Listed]) -> Vec<Content> {
    list.iter().map(|rule| rule.content.clone()).collect()
}

/// Everything that CUCM held, oldest first. Two neighbors differ.
#[derive(Debug, Default)]
pub(crate) struct History(Mutex<Vec<Contents>>);

impl History {
    /// Notes what the state holds now.
    pub(crate) fn note(&self, state: &State) {
        let now = Contents::of(state);
        let mut all = self.all();
        if all.last() != Some(&now) {
            all.push(now);
        }
    }

    pub(crate) fn all(&self) -> MutexGuard<'_, Vec<Contents>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn len(&self) -> usize {
        self.all().len()
    }
}
