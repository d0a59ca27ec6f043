//! A model of CUCM: records in order, and what it refuses.

use std::collections::BTreeSet;

use adr_cucm::axl::RuleKey;
use adr_cucm::{CucmRule, RuleKind, Uuid, convert};
use adr_engine::Rule;
use adr_push::{Call, ListPlan, Step, Wanted, WantedRule, in_order, plan_list};

pub(crate) const KIND: RuleKind = RuleKind::Application;

/// A record.
pub(crate) fn record(name: &str, rule: (&str, i64, i64, &str), priority: i64) -> CucmRule {
    CucmRule {
        uuid: Uuid::new(&format!("key of {name}")),
        description: format!("about {name}"),
        begins_with: rule.0.to_owned(),
        digits: rule.1.into(),
        remove: rule.2.into(),
        prefix: rule.3.to_owned(),
        priority: priority.into(),
        ..CucmRule::new(KIND, name)
    }
}

/// A rule of a plan without name.
pub(crate) fn wanted(begins_with: &str, digits: i32, remove: i32, prefix: &str) -> WantedRule {
    let rule = Rule::from_deployed(begins_with, digits, remove, prefix);
    WantedRule { rule, name: None, description: None }
}

pub(crate) fn plan(present: &[CucmRule], rules: Vec<WantedRule>) -> ListPlan {
    plan_list(KIND, present.to_vec(), &Wanted::plan(rules)).unwrap()
}

/// The rules that clients apply, as the codec of CUCM orders them.
pub(crate) fn rules(records: &[CucmRule]) -> Vec<Rule> {
    let converted = convert(records.iter().cloned().map(Into::into).collect());
    converted.application.into_iter().map(|rule| rule.rule.unwrap()).collect()
}

/// The list after each step, the first one before any. Fails where CUCM would refuse a call.
pub(crate) fn lists(plan: &ListPlan) -> Vec<Vec<CucmRule>> {
    let mut records = plan.present().to_vec();
    let mut lists = vec![records.clone()];
    for step in plan.steps() {
        assert!(is_accepted(step, &records), "{step:?} with {records:?}");
        step.apply(&mut records);
        for (at, record) in records.iter_mut().enumerate() {
            let new = || Uuid::new(&format!("new {at} {}", record.name)).unwrap();
            record.uuid.get_or_insert_with(new);
        }
        lists.push(in_order(records.clone()));
    }
    lists
}

fn is_accepted(step: &Step, records: &[CucmRule]) -> bool {
    let has_name = |name: &str| records.iter().any(|record| record.name == name);
    let has_key = |key: &RuleKey| {
        records.iter().any(|record| match key {
            RuleKey::Name(name) => record.name == *name,
            RuleKey::Uuid(uuid) => record.uuid.as_ref() == Some(uuid),
        })
    };
    match &step.call {
        Call::Add(added) => !has_name(&added.0.name),
        Call::Update(update) => {
            has_key(&update.key)
                && !update.change.is_empty()
                && update.change.name.as_deref().is_none_or(|name| !has_name(name))
        }
        Call::Remove(remove) => has_key(&remove.key),
    }
}

/// Records without keys and priorities.
pub(crate) fn contents(records: &[CucmRule]) -> Vec<CucmRule> {
    let without =
        |record: &CucmRule| CucmRule { uuid: None, priority: Default::default(), ..record.clone() };
    records.iter().map(without).collect()
}

/// All numbers of `symbols` with up to `longest` characters.
pub(crate) fn numbers(symbols: &[u8], longest: usize) -> BTreeSet<Vec<u8>> {
    let mut all = BTreeSet::new();
    let mut last = vec![Vec::new()];
    for _ in 0..longest {
        let longer = |number: &Vec<u8>| {
            let number = number.clone();
            symbols.iter().map(move |symbol| [&number[..], &[*symbol]].concat())
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}
