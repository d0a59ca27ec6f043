//! Plans by example.

use adr_cucm::axl::{RuleChange, RuleKey};
use adr_cucm::{Count, CucmRule};
use adr_engine::Rule;
use adr_push::{Call, PlanError, Purpose, Wanted, WantedRule, plan_list};

use crate::model::{KIND, lists, plan, record, wanted};

/// The purposes and names of the steps.
fn purposes(present: &[CucmRule], rules: Vec<WantedRule>) -> Vec<(Purpose, String)> {
    let plan = plan(present, rules);
    lists(&plan);
    plan.steps().iter().map(|step| (step.purpose, step.name.clone())).collect()
}

fn step(purpose: Purpose, name: &str) -> (Purpose, String) {
    (purpose, name.to_owned())
}

#[test]
fn new_rules_of_an_empty_list_get_successive_priorities() {
    let plan = plan(&[], vec![wanted("1", 4, 0, "9"), wanted("2", 4, 0, "9")]);
    let priorities: Vec<Count> = plan.target().iter().map(|it| it.priority.clone()).collect();
    assert_eq!(priorities, [Count::from(0), Count::from(1)]);
}

#[test]
fn later_rules_make_room_for_an_inserted_one_from_the_last_on() {
    let present = [
        record("a", ("1", 4, 0, "9"), 0),
        record("b", ("1", 4, 1, "8"), 1),
        record("c", ("1", 4, 2, "7"), 2),
    ];
    let rules = vec![
        wanted("1", 4, 0, "9"),
        wanted("12", 4, 0, "6"),
        wanted("1", 4, 1, "8"),
        wanted("1", 4, 2, "7"),
    ];
    let expected = [
        step(Purpose::Renumber, "c"),
        step(Purpose::Renumber, "b"),
        step(Purpose::Add, "Begins 12, 4 digits"),
    ];
    assert_eq!(purposes(&present, rules), expected);
}

#[test]
fn rule_is_added_between_priorities_that_leave_room() {
    let present = [record("a", ("1", 4, 0, "9"), 10), record("b", ("2", 4, 0, "9"), 20)];
    let rules = vec![wanted("1", 4, 0, "9"), wanted("3", 4, 0, "9"), wanted("2", 4, 0, "9")];
    let plan = plan(&present, rules);
    assert_eq!(plan.steps().len(), 1);
    assert_eq!(plan.target()[1].priority, Count::from(15));
}

#[test]
fn renamed_rule_of_the_plan_keeps_its_name_in_cucm() {
    let present = [record("Old name", ("1", 4, 0, "9"), 0)];
    let rules = vec![WantedRule { name: Some("New name".to_owned()), ..wanted("1", 4, 0, "9") }];
    assert!(plan(&present, rules).is_empty());
}

#[test]
fn edited_rule_is_found_by_its_name() {
    let present = [record("US", ("+1", 12, 1, "9"), 0), record("DE", ("+49", 13, 1, "900"), 1)];
    let named = |name: &str, rule| WantedRule { name: Some(name.to_owned()), ..rule };
    let rules =
        vec![named("US", wanted("+1", 12, 1, "91")), named("DE", wanted("+49", 13, 1, "900"))];
    let plan = plan(&present, rules);
    let [step] = plan.steps() else { panic!("{:?}", plan.steps()) };
    let Call::Update(update) = &step.call else { panic!("{step:?}") };
    assert_eq!(Some(&update.key), present[0].uuid.clone().map(RuleKey::Uuid).as_ref());
    let prefix = Some("91".to_owned());
    assert_eq!(update.change, RuleChange { prefix, ..RuleChange::default() });
}

