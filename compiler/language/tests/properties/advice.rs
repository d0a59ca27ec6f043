//! The advice of `emergency-rewritten`: a dial plan that follows it passes, and keeps all other
//! results.

use std::collections::BTreeMap;
use std::fmt::Write;

use adr_diagnostic::Diagnostic;
use adr_engine::apply;
use adr_language::{Checked, ListKind};
use proptest::prelude::*;

use super::{check_text, found};

const FINDING: &str = "emergency-rewritten";

/// The fields of a rule.
fn rule() -> impl Strategy<Value = String> {
    let begins_with = prop_oneof![
        2 => Just(String::new()),
        3 => "[19]{1,2}".prop_map(|text| format!("begins-with {text}; ")),
        1 => "[19], [01]{2}".prop_map(|texts| format!("begins-with {texts}; ")),
    ];
    let digits = prop_oneof![
        4 => (2..4_u8, 0..3_u8).prop_map(|(low, more)| format!("{low}..{}", low + more)),
        1 => Just("any".to_owned()),
    ];
    let action = prop_oneof![
        3 => "[019]{1,2}".prop_map(|text| format!("prefix {text}")),
        2 => Just("prefix ${outside}".to_owned()),
        2 => Just("remove 2".to_owned()),
        1 => "[019]".prop_map(|text| format!("remove 1; prefix {text}")),
    ];
    (begins_with, digits, action)
        .prop_map(|(begins_with, digits, action)| format!("{begins_with}digits {digits}; {action}"))
}

/// The emergency line, and a dial plan in which rules reach several lists in several ways.
fn plan() -> impl Strategy<Value = (String, String)> {
    let rules = || prop::collection::vec(rule(), 0..3);
    let numbers = prop::collection::vec("[019]{2,4}", 1..6);
    (numbers, [rules(), rules(), rules(), rules()], any::<bool>()).prop_map(
        |(numbers, [group, default, above, own], takes_names)| {
            let mut names = match takes_names {
                true => vec!["Emergency 3", "Emergency"],
                false => Vec::new(),
            };
            let mut count = 0;
            let mut written = |rules: &[String]| {
                let mut text = String::new();
                for rule in rules {
                    count += 1;
                    let name = names.pop().map_or(format!("Rule {count}"), str::to_owned);
                    let _ = writeln!(text, "  rule \"{name}\" {{ {rule} }}");
                }
                text
            };
            let text = format!(
                "let outside = 0\n\
                 group \"Shared\" {{\n{}}}\n\
                 application {{\n{}  use \"Shared\"\n}}\n\
                 site \"One\" {{\n  clients 10.1.0.0/16\n  application {{\n{}  use default\n  }}\n}}\n\
                 site \"Two\" {{\n  let outside = 9\n  clients 10.2.0.0/16\n  application {{\n{}  use \"Shared\"\n  }}\n}}\n\
                 site \"Three\" {{ clients 10.3.0.0/16 }}\n",
                written(&group),
                written(&default),
                written(&above),
                written(&own),
            );
            (format!("emergency {}\n", numbers.join(", ")), text)
        },
    )
}

/// The rules that a finding suggests.
fn advised(found: &Diagnostic) -> Vec<String> {
    let parts = found.help.iter().flat_map(|help| help.split('`'));
    let rules = parts.filter(|part| part.starts_with("rule "));
    rules.map(str::to_owned).collect()
}

/// The text with all suggested rules, each above the rule of its finding.
fn followed(text: &str, checked: &Checked) -> String {
    let mut above: BTreeMap<usize, String> = BTreeMap::new();
    let all = checked.report().diagnostics().iter();
    for found in all.filter(|found| found.name == FINDING) {
        let place = found.span().unwrap().range().start;
        let line = text[..place].rfind('\n').map_or(0, |at| at + 1);
        for rule in advised(found) {
            *above.entry(line).or_default() += &format!("  {rule}\n");
        }
    }
    let mut text = text.to_owned();
    for (at, rules) in above.into_iter().rev() {
        text.insert_str(at, &rules);
    }
    text
}

