//! Pushes that succeed.

use adr_cucm_kit::{Pattern, Rule, RuleKind};
use adr_cucm_sync::push::{Goal, PushError};

use crate::bench::{Bench, example, goal, wanted};

fn text(values: (&str, &str, &str, &str)) -> (String, String, String, String) {
    let (begins_with, digits, remove, prefix) = values;
    (begins_with.to_owned(), digits.to_owned(), remove.to_owned(), prefix.to_owned())
}

#[tokio::test]
async fn both_lists_become_those_of_the_plan() {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    let lookup = vec![wanted("Inbound", ("408", 10, 5, ""))];
    bench.push(Goal::Plan([plan.clone(), lookup.clone()])).await.unwrap();
    let expected = [
        text(("", "7", "0", "8")),
        text(("+1", "12", "2", "92")),
        text(("5", "7", "0", "9")),
        text(("+49", "13", "1", "900")),
    ];
    assert_eq!(bench.contents(RuleKind::Application), expected);
    assert_eq!(bench.contents(RuleKind::DirectoryLookup), [text(("408", "10", "5", ""))]);
    assert!(!bench.has_journal());

    bench.cucm.clear_log();
    let again = bench.prepare(Goal::Plan([plan, lookup])).await.unwrap();
    assert!(again.is_empty() && !again.is_resumed());
    let reads = [
        "getCCMVersion",
        "listApplicationDialRules",
        "listDirectoryLookupDialRules",
        "listRoutePattern",
        "listTransPattern",
    ];
    assert_eq!(bench.cucm.operations(), reads);
}

#[tokio::test]
async fn plan_that_changes_a_flagged_number_is_refused() {
    let bench = Bench::with(Vec::new());
    bench.cucm.state().route_patterns.push(Pattern::new("9.911", "Emergency").emergency());
    let nine = wanted("Nine", ("9", 4, 0, "8"));
    let error = bench.push(goal(std::slice::from_ref(&nine))).await.unwrap_err();
    assert!(matches!(error, PushError::Emergency(_)), "{error}");
    let message = "CUCM flags route pattern `9.911` in partition `Emergency` as an emergency \
                   number, and the dial plan sends `9911` out as `89911`";
    assert_eq!(error.to_string(), message);
    assert!(bench.contents(RuleKind::Application).is_empty());
    let keep = wanted("Emergency", ("9911", 4, 4, "9911"));
    bench.push(goal(&[keep, nine])).await.unwrap();
}

#[tokio::test]
async fn names_outside_the_limits_of_the_page_stay() {
    let names = ["& < > \" % '", "Größe №1 日本", &"x".repeat(100)];
    let rules = (0..3).map(|at| Rule::new(names[at], ["1", "2", "3"][at], [7, 0], "9").priority(3));
    let bench = Bench::with(rules.collect());
    let plan: Vec<_> = ["3", "2", "1"].map(|it| wanted(it, (it, 7, 0, "8"))).to_vec();
    bench.push(goal(&plan)).await.unwrap();
    let begins: Vec<String> =
        bench.contents(RuleKind::Application).into_iter().map(|it| it.0).collect();
    assert_eq!(begins, ["3", "2", "1"]);
    let state = bench.cucm.state();
    let mut kept: Vec<&str> =
        state.rules(RuleKind::Application).iter().map(|rule| rule.name.as_str()).collect();
    kept.sort_unstable();
    assert_eq!(kept.len(), 3);
}

#[tokio::test]
async fn record_that_only_moves_keeps_its_key_and_description() {
    let mut moved = Rule::new("b", "2", [7, 0], "9").priority(1);
    moved.description = "100 % & <more>".to_owned();
    let bench = Bench::with(vec![Rule::new("a", "1", [7, 0], "9").priority(0), moved]);
    let before = bench.cucm.state().rules(RuleKind::Application)[1].clone();
    let plan = [wanted("b", ("2", 7, 0, "9")), wanted("a", ("1", 7, 0, "9"))];
    bench.push(goal(&plan)).await.unwrap();
    let state = bench.cucm.state();
    let after = state.rules(RuleKind::Application).iter().find(|rule| rule.name == "b").unwrap();
    assert_eq!((&after.uuid, &after.description), (&before.uuid, &before.description));
}
