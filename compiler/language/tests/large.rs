//! Books that would break a careless lint: right findings, no recursion without a bound, nothing quadratic.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fmt::Write;

use adr_language::{Checked, Entry, Levels, ReadError, World, load};

/// One text.
struct Text(String);

impl World for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

/// Checks application rules with every note that there is.
fn check(rules: &str) -> Checked {
    let text = Text(format!(
        "emergency 911\napplication {{\n{rules}}}\nlookup {{\n{rules}}}\n"
    ));
    let entry = Entry {
        path: "main.adr".to_owned(),
        root: String::new(),
    };
    let checked = load(&text, &[entry]).check(&Levels::default().with_notes());
    assert!(
        !checked.report().has_errors(),
        "{:?}",
        checked.report().diagnostics().first()
    );
    checked
}

fn count(checked: &Checked, name: &str) -> usize {
    let found = checked.report().diagnostics().iter();
    found.filter(|found| found.name == name).count()
}

#[test]
fn a_chain_of_prefixes() {
    let text = "1".repeat(100);
    let mut rules = String::new();
    for length in (1..100).rev() {
        let _ = writeln!(
            rules,
            "  rule \"{length}\" {{ begins-with {}; digits 100; prefix 9{} }}",
            &text[..length],
            length % 3
        );
    }
    let checked = check(&rules);
    // both lists; all but the longest lose some numbers
    assert_eq!(count(&checked, "partly-dead-rule"), 2 * 98);
    assert_eq!(count(&checked, "overlap-order-matters"), 2 * 98);
    assert_eq!(
        count(&checked, "dead-rule") + count(&checked, "mergeable-rules"),
        0
    );
    assert_eq!(count(&checked, "no-round-trip"), 1);
}

#[test]
fn many_equal_rules() {
    let mut rules = String::new();
    for at in 0..20_000 {
        let _ = writeln!(
            rules,
            "  rule \"{at}\" {{ begins-with 555; digits 7; prefix 9 }}"
        );
    }
    let checked = check(&rules);
    assert_eq!(count(&checked, "exact-duplicate"), 2 * 19_999);
    assert_eq!(
        count(&checked, "partly-dead-rule") + count(&checked, "mergeable-rules"),
        0
    );
}

#[test]
fn rules_for_any_length_and_all_blocks_of_a_plan() {
    let mut rules =
        String::from("  rule \"Any\" { begins-with +; digits any; remove 1; prefix 00 }\n");
    for at in 0..10_000 {
        let _ = writeln!(
            rules,
            "  rule \"{at}\" {{ begins-with {at:04}; digits 7; prefix 9 }}"
        );
    }
    rules += "  rule \"Any of 0\" { begins-with 0; digits any; prefix 8 }\n";
    let checked = check(&rules);
    assert_eq!(count(&checked, "any-length"), 2 * 2);
    // the last one keeps numbers of other lengths
    assert_eq!(count(&checked, "partly-dead-rule"), 2);
    assert_eq!(count(&checked, "dead-rule"), 0);
}

#[test]
fn a_rule_for_all_below_a_block_that_does_the_same() {
    let mut rules = String::new();
    for at in 0..10_000 {
        let _ = writeln!(
            rules,
            "  rule \"{at}\" {{ begins-with {at:04}; digits 7; prefix 9 }}"
        );
    }
    rules += "  rule \"All\" { digits 7; prefix 9 }\n";
    assert_eq!(count(&check(&rules), "mergeable-rules"), 2 * 10_000);
}
