//! Faults at every request of a push.

use adr_cucm_kit::{Fault, RuleKind};
use adr_cucm_sync::push::{Goal, PushError};
use adr_push::ListPlan;

use crate::bench::{Bench, announced, example, goal};

/// One fault of each kind that a session does not hide.
fn faults() -> Vec<Fault> {
    vec![
        Fault::Status(500),
        Fault::Status(503),
        Fault::Unauthorized,
        Fault::Redirect("https://elsewhere.example.com/".to_owned()),
        Fault::RateExceeded,
        Fault::Bytes(b"<html><title>Sign in</title></html>".to_vec()),
        Fault::Close,
        Fault::CloseAfter,
        Fault::HangAfter,
        Fault::CutAt(100),
        Fault::Die,
        Fault::DieAfter,
    ]
}

/// How many requests a push of the example takes.
async fn requests() -> usize {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    bench.push(goal(&plan)).await.unwrap();
    bench.cucm.log().len()
}

#[tokio::test]
async fn push_with_a_fault_at_any_request_is_resumed_or_undone() {
    let requests = requests().await;
    assert!(requests > 8, "{requests}");
    for at in 1..=requests {
        for fault in faults() {
            let is_undone = at % 2 == 0;
            assert_recovers(at, fault, is_undone).await;
        }
    }
}

async fn assert_recovers(at: usize, fault: Fault, is_undone: bool) {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    let old = bench.contents(RuleKind::Application);
    let steps = bench.prepare(goal(&plan)).await.unwrap();
    let announced = announced(&steps.plans()[0]);
    let new = announced.last().unwrap().clone();
    bench.cucm.clear_log();
    bench.fault_at(at, fault.clone(), 3);

    let result = bench.push(goal(&plan)).await;
    let now = bench.contents(RuleKind::Application);
    assert!(announced.contains(&now), "{fault:?} at {at}: {now:?}");
    match &result {
        Ok(()) => assert_eq!(now, new, "{fault:?} at {at}"),
        Err(error) => {
            assert!(!error.to_string().contains('\n') && !error.help().is_empty());
            assert!(now == old || bench.has_journal(), "{fault:?} at {at}: {error}");
        }
    }
    bench.end_fault();
    bench.cucm.state().nodes[0].is_alive = true;

    if is_undone && bench.has_journal() {
        bench.push(Goal::Rollback).await.unwrap();
        assert_eq!(bench.contents(RuleKind::Application), old, "{fault:?} at {at}");
    } else {
        bench.push(goal(&plan)).await.unwrap();
        assert_eq!(bench.contents(RuleKind::Application), new, "{fault:?} at {at}");
    }
    assert!(!bench.has_journal());
}

#[tokio::test]
async fn call_whose_answer_is_lost_is_not_made_twice() {
    let (rules, plan) = example();
    for fault in [Fault::CloseAfter, Fault::HangAfter, Fault::CutAt(50)] {
        let bench = Bench::with(rules.clone());
        let prepared = bench.prepare(goal(&plan)).await.unwrap();
        let steps: usize = prepared.plans().iter().map(|plan| plan.steps().len()).sum();
        bench.cucm.clear_log();
        // both lists are read first
        bench.fault_at(3, fault, 10);
        prepared.carry_out(&bench.session(), &|_| {}).await.unwrap();
        let writes = bench.cucm.operations();
        let writes = writes.iter().filter(|operation| !operation.starts_with("list"));
        assert_eq!(writes.count(), steps);
    }
}

#[tokio::test]
async fn wrong_password_is_not_tried_again() {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    let prepared = bench.prepare(goal(&plan)).await.unwrap();
    let session = bench.session();
    session.versions().await.unwrap();
    bench.cucm.clear_log();
    bench.cucm.state().users[0].password = "another".to_owned();
    bench.cucm.state().expire_sessions();
    let error = prepared.carry_out(&session, &|_| {}).await.unwrap_err();
    assert!(matches!(error, PushError::Read(_)), "{error:?}");
    let with_password = bench.cucm.log().iter().filter(|entry| entry.with_password).count();
    assert_eq!(with_password, 1);
}

#[tokio::test]
async fn undo_that_is_cut_off_can_be_undone_again() {
    let (rules, plan) = example();
    let bench = Bench::with(rules);
    let old = bench.contents(RuleKind::Application);
    let steps = |plans: &[ListPlan]| plans[0].steps().len();
    let prepared = bench.prepare(goal(&plan)).await.unwrap();
    bench.cucm.faults().at(2 + steps(prepared.plans()), Fault::Status(403));
    prepared.carry_out(&bench.session(), &|_| {}).await.unwrap_err();
    bench.cucm.faults().clear();

    let undo = bench.prepare(Goal::Rollback).await.unwrap();
    assert!(undo.is_resumed() && steps(undo.plans()) > 1);
    bench.cucm.faults().at(4, Fault::Status(403));
    undo.carry_out(&bench.session(), &|_| {}).await.unwrap_err();
    bench.cucm.faults().clear();
    bench.push(Goal::Rollback).await.unwrap();
    assert_eq!(bench.contents(RuleKind::Application), old);
}
