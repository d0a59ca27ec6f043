//! Rule source made from records of CUCM: what it holds, and that it compiles to their rules.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a failure here fails the test")]

use std::collections::HashSet;

use adr_cucm::axl::RoutingPattern;
use adr_cucm::{Converted, ConvertedRule, CucmRule, FlaggedPatterns, RuleKind, Uuid, convert};
use adr_engine::{DialString, Rule};
use adr_language::{DialPlan, EntryFile, Levels, ListKind, ReadError, World, load};
use adr_render::cucm_source::{CucmSource, Placement};
use proptest::prelude::*;

/// One file in memory.
struct Memory(String);

impl World for Memory {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

/// The dial plan of a text. Tests are not necessary, and findings of severity error are failures.
fn compiled(text: &str) -> DialPlan {
    let entry = EntryFile { path: "cucm.adr".to_owned(), root: String::new() };
    let levels = Levels::default().without_tests();
    let checked = load(&Memory(text.to_owned()), &[entry]).check(&levels);
    let report = checked.report().clone();
    checked.into_plan().unwrap_or_else(|| panic!("{report:?}\n{text}"))
}

fn source<'s>(rules: &'s Converted, placement: Placement<'s>) -> CucmSource<'s> {
    CucmSource { origin: "cucm://hq", rules, emergency: None, placement }
}

/// The rule that the language has for a record; see [`CucmSource::text`].
fn expected(record: &ConvertedRule) -> Option<Rule> {
    let rule = record.rule.as_ref().filter(|rule| rule.check().is_ok())?;
    let begins_with = rule.begins_with();
    if rule.length().is_some_and(|digits| begins_with.len() > digits) {
        return None;
    }
    if rule.remove() == 0 && rule.prefix().is_empty() {
        let removed = i32::try_from(begins_with.len()).unwrap();
        return Some(Rule::from_deployed(begins_with, rule.digits(), removed, begins_with));
    }
    Some(rule.clone())
}

fn rules_of(plan: &DialPlan, site: Option<&str>, kind: ListKind) -> Vec<Rule> {
    let view = site.map_or(plan.default_view(), |site| plan.site(site).unwrap());
    view.list(kind).rules().to_vec()
}

fn awkward_text() -> impl Strategy<Value = String> {
    let awkward = "[a-c \"%&\\\\<>/*{};$\n\r\t\u{0}\u{200b}\u{202e}\u{a0}äß中]{0,6}";
    let comments = prop::sample::select(vec![
        "*/",
        "// allow(dead-rule): x",
        "allow(dead-rule): x",
        "}",
        "<<<<<<< ours",
        "${x}",
        "a\u{301}",
    ]);
    prop_oneof![
        4 => "[ab]{1,2}",
        4 => awkward,
        1 => comments.prop_map(str::to_owned),
        1 => "[x ]{100}",
    ]
}

fn count() -> impl Strategy<Value = String> {
    prop_oneof![6 => (0..6_i64).prop_map(|n| n.to_string()), 1 => "|-1|101|x|99999999999|12 3"]
}

prop_compose! {
    fn record()(
        is_application in any::<bool>(),
        (name, description) in (awkward_text(), prop_oneof![Just(String::new()), awkward_text()]),
        (digits, remove, priority) in (count(), count(), count()),
        begins_with in prop_oneof![6 => "[+0-2]?[0-2#*]{0,3}", 1 => "[a1 ]{1,2}"],
        prefix in prop_oneof![6 => "[+0-2]?[0-2#*]{0,2}", 1 => "[a1 ]{1,2}"],
        uuid in prop::option::of("[0-9a-f]{4}\n?"),
    ) -> CucmRule {
        let kind = if is_application { RuleKind::Application } else { RuleKind::DirectoryLookup };
        CucmRule {
            uuid: uuid.and_then(|text| Uuid::new(&text)),
            description,
            begins_with,
            digits: adr_cucm::Count::new(&digits),
            remove: adr_cucm::Count::new(&remove),
            prefix,
            priority: adr_cucm::Count::new(&priority),
            ..CucmRule::new(kind, name)
        }
    }
}

/// Records with few different values, so that many are alike.
fn records() -> impl Strategy<Value = Vec<CucmRule>> {
    let alike = (record(), 1..6_i64).prop_map(|(record, length)| {
        let next = |digits: i64| CucmRule { digits: digits.into(), ..record.clone() };
        (1..=length).map(next).collect::<Vec<_>>()
    });
    let some = prop_oneof![3 => record().prop_map(|record| vec![record]), 1 => alike];
    prop::collection::vec(some, 0..12).prop_map(|records| records.concat())
}

proptest! {
    #[test]
    fn source_compiles_to_the_rules_of_the_records(records in records()) {
        let converted = convert(records.into_iter().map(Into::into).collect());
        let text = source(&converted, Placement::Default).text();
        let networks = ["10.0.0.0/8".to_owned()];
        let site = Placement::Site { name: "Dallas", networks: &networks };
        let of_site = source(&converted, site).text();
        let groups = source(&converted, Placement::Groups { name: "hq" }).text()
            + "application { use \"hq application\" }\nlookup { use \"hq lookup\" }\n";
        let plans = [compiled(&text), compiled(&of_site), compiled(&groups)];
        let lists = [
            (ListKind::Application, RuleKind::Application, &converted.application),
            (ListKind::Lookup, RuleKind::DirectoryLookup, &converted.lookup),
        ];
        for (kind, one, records) in lists {
            let expected: Vec<Rule> = records.iter().filter_map(expected).collect();
            prop_assert_eq!(&rules_of(&plans[0], None, kind), &expected);
            prop_assert_eq!(&rules_of(&plans[1], Some("Dallas"), kind), &expected);
            prop_assert_eq!(&rules_of(&plans[2], None, kind), &expected);
            let one = compiled(&source(&converted, Placement::OneList(one)).text());
            prop_assert_eq!(&rules_of(&one, None, kind), &expected);
        }
    }

    #[test]
    fn every_record_has_a_comment_of_its_own(records in records()) {
        let converted = convert(records.into_iter().map(Into::into).collect());
        let (sources, report) = source(&converted, Placement::Default).with_findings();
        prop_assert_eq!(report.diagnostics().len(), converted.report.diagnostics().len());
        let (_, text) = sources.iter().next().unwrap();
        let comments = text.text().lines().filter(|line| line.trim().starts_with("// CUCM: "));
        let all = converted.application.len() + converted.lookup.len();
        prop_assert_eq!(comments.count(), all);
        for (found, before) in report.diagnostics().iter().zip(converted.report.diagnostics()) {
            prop_assert_eq!(&found.message, &before.message);
            prop_assert!(sources.slice(found.span().unwrap()).starts_with("// CUCM: "));
        }
    }

    #[test]
    fn name_that_cucm_accepts_stays(names in prop::collection::hash_set("[a-c] ?[a-c]?", 0..8)) {
        // names differ in priority only, so that no rules become one
        let named = |(at, name): (usize, &String)| CucmRule {
            prefix: at.to_string(),
            digits: 7.into(),
            priority: 1.into(),
            ..CucmRule::new(RuleKind::Application, name.clone())
        };
        let bad = ["a\"b", "a_b", "", "a\"b"].map(str::to_owned);
        let valid = |name: &&String| !bad.contains(name);
        let kept: HashSet<String> = names.iter().filter(valid).cloned().collect();
        let all: Vec<String> = bad.iter().chain(&kept).cloned().collect();
        let rules = all.iter().enumerate().map(named).map(Into::into).collect();
        let plan = compiled(&source(&convert(rules), Placement::Default).text());
        let list = plan.default_view().list(ListKind::Application);
        let origins = (0..list.rules().len()).map(|at| list.origin(at).unwrap());
        let found: HashSet<&str> = origins.map(|origin| plan.sources().slice(origin.name)).collect();
        prop_assert_eq!(found.len(), all.len());
        prop_assert!(kept.iter().all(|name| found.contains(name.as_str())));
        prop_assert!(found.contains("a_b") && found.contains("a_b 2") && found.contains("a_b 3"));
    }
}

#[test]
fn flagged_patterns_become_emergency_lines() {
    let flagged = |pattern: &str, partition: &str| RoutingPattern {
        pattern: pattern.to_owned(),
        partition: partition.to_owned(),
        is_emergency: Some(true),
        ..RoutingPattern::default()
    };
    let route = [flagged("9.911", "PSTN"), flagged("9.@", "PSTN"), flagged("\\+11[0-2]", "")];
    let translation = [flagged("[49]11", "a\nb"), flagged("911", ""), flagged("1XX", "")];
    let patterns = FlaggedPatterns::of(&route, &translation);
    let converted = convert(Vec::new());
    let source = CucmSource {
        origin: "cucm://hq",
        rules: &converted,
        emergency: Some(&patterns),
        placement: Placement::Default,
    };
    let expected = "\
// The rules of cucm://hq.

emergency 100..199  // translation pattern `1XX`
emergency 9911  // route pattern `9.911` in partition `PSTN`
// not an emergency number here: route pattern `9.@` in partition `PSTN`: `@` stands for a \
numbering plan
emergency 911  // translation pattern `911`
emergency 411  // translation pattern `[49]11` in partition `a<U+000A>b`
emergency +110..+112  // route pattern `\\+11[0-2]`

application {}

lookup {}
";
    let text = source.text();
    assert_eq!(text, expected);
    let plan = compiled(&text);
    let mut numbers: Vec<&str> = plan.emergency().iter().map(DialString::as_str).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, patterns.numbers());
}