/// The results of every view for every short number that is not in the set.
fn results(text: &str, emergency: &str) -> Vec<String> {
    let checked = check_text(text);
    let plan = checked.plan().unwrap();
    let numbers = (2..5_u32).flat_map(|length| {
        (0..3_usize.pow(length)).map(move |number| {
            let digit = |at: u32| ['0', '1', '9'][number / 3_usize.pow(at) % 3];
            (0..length).map(digit).collect::<String>()
        })
    });
    let is_member = |number: &String| emergency.split([' ', ',', '\n']).any(|one| one == number);
    let numbers: Vec<String> = numbers.filter(|number| !is_member(number)).collect();
    let views = plan.views();
    let results = views.flat_map(|view| {
        let rules = view.list(ListKind::Application).rules();
        numbers.iter().map(move |number| {
            String::from_utf8_lossy(&apply(rules, number.as_bytes()).result).into_owned()
        })
    });
    results.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn plan_passes_after_its_advice_is_followed((emergency, rest) in plan()) {
        let text = format!("{emergency}{rest}");
        let checked = check_text(&text);
        let errors = |checked: &Checked| -> Vec<String> {
            let mut errors = found(checked);
            errors.retain(|found| found.starts_with(FINDING) || found.starts_with("duplicate-name"));
            errors
        };
        let after = followed(&text, &checked);
        let checked_after = check_text(&after);
        prop_assert!(errors(&checked_after).is_empty(), "{:?}\n{}", errors(&checked_after), after);
        prop_assert!(checked_after.plan().is_some(), "{:?}\n{}", found(&checked_after), after);
        let without = |text: &str| text.replacen(&emergency, "", 1);
        prop_assert_eq!(
            results(&without(&text), &emergency),
            results(&without(&after), &emergency)
        );
    }
}

#[test]
fn finding_has_one_advice_for_all_numbers() {
    let text = "emergency 112, 110, 0112, 0110\n\
                application {\n  \
                rule \"Emergency\" { begins-with 5; digits 5; prefix 1 }\n  \
                rule \"Outside\" { begins-with [0-9]; digits 3..20; prefix 0 }\n\
                }\n\
                test { dial 112 -> 0112 }\n";
    let checked = check_text(text);
    let findings: Vec<&Diagnostic> = checked.report().diagnostics().iter().collect();
    assert_eq!(findings.len(), 1, "{:?}", found(&checked));
    assert_eq!(
        findings[0].message,
        "in the default view, 2 emergency numbers go out as something else: `0112` as `00112` and `0110` as `00110`"
    );
    assert_eq!(
        findings[0].help,
        ["write `rule \"Emergency 2\" { begins-with 0112, 0110; digits 4; keep }` above it"]
    );
    assert_eq!(found(&check_text(&followed(text, &checked))), [""; 0]);
}

#[test]
fn views_with_the_same_change_are_named_together() {
    let site = |name: &str, net: u8, rules: &str| {
        format!("site \"{name}\" {{\n  clients 10.{net}.0.0/16\n{rules}}}\n")
    };
    let uses = "  application { use \"All\" }\n";
    let text = format!(
        "emergency 911\ngroup \"All\" {{ rule \"Three\" {{ digits 3; prefix ${{outside}} }} }}\n\
         let outside = 8\napplication {{ use \"All\" }}\n{}{}{}",
        site("A", 1, uses),
        site("B", 2, &format!("  let outside = 7\n{uses}")),
        site("C", 3, ""),
    );
    let found = found(&check_text(&text));
    assert_eq!(
        found[0],
        "emergency-rewritten: in the default view, site `A` and site `C`, `911` goes out as `8911`; \
         the rule does such a thing in site `B` as well"
    );
}
