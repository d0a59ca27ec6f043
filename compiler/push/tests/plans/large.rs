//! Long lists.

use adr_cucm::CucmRule;
use adr_push::{Purpose, WantedRule};

use crate::model::{plan, record, wanted};

const RULES: usize = 10_000;

fn present() -> Vec<CucmRule> {
    let rule = |at: usize| {
        let begins_with = format!("+{:05}", at * 7 % RULES);
        record(&format!("rule {at:05}"), (&begins_with, 12, 2, "9"), at as i64)
    };
    (0..RULES).map(rule).collect()
}

fn rules(records: &[CucmRule]) -> Vec<WantedRule> {
    records.iter().map(|it| wanted(&it.begins_with, 12, 2, "9")).collect()
}

#[test]
fn inserted_rule_renumbers_ten_thousand_others_in_place() {
    let present = present();
    let mut rules = rules(&present);
    rules.insert(0, wanted("", 12, 0, "8"));
    let plan = plan(&present, rules);
    assert_eq!(plan.steps().len(), RULES + 1);
    let renumbered = |purpose| purpose == Purpose::Renumber;
    assert!(plan.steps()[..RULES].iter().all(|step| renumbered(step.purpose)));
}

#[test]
fn ten_thousand_rules_are_edited_in_place() {
    let present = present();
    let mut rules = rules(&present);
    for rule in &mut rules {
        *rule = wanted(rule.rule.begins_with(), 12, 2, "91");
    }
    rules.push(wanted("", 12, 0, "8"));
    let plan = plan(&present, rules);
    assert_eq!(plan.steps().len(), RULES + 1);
}

#[test]
fn ten_thousand_rules_for_the_same_numbers_are_reversed() {
    let rule = |at: usize| {
        record(&format!("rule {at:05}"), ("+1", 12, 2, &format!("9{at:05}")), at as i64)
    };
    let present: Vec<CucmRule> = (0..RULES).map(rule).collect();
    let wanted = present.iter().rev().map(|it| wanted("+1", 12, 2, &it.prefix)).collect();
    let plan = plan(&present, wanted);
    assert!(plan.steps().len() <= 3 * RULES);
    let last = plan.after(0);
    assert_eq!(last.len(), RULES);
}