#[test]
fn rule_that_moves_behind_others_is_updated_in_place_if_no_number_goes_elsewhere() {
    let present = [record("a", ("1", 4, 0, "9"), 0), record("b", ("", 4, 0, "8"), 1)];
    let moved = plan(&present, vec![wanted("", 4, 0, "8"), wanted("1", 4, 0, "9")]);
    lists(&moved);
    assert_eq!(moved.steps().len(), 1);
    assert_eq!(moved.steps()[0].purpose, Purpose::Update);
    let moved: Vec<bool> = moved.changes().iter().map(|change| change.is_moved).collect();
    assert_eq!(moved, [true]);
}

#[test]
fn rules_that_exchange_their_numbers_are_replaced_by_copies() {
    // whichever is updated first, the numbers of the other go to the wrong one
    let named = |name: &str, rule| WantedRule { name: Some(name.to_owned()), ..rule };
    let present = [record("a", ("1", 4, 0, "7"), 0), record("b", ("2", 4, 0, "8"), 1)];
    let rules = vec![
        named("a", wanted("3", 4, 0, "7")),
        named("b", wanted("1", 4, 0, "8")),
        wanted("", 4, 0, "6"),
    ];
    let expected = [
        step(Purpose::Copy, "a (2)"),
        step(Purpose::Copy, "b (2)"),
        step(Purpose::Add, "Any number, 4 digits"),
        step(Purpose::RemoveReplaced, "b"),
        step(Purpose::RemoveReplaced, "a"),
        step(Purpose::Rename, "a (2)"),
        step(Purpose::Rename, "b (2)"),
    ];
    assert_eq!(purposes(&present, rules), expected);
}

#[test]
fn counts_that_mean_the_same_are_left_alone() {
    let mut any = record("any", ("+", 0, 0, "9"), 0);
    (any.digits, any.remove) = (Count::Empty, Count::Empty);
    assert!(plan(&[any.clone()], vec![wanted("+", 0, 0, "9")]).is_empty());
    let plan = plan(&[any], vec![wanted("+", 0, 0, "8")]);
    assert_eq!(plan.target()[0].digits, Count::Empty);
}

#[test]
fn two_rules_that_exchange_their_names_get_them_in_the_end() {
    let present = [record("a", ("1", 4, 0, "9"), 0), record("b", ("2", 4, 0, "9"), 1)];
    let mut exchanged = present.clone();
    exchanged[0].name = "b".to_owned();
    exchanged[1].name = "a".to_owned();
    let plan = plan_list(KIND, present.to_vec(), &Wanted::records(&exchanged).unwrap()).unwrap();
    let last = lists(&plan).pop().unwrap();
    assert_eq!(last[0].name, "b");
    assert_eq!(last[0].begins_with, "1");
    assert_eq!(last[1].name, "a");
}

#[test]
fn record_that_is_not_a_rule_is_an_error() {
    let mut broken = record("bro\"ken", ("1", 4, 0, "9"), 0);
    broken.digits = Count::Other("four".to_owned());
    let error = plan_list(KIND, vec![broken], &Wanted::plan(Vec::new())).unwrap_err();
    let PlanError::UnreadableCount { field, .. } = &error;
    assert_eq!(*field, "Number of Digits");
    let text = "rule `bro\\\"ken` in CUCM: Number of Digits is `four`, which is not a count";
    assert_eq!(error.to_string(), text);
    assert!(!error.help().is_empty());
}

#[test]
fn names_of_cucm_outside_the_limits_are_kept() {
    let names = ["& < > \" %", "Größe №1", &"x".repeat(100)];
    let present: Vec<CucmRule> =
        (0..3).map(|at| record(names[at], (["1", "2", "3"][at], 4, 0, "9"), 7)).collect();
    let ordered = adr_push::in_order(present.clone());
    let mut rules: Vec<WantedRule> =
        ordered.iter().map(|it| wanted(&it.begins_with, 4, 0, "9")).collect();
    assert!(plan(&present, rules.clone()).is_empty());
    rules[0].rule = Rule::from_deployed(rules[0].rule.begins_with(), 4, 0, "8");
    let plan = plan(&present, rules);
    assert_eq!(plan.steps().len(), 1);
}
