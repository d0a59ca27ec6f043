//! Somebody else works on the same rules.

use adr_cucm_client::CallError;
use adr_cucm_kit::{CucmStandIn, Fault, Rule, RuleKind};
use adr_cucm_sync::push::{Goal, Journal, JournalError, PushError};

use crate::bench::{Bench, example, goal};

fn edit(cucm: &CucmStandIn) {
    let rule = Rule::new("Edited", "77", [7, 0], "9").priority(9);
    cucm.state().add_rule(RuleKind::Application, rule);
}

#[tokio::test]
async fn edit_after_the_plan_is_a_conflict_and_nothing_changes() {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    let prepared = bench.prepare(goal(&plan)).await.unwrap();
    edit(&bench.cucm);
    let before = bench.cucm.state().rules(RuleKind::Application).to_vec();
    let error = prepared.carry_out(&bench.session(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, PushError::Changed { .. }) && error.is_conflict(), "{error:?}");
    let text = "application rule 5: CUCM also has `Edited`: somebody changed rules in CUCM after \
                the plan was made";
    assert_eq!(error.to_string(), text);
    assert_eq!(bench.cucm.state().rules(RuleKind::Application), before);
    assert!(!bench.has_journal());
}

#[tokio::test]
async fn edit_during_the_push_is_found_when_the_lists_are_read_back() {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    let prepared = bench.prepare(goal(&plan)).await.unwrap();
    let first = std::cell::Cell::new(true);
    let report = |_: adr_cucm_sync::push::StepReport<'_>| {
        if first.replace(false) {
            edit(&bench.cucm);
        }
    };
    let error = prepared.carry_out(&bench.session(), &report).await.unwrap_err();
    assert!(matches!(error, PushError::Mismatch { .. }), "{error:?}");
    assert!(bench.has_journal());
    bench.push(goal(&plan)).await.unwrap();
    assert_eq!(bench.contents(RuleKind::Application).len(), plan.len());
    assert!(!bench.has_journal());
}

#[tokio::test]
async fn second_push_to_the_same_cluster_is_a_conflict() {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    let one = bench.prepare(goal(&plan)).await.unwrap();
    let other = bench.prepare(goal(&plan)).await.unwrap();
    bench.cucm.faults().at(3, Fault::Status(403));
    let error = one.carry_out(&bench.session(), &|_| {}).await.unwrap_err();
    let PushError::Call { done: 0, source: CallError::Answer(_), .. } = &error else {
        panic!("{error:?}");
    };
    let error = other.carry_out(&bench.session(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, PushError::Journal(JournalError::InUse { .. })), "{error:?}");
    assert!(error.is_conflict());
}

#[tokio::test]
async fn damaged_journal_is_an_error_that_names_it() {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    let path = Journal::read(bench.folder.path(), &bench.node()).unwrap().path().to_owned();
    for text in ["", "{", "{\"version\": 2, \"old\": {}, \"wanted\": {}}"] {
        std::fs::write(&path, text).unwrap();
        let error = bench.prepare(goal(&plan)).await.unwrap_err();
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        assert!(error.help().contains("adrc diff"));
    }
}

#[tokio::test]
async fn nothing_is_undone_without_an_unfinished_push() {
    let (rules, _) = example();
    let bench = Bench::with(rules);
    let error = bench.prepare(Goal::Rollback).await.unwrap_err();
    assert_eq!(error.to_string(), "no push to this cluster is unfinished");
}

#[tokio::test]
async fn release_without_operations_for_dial_rules_is_an_error() {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    bench.cucm.state().set_release("9.1.2.10000(28)");
    let error = bench.prepare(goal(&plan)).await.unwrap_err();
    assert_eq!(error.to_string(), "CUCM speaks AXL 9.1, which cannot change dial rules");
}
