//! What holds for every plan.

use adr_analysis::{Domain, difference};
use adr_cucm::{Count, CucmRule};
use adr_engine::{Rule, apply};
use adr_push::{ListPlan, Wanted, WantedRule, plan_list};
use proptest::prelude::*;
use proptest::sample::select;

use crate::model::{KIND, contents, lists, numbers, plan, record, rules};

type Values = (&'static str, i64, i64, &'static str);

fn values() -> impl Strategy<Value = Values> {
    let begins_with = select(vec!["", "1", "2", "11", "12", "21", "112"]);
    (begins_with, 0..4_i64, -1..3_i64, select(vec!["", "1", "2", "9"]))
}

fn priority() -> impl Strategy<Value = Count> {
    prop_oneof![
        8 => (0..6_i64).prop_map(Count::from),
        1 => (-2..40_i64).prop_map(Count::from),
        1 => Just(Count::Empty),
    ]
}

fn present() -> impl Strategy<Value = Vec<CucmRule>> {
    let rules = prop::collection::vec((values(), priority()), 0..7);
    let names = Just(["a", "b", "c", "d", "e", "f", "g"]).prop_shuffle();
    (rules, names).prop_map(|(rules, names)| {
        let record = |((values, priority), name): ((Values, Count), &str)| CucmRule {
            priority,
            ..record(name, values, 0)
        };
        rules.into_iter().zip(names).map(record).collect()
    })
}

/// What happens to a list on its way into a plan.
#[derive(Clone, Debug)]
enum Edit {
    Insert(usize, Values),
    Remove(usize),
    Move(usize, usize),
    Replace(usize, Values),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || 0..8_usize;
    let edit = prop_oneof![
        (at(), values()).prop_map(|(at, values)| Edit::Insert(at, values)),
        at().prop_map(Edit::Remove),
        (at(), at()).prop_map(|(from, to)| Edit::Move(from, to)),
        (at(), values()).prop_map(|(at, values)| Edit::Replace(at, values)),
    ];
    prop::collection::vec(edit, 0..5)
}

fn wanted_rule((begins_with, digits, remove, prefix): Values, name: Option<&str>) -> WantedRule {
    let (digits, remove) = (i32::try_from(digits).unwrap(), i32::try_from(remove).unwrap());
    WantedRule {
        rule: Rule::from_deployed(begins_with, digits, remove, prefix),
        name: name.map(str::to_owned),
        description: None,
    }
}

/// The rules of a list after edits; with or without the names that CUCM has.
fn edited(present: &[CucmRule], edits: &[Edit], with_names: bool) -> Vec<WantedRule> {
    let present = adr_push::in_order(present.to_vec());
    let names = present.iter().map(|record| with_names.then(|| record.name.clone()));
    let rules = rules(&present).into_iter().zip(names);
    let mut rules: Vec<WantedRule> =
        rules.map(|(rule, name)| WantedRule { rule, name, description: None }).collect();
    for edit in edits {
        let last = rules.len();
        match *edit {
            Edit::Insert(at, values) => rules.insert(at.min(last), wanted_rule(values, None)),
            Edit::Remove(at) if at < last => drop(rules.remove(at)),
            Edit::Move(from, to) if from < last => {
                let rule = rules.remove(from);
                rules.insert(to.min(last - 1), rule);
            }
            Edit::Replace(at, values) if at < last => {
                rules[at].rule = wanted_rule(values, None).rule;
            }
            Edit::Remove(_) | Edit::Move(..) | Edit::Replace(..) => {}
        }
    }
    rules
}

/// A list and what it should become.
fn cases() -> impl Strategy<Value = (Vec<CucmRule>, Vec<WantedRule>)> {
    (present(), edits(), any::<bool>()).prop_map(|(present, edits, with_names)| {
        let rules = edited(&present, &edits, with_names);
        (present, rules)
    })
}

