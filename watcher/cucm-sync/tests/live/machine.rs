//! Decisions of the live source, against a model of CUCM.

use std::time::Duration;

use adr_cucm::RuleKind;
use adr_cucm_sync::live::{FULL_READ_EVERY, FailureKind, Former, Live, Output, Parts, Question};
use proptest::prelude::*;

use crate::model::{Contents, Edit, Exchange, POLL, Run, exchanges};

/// Rounds after which everything must have been read: the hourly read, a failure before it, and a
/// second, equal answer.
const QUIET_ROUNDS: usize = 80;

fn fails(kind: FailureKind) -> Vec<Exchange> {
    vec![Exchange { edits: Vec::new(), failure: Some(kind) }]
}

fn edited(edits: &[Edit]) -> Vec<Exchange> {
    vec![Exchange { edits: edits.to_vec(), failure: None }]
}

/// A run that has published what the model holds.
fn settled() -> Run {
    let mut run = Run::new();
    run.round(&[]);
    assert_eq!(run.published, [run.model.now.snapshot()]);
    run.asked.clear();
    run.published.clear();
    run
}

const RULE: Edit = Edit::Rule(RuleKind::Application, 3);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn after_quiet_the_published_rules_are_those_of_cucm(script in exchanges()) {
        let mut run = Run::new();
        let mut rest = &script[..];
        while !rest.is_empty() {
            let used = run.round(rest);
            rest = rest.get(used.max(1)..).unwrap_or_default();
        }
        for _ in 0..QUIET_ROUNDS {
            run.round(&[]);
        }
        prop_assert_eq!(run.published.last(), Some(&run.model.now.snapshot()));
    }

    #[test]
    fn each_published_list_is_one_that_cucm_held(script in exchanges()) {
        let mut run = Run::new();
        let mut rest = &script[..];
        while !rest.is_empty() {
            let used = run.round(rest);
            rest = rest.get(used.max(1)..).unwrap_or_default();
        }
        let held: Vec<_> = run.model.history.iter().map(Contents::snapshot).collect();
        for published in &run.published {
            for kind in RuleKind::ALL {
                let of_kind = |snapshot: &adr_cucm_sync::live::Snapshot| {
                    let rules = snapshot.rules.iter().filter(|rule| rule.kind == kind);
                    rules.cloned().collect::<Vec<_>>()
                };
                let list = of_kind(published);
                prop_assert!(held.iter().any(|held| of_kind(held) == list));
            }
            prop_assert!(held.iter().any(|held| held.flagged == published.flagged));
        }
    }

    #[test]
    fn with_a_list_of_changes_all_lists_are_of_one_moment(script in exchanges()) {
        let mut run = Run::new();
        let mut restarts = 0;
        let with_changes = script.into_iter().map(|mut exchange| {
            // after three lost queues in a row, adrc compares lists, which nothing verifies
            exchange.edits.retain(|edit| match edit {
                Edit::Switch(_) => false,
                Edit::Restart => {
                    restarts += 1;
                    restarts <= 2
                }
                _ => true,
            });
            let has_no_queue = exchange.failure == Some(FailureKind::NoChanges);
            let is_lost = exchange.failure == Some(FailureKind::QueueLost);
            exchange.failure = exchange.failure.filter(|_| !has_no_queue && !is_lost);
            exchange
        });
        let script: Vec<_> = with_changes.collect();
        let mut rest = &script[..];
        while !rest.is_empty() {
            let used = run.round(rest);
            rest = rest.get(used.max(1)..).unwrap_or_default();
        }
        let held: Vec<_> = run.model.history.iter().map(Contents::snapshot).collect();
        for published in &run.published {
            prop_assert!(held.contains(published));
        }
    }
}

/// More cases in the long form of the tests.
fn cases() -> u32 {
    if std::env::var_os("ADR_LONG").is_some() { 100_000 } else { 2_000 }
}

#[test]
fn quiet_poll_asks_one_question() {
    let mut run = settled();
    for _ in 0..10 {
        run.round(&[]);
    }
    assert_eq!(run.asked.len(), 10);
    assert!(run.asked.iter().all(|question| matches!(question, Question::Changes(_))));
    assert_eq!((run.published.len(), run.outputs.len()), (0, 0));
}

#[test]
fn pause_is_at_most_the_poll_interval() {
    let mut run = settled();
    for _ in 0..10 {
        let pause = run.live.due().unwrap().saturating_sub(run.time);
        assert!(pause <= POLL && pause >= POLL / 2, "{pause:?}");
        run.round(&[]);
    }
}

/// An edit makes adrc read these lists, once.
fn assert_reads(edit: Edit, parts: Parts) {
    let mut run = settled();
    run.round(&edited(&[edit]));
    let lists: Vec<_> = run.asked.iter().filter(|it| matches!(it, Question::Lists(_))).collect();
    assert_eq!(lists, [&Question::Lists(parts)]);
    assert_eq!(run.published, [run.model.now.snapshot()]);
}

#[test]
fn edited_rule_is_read_without_the_patterns() {
    assert_reads(RULE, Parts { rules: true, patterns: false });
}

#[test]
fn edited_flag_is_read_without_the_rules() {
    assert_reads(Edit::Flag(3), Parts { rules: false, patterns: true });
}

#[test]
fn everything_is_read_once_an_hour() {
    let mut run = settled();
    let began = run.time;
    while run.time < began + FULL_READ_EVERY.saturating_mul(3) + POLL * 4 {
        run.round(&[]);
    }
    let is_quiet_poll = |asked: &&Question| matches!(asked, Question::Changes(_));
    let whole: Vec<_> = run.asked.iter().filter(|asked| !is_quiet_poll(asked)).collect();
    assert_eq!(whole, [&Question::Baseline, &Question::Lists(Parts::ALL)].repeat(3));
}

