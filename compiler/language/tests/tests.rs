//! Test lines: they give the results of clients, and a plan with a failing test is rejected.

use adr_engine::apply;
use adr_language::{DialPlan, EntryFile, Levels, ListKind, ReadError, World, load, run_tests};
use proptest::prelude::*;

struct Text(String);

impl World for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

fn dial_plan(text: String, levels: &Levels) -> Option<DialPlan> {
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    load(&Text(text), &[entry]).check(levels).into_plan()
}

/// Rules of a default view and of a site, and test lines about both.
fn plan(rules: &[(String, u8)], tests: &[(String, bool)]) -> String {
    let list = |prefix: u8| -> String {
        let rule = |(at, (begins_with, digits)): (usize, &(String, u8))| {
            let digits = usize::from(*digits).max(begins_with.len());
            format!(
                "  rule \"{at}\" {{ begins-with {begins_with}; digits {digits}; prefix {prefix} }}\n"
            )
        };
        rules.iter().enumerate().map(rule).collect()
    };
    let test = |(number, is_site): &(String, bool)| {
        let at = if *is_site { " at \"Dallas\"" } else { "" };
        format!("  dial {number}{at} -> unchanged\n")
    };
    let tests: String = tests.iter().map(test).collect();
    format!(
        "application {{\n{}}}\nsite \"Dallas\" {{\n  clients 10.0.0.0/8\n  application {{\n{}}}\n}}\ntest {{\n{tests}}}\n",
        list(8),
        list(9)
    )
}

proptest! {
    /// Few tests use the list, and many use a dialer made of it. Results and deciding rules are the
    /// same.
    #[test]
    fn test_outcome_equals_result_of_the_list(
        rules in proptest::collection::vec(("[0-3]{1,4}", 1_u8..7), 1..80),
        tests in proptest::collection::vec(("[0-3]{1,7}", any::<bool>()), 1..120),
    ) {
        let dial_plan = dial_plan(plan(&rules, &tests), &Levels::default().without_tests());
        let dial_plan = dial_plan.expect("a plan without errors");
        let outcomes = run_tests(&dial_plan);
        prop_assert_eq!(outcomes.len(), tests.len());
        for (outcome, (number, is_site)) in outcomes.iter().zip(&tests) {
            let view = if *is_site { dial_plan.site("Dallas").expect("a site") } else { dial_plan.default_view() };
            let applied = apply(view.list(ListKind::Application).rules(), number.as_bytes());
            prop_assert_eq!(outcome.actual.as_bytes(), &*applied.result);
            let position = outcome.rule.as_ref().map(|(_, position)| position - 1);
            prop_assert_eq!(position, applied.rule);
            prop_assert_eq!(outcome.passed(), applied.result == number.as_bytes());
        }
    }

    /// A dial plan is returned exactly if all of its tests pass, or are disabled.
    #[test]
    fn failing_test_yields_no_dial_plan(
        rules in proptest::collection::vec(("[0-3]{1,2}", 1_u8..4), 1..6),
        tests in proptest::collection::vec(("[0-3]{1,4}", any::<bool>()), 1..6),
    ) {
        let text = plan(&rules, &tests);
        let skipped = dial_plan(text.clone(), &Levels::default().without_tests());
        let skipped = skipped.expect("a plan without errors");
        prop_assert!(!skipped.tests_passed());
        let passes = run_tests(&skipped).iter().all(adr_language::TestOutcome::passed);
        let checked = dial_plan(text, &Levels::default());
        prop_assert_eq!(checked.is_some(), passes);
        prop_assert!(checked.is_none_or(|dial_plan| dial_plan.tests_passed()));
    }
}