/// Fails if a number goes where neither the first nor the last of these lists sends it.
fn assert_safe(between: &[Vec<CucmRule>], old: &[Rule], new: &[Rule]) {
    let all = numbers(b"012", 4);
    for (at, list) in between.iter().enumerate() {
        let list = rules(list);
        for number in &all {
            let result = apply(&list, number).result;
            let is_right = [old, new].iter().any(|rules| apply(rules, number).result == result);
            assert!(is_right, "step {at}: {}", String::from_utf8_lossy(number));
        }
        // the exact analysis knows numbers of any length and any characters
        for found in difference(old, &list, Domain::Anything) {
            let right = apply(new, &found.witness).result;
            assert_eq!(&*right, &found.new_result[..], "step {at}");
        }
    }
}

fn wanted_rules(rules: &[WantedRule]) -> Vec<Rule> {
    rules.iter().map(|wanted| wanted.rule.clone()).collect()
}

/// Numbers go where these rules send them.
fn assert_equal(records: &[CucmRule], wanted: &[Rule]) {
    let rules = rules(records);
    assert_eq!(rules.len(), wanted.len());
    let normal = |rule: &Rule| {
        let (begins_with, prefix) = (rule.begins_with().to_owned(), rule.prefix().to_owned());
        (begins_with, rule.length(), rule.remove().max(-1), prefix)
    };
    assert!(rules.iter().map(normal).eq(wanted.iter().map(normal)), "{rules:?} {wanted:?}");
}

fn target(plan: &ListPlan) -> Wanted {
    Wanted::records(plan.target()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn steps_make_the_wanted_list_and_misdirect_no_number((present, wanted) in cases()) {
        let plan = plan(&present, wanted.clone());
        let lists = lists(&plan);
        let last = lists.last().unwrap();
        let wanted = wanted_rules(&wanted);
        assert_equal(last, &wanted);
        prop_assert_eq!(contents(last), contents(plan.target()));
        for (record, target) in last.iter().zip(plan.target()) {
            prop_assert!(target.uuid.is_none() || target.uuid == record.uuid);
            prop_assert_eq!(&target.priority, &record.priority);
        }
        assert_safe(&lists, &rules(&present), &wanted);
    }

    #[test]
    fn second_push_has_no_step((present, wanted) in cases()) {
        let first = plan(&present, wanted.clone());
        let second = plan(lists(&first).last().unwrap(), wanted);
        prop_assert!(second.is_empty(), "{:?}", second.steps());
        prop_assert!(second.changes().is_empty());
    }

    #[test]
    fn equal_list_is_not_touched(present in present()) {
        let plan = plan(&present, edited(&present, &[], false));
        prop_assert!(plan.is_empty(), "{:?}", plan.steps());
    }

    #[test]
    fn interrupted_push_is_resumed_and_undone_from_every_step((present, wanted) in cases()) {
        let plan = plan(&present, wanted.clone());
        let (old, new) = (rules(&present), wanted_rules(&wanted));
        let original = Wanted::records(plan.present()).unwrap();
        for list in lists(&plan) {
            let resumed = plan_list(KIND, list.clone(), &target(&plan)).unwrap();
            let steps = lists(&resumed);
            prop_assert_eq!(contents(steps.last().unwrap()), contents(plan.target()));
            assert_safe(&steps, &old, &new);
            let undone = plan_list(KIND, list, &original).unwrap();
            let steps = lists(&undone);
            prop_assert_eq!(contents(steps.last().unwrap()), contents(plan.present()));
            assert_safe(&steps, &old, &new);
        }
    }

    #[test]
    fn record_without_change_is_in_no_call((present, wanted) in cases()) {
        let plan = plan(&present, wanted);
        let changed = plan.changes().iter().filter_map(|change| change.before.as_ref());
        let changed: Vec<&str> = changed.map(|placed| placed.record.name.as_str()).collect();
        for before in plan.present() {
            let is_kept = plan.target().contains(before);
            prop_assert_eq!(is_kept, !changed.contains(&before.name.as_str()));
            let last = lists(&plan).pop().unwrap();
            let is_same = last.contains(before);
            prop_assert!(!is_kept || is_same);
        }
    }
}