#[test]
fn emptied_list_is_published_after_a_second_equal_answer() {
    let mut run = settled();
    run.round(&edited(&[Edit::Clear(RuleKind::Application)]));
    assert_eq!(run.published.len(), 0);
    let [Output::Held(Some(shrunk))] = &run.outputs[..] else { panic!("{:?}", run.outputs) };
    assert_eq!(shrunk.to_string(), "CUCM lists 0 application dial rules where it had 6");
    run.round(&[]);
    assert_eq!(run.published, [run.model.now.snapshot()]);
    assert_eq!(run.outputs.last(), Some(&Output::Held(None)));
}

#[test]
fn emptied_list_that_comes_back_is_never_published() {
    let mut run = settled();
    let before = run.model.now.clone();
    run.round(&edited(&[Edit::Clear(RuleKind::Application)]));
    run.model.now = before;
    run.round(&[]);
    assert_eq!(run.published, []);
    assert_eq!(run.outputs.last(), Some(&Output::Held(None)));
}

#[test]
fn list_that_was_halved_while_adrc_did_not_run_needs_a_second_equal_answer() {
    let rules = Run::new().model.now.snapshot().rules;
    let of_kind = |kind| rules.iter().filter(|rule| rule.kind == kind).count();
    let now = RuleKind::ALL.map(of_kind);
    for (times, more, is_held) in [(2, 0, true), (1, 4, true), (1, 0, false)] {
        let mut run = Run::new();
        let (application, lookup) = (times * now[0], now[1] + more);
        let former = Some(Former { application, lookup });
        run.live = Live::new(POLL).with_former(former);
        run.round(&[]);
        assert_eq!(run.published.is_empty(), is_held, "{former:?}");
        run.round(&[]);
        assert_eq!(run.published, [run.model.now.snapshot()]);
    }
}

#[test]
fn without_a_list_of_changes_a_second_equal_answer_confirms_an_edit() {
    let mut run = settled();
    run.round(&edited(&[Edit::Switch(false)]));
    run.asked.clear();
    run.round(&edited(&[RULE]));
    let first = Parts { rules: true, patterns: false };
    assert_eq!(run.asked, [Question::Lists(first), Question::Lists(Parts::ALL)]);
    assert_eq!(run.published, [run.model.now.snapshot()]);
}

#[test]
fn removed_flags_need_a_second_equal_answer() {
    let mut run = settled();
    run.round(&edited(&[Edit::Flag(2)]));
    assert_eq!(run.published.len(), 0);
    run.round(&[]);
    assert_eq!(run.published, [run.model.now.snapshot()]);
}

#[test]
fn wrong_password_is_asked_once_an_hour_until_the_settings_change() {
    let mut run = settled();
    run.round(&fails(FailureKind::Permanent));
    assert_eq!((run.asked.len(), run.live.is_stopped()), (1, true));
    let rest = run.live.due().unwrap().saturating_sub(run.time);
    assert!(rest > Duration::from_secs(3000), "{rest:?}");
    let [Output::Silent { since, .. }] = &run.outputs[..] else { panic!("{:?}", run.outputs) };
    assert!(*since < POLL, "the time of the last answer: {since:?}");
    run.reload(&[]);
    assert_eq!(run.outputs.last(), Some(&Output::Recovered));
}

#[test]
fn answer_an_hour_after_a_wrong_password_ends_the_stop() {
    let mut run = settled();
    run.round(&fails(FailureKind::Permanent));
    run.round(&[]);
    assert_eq!(run.outputs.last(), Some(&Output::Recovered));
    assert!(!run.live.is_stopped());
    assert!(run.live.due().unwrap().saturating_sub(run.time) <= POLL, "adrc polls again");
}

#[test]
fn delays_after_failures_grow_up_to_the_poll_interval() {
    let mut run = settled();
    let mut delays = Vec::new();
    for _ in 0..7 {
        run.round(&fails(FailureKind::Transient));
        let delay = run.live.due().unwrap().saturating_sub(run.time);
        delays.push(delay.as_secs());
    }
    assert!(delays.is_sorted(), "{delays:?}");
    assert!(delays[0] < 6 && delays[6] > POLL.as_secs() / 2, "{delays:?}");
    let silent = |output: &&Output| matches!(output, Output::Silent { .. });
    assert_eq!(run.outputs.iter().filter(silent).count(), 1, "adrc reports the same reason once");
}

#[test]
fn queue_that_is_always_lost_does_not_keep_rules_back() {
    let mut run = Run::new();
    let quiet = Exchange { edits: Vec::new(), failure: None };
    let lost = fails(FailureKind::QueueLost).remove(0);
    // baseline, lists, changes, three times
    let script = vec![[quiet.clone(), quiet, lost]; 3].concat();
    run.round(&script);
    assert_eq!(run.published, [run.model.now.snapshot()]);
    assert!(run.time < Duration::from_secs(5), "{:?}", run.time);
}

#[test]
fn failed_list_does_not_recover_because_other_questions_are_answered() {
    let mut run = settled();
    let list_fails = [edited(&[RULE]), fails(FailureKind::Transient)].concat();
    run.round(&list_fails);
    run.round(&fails(FailureKind::Transient));
    let recovered = |output: &Output| matches!(output, Output::Recovered);
    assert!(!run.outputs.iter().any(recovered), "{:?}", run.outputs);
    run.round(&[]);
    assert_eq!(run.outputs.last(), Some(&Output::Recovered));
    assert_eq!(run.published, [run.model.now.snapshot()]);
}