#[test]
fn unknown_flags_are_said_and_not_guessed() {
    let converted = convert(Vec::new());
    let unknown = FlaggedPatterns::default();
    let source = CucmSource {
        origin: "cucm://hq",
        rules: &converted,
        emergency: Some(&unknown),
        placement: Placement::Default,
    };
    let text = source.text();
    assert!(text.contains("// CUCM does not say which patterns are emergency numbers"), "{text}");
    assert!(compiled(&text).emergency().is_empty());
}

#[test]
fn record_that_is_not_a_rule_is_a_comment_with_its_values() {
    let rule = |name: &str, begins_with: &str, digits: i64| CucmRule {
        begins_with: begins_with.to_owned(),
        digits: digits.into(),
        prefix: "9".to_owned(),
        priority: digits.into(),
        uuid: Uuid::new("0000000A-0000-4000-8000-000000000001"),
        ..CucmRule::new(RuleKind::Application, name)
    };
    let long = CucmRule { description: "in\nlobby".to_owned(), ..rule("x % y", "12345", 3) };
    let rules = vec![long.into(), rule("Letters", "1a", 7).into()];
    let converted = convert(rules);
    assert!(converted.report.has_errors());
    let text = source(&converted, Placement::OneList(RuleKind::Application)).text();
    let expected = "\
// The rules of cucm://hq.

application {
  // CUCM: \"x % y\", priority 3, {0000000A-0000-4000-8000-000000000001}, description \
\"in\\u{a}lobby\"; no number is long enough for this rule: begins-with \"12345\", digits \"3\", \
remove \"\", prefix \"9\"
  // CUCM: \"Letters\", priority 7, {0000000A-0000-4000-8000-000000000001}; adrc cannot write \
this rule: begins-with \"1a\", digits \"7\", remove \"\", prefix \"9\"
}
";
    assert_eq!(text, expected);
}
