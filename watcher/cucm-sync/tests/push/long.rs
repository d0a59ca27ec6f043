//! A long push at the rate that CUCM allows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use adr_cucm_kit::{Fault, Injection, RateLimit, RuleKind};
use adr_push::WantedRule;

use crate::bench::{Bench, goal, wanted};

#[tokio::test]
async fn push_waits_while_cucm_rejects_more_calls_per_minute() {
    let rules: Vec<WantedRule> =
        (0..40).map(|at| wanted(&format!("Rule {at}"), (&format!("{at:03}"), 7, 0, "9"))).collect();
    let bench = Bench::with(Vec::new());
    // more rejections in a row than a session waits for
    let busy = Injection::new(Fault::Status(503)).operation("addApplicationDialRules");
    bench.cucm.faults().add(busy.skip(10).times(6));
    bench.push(goal(&rules)).await.unwrap();
    assert_eq!(bench.contents(RuleKind::Application).len(), rules.len());
    // 5, 10 and 20 s in the first round, 5 and 10 s in the second
    assert_eq!(bench.clock.0.load(Ordering::Relaxed), 50);
}

#[tokio::test]
async fn push_ends_with_a_record_if_cucm_stays_busy() {
    let rules = [wanted("One", ("1", 7, 0, "9")), wanted("Two", ("2", 7, 0, "9"))];
    let bench = Bench::with(Vec::new());
    bench.cucm.state().axl.write_limit = Some(RateLimit::new(1, Duration::from_secs(3600)));
    let error = bench.push(goal(&rules)).await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("call 2 of 2, to add `Two`: CUCM is still busy"), "{text}");
    assert!(bench.has_journal());
    bench.cucm.state().axl.write_limit = None;
    bench.push(goal(&rules)).await.unwrap();
    assert_eq!(bench.contents(RuleKind::Application).len(), 2);
}
