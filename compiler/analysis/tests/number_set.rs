//! Numbers that leave a set, compared with applying the rules to each of them.

use adr_analysis::{Leaving, NumberSet};
use adr_engine::{Rule, apply};
use proptest::prelude::*;

fn rule() -> impl Strategy<Value = Rule> {
    let digits = prop_oneof![6 => 1..=5_i32, 1 => -1..=0_i32];
    ("[+]?[019]{0,3}", digits, 0..=4_i32, "[019]{0,2}").prop_map(
        |(prefix, digits, remove, with)| Rule::from_deployed(&prefix, digits, remove, &with),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Sets around the size at which the algorithm changes, with repeated numbers.
    #[test]
    fn leaving_numbers_equal_those_of_the_reference(
        rules in prop::collection::vec(rule(), 0..12),
        numbers in prop_oneof![
            prop::collection::vec("[+]?[019]{0,4}", 0..10),
            prop::collection::vec("[+]?[019]{0,4}", 10..80),
        ],
    ) {
        let mut expected: Vec<Leaving> = Vec::new();
        for (at, number) in numbers.iter().enumerate() {
            let applied = apply(&rules, number.as_bytes());
            let result = applied.result.to_vec();
            let is_member = numbers.iter().any(|member| member.as_bytes() == result);
            if let Some(rule) = applied.rule
                && !is_member
                && !numbers[..at].contains(number)
            {
                expected.push(Leaving { number: at, rule, result });
            }
        }
        let set = NumberSet::new(&numbers);
        prop_assert_eq!(set.leaving(&rules), expected);
    }
}

#[test]
fn number_of_a_large_set_that_leaves_is_found() {
    let numbers: Vec<String> = (100..1_000).map(|number| number.to_string()).collect();
    let rules = [
        Rule::from_deployed("5", 3, 0, ""),
        Rule::from_deployed("", 4, 0, "9"),
        Rule::from_deployed("77", 0, 1, "9"),
        Rule::from_deployed("778", 3, 0, "9"),
        Rule::from_deployed("999", 3, 0, "9"),
    ];
    // 77x becomes 97x, which is a member; 778 as well, by the rule above its own
    let leaving = NumberSet::new(&numbers).leaving(&rules);
    let found: Vec<(usize, usize)> = leaving.iter().map(|one| (one.number, one.rule)).collect();
    assert_eq!(found, [(899, 4)]);
}
