//! Fixes of random dial plans: they keep the meaning, leave no new finding, and move the comments
//! of their rules.

use std::collections::{BTreeMap, HashMap};

use adr_analysis::{Domain, first_difference};
use adr_language::{
    Checked, DialPlan, EntryFile, FixRun, FixScope, Levels, ListKind, Snapshot, apply_fixes,
    run_tests,
};
use proptest::prelude::*;

use crate::{Files, check_text};

/// Entries on one line or several, with comments. Some repeat others, or never win below them.
fn list() -> impl Strategy<Value = String> {
    let gap = prop_oneof![
        3 => Just(", "),
        1 => Just(",\n      "),
        1 => Just(", // of an entry\n      "),
        1 => Just(",\n      // of entries\n      "),
    ];
    (prop::collection::vec(("[01]{1,5}", gap), 1..4), "[01]{1,5}").prop_map(|(entries, last)| {
        let entries = entries.into_iter().map(|(entry, gap)| entry + gap);
        entries.collect::<String>() + &last
    })
}

/// A text without the contents of its lists, from which entries may be removed.
fn without_lists(text: &str) -> String {
    let mut parts = text.split("begins-with");
    let mut without = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        without += &part[part.find("digits").unwrap_or(0)..];
    }
    without
}

/// The fields of a rule, with few values so that rules overlap often.
fn fields() -> impl Strategy<Value = Vec<String>> {
    let begins_with = prop_oneof![
        3 => "[01]{1,2}".prop_map(|text| vec![format!("begins-with {text}")]),
        3 => list().prop_map(|list| vec![format!("begins-with {list}")]),
        1 => Just(vec!["begins-with 0, 1, 11".to_owned()]),
        1 => Just(vec!["begins-with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, +, *, \"#\"".to_owned()]),
        2 => Just(vec![]),
    ];
    let digits =
        prop_oneof![3 => Just("digits 4"), 2 => Just("digits 3..4"), 1 => Just("digits any")];
    let consequence = prop_oneof![
        3 => Just("prefix 9"),
        1 => Just("remove 1; prefix 9"),
        1 => Just("prefix ${only}"),
        1 => Just("prefix 8"),
        1 => Just("keep"),
    ];
    (begins_with, digits, consequence).prop_map(|(begins_with, digits, consequence)| {
        let mut fields = begins_with;
        fields.extend([digits.to_owned(), consequence.to_owned()]);
        fields
    })
}

/// The layout of a rule in its list.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Line,
    Lines,
    Allowed,
    AllowedFromAfar,
}

/// A rule with a name as it is written in its list, with the text that belongs to it.
fn block(name: &str, fields: &[String], layout: Layout) -> String {
    let line = format!("rule \"{name}\" {{ {} }} // behind {name}", fields.join("; "));
    match layout {
        Layout::Line => format!("  // above {name}\n  // more above {name}\n  {line}\n"),
        Layout::Lines => format!(
            "  // above {name}\n  rule \"{name}\" {{ // in {name}\n    {}\n    // last in {name}\n  }} // behind {name}\n",
            fields.join(&format!(" // at {name}\n    "))
        ),
        Layout::Allowed => format!("  // allow(any-length): for {name}\n  {line}\n"),
        Layout::AllowedFromAfar => format!("  {line}\n"),
    }
}

/// A dial plan, and the texts of its rules by their names.
#[derive(Clone, Debug)]
struct Plan {
    text: String,
    blocks: BTreeMap<String, String>,
}

type Rules = Vec<(Vec<String>, Layout)>;

fn rules() -> impl Strategy<Value = Rules> {
    let layout = prop_oneof![
        3 => Just(Layout::Line),
        2 => Just(Layout::Lines),
        1 => Just(Layout::Allowed),
        1 => Just(Layout::AllowedFromAfar),
    ];
    prop::collection::vec((fields(), layout), 0..5)
}

/// A dial plan with a group that two views use, and comments everywhere.
fn plan() -> impl Strategy<Value = Plan> {
    (rules(), rules(), rules()).prop_map(|(shared, default, site)| {
        let mut blocks = BTreeMap::new();
        let mut list = |prefix: &str, rules: &Rules| -> String {
            let mut text = String::new();
            for (at, (fields, layout)) in rules.iter().enumerate() {
                let name = format!("{prefix}{at}");
                let block = block(&name, fields, *layout);
                text += &format!("  // floats {name}\n\n");
                if matches!(layout, Layout::AllowedFromAfar) {
                    text += &format!("  // allow(any-length): far from {name}\n\n");
                }
                text += &block;
                blocks.insert(name, block);
            }
            text
        };
        let text = format!(
            "let only = 7\nemergency 55555\ngroup \"G\" {{\n{}}}\napplication {{\n{}  use \"G\"\n  // floats at the end\n}}\nsite \"S\" {{\n  clients 10.0.0.0/8\n  application {{\n{}  use \"G\"\n}}\n}}\ntest {{\n  dial 0123 -> 90123\n  dial 1111 -> 91111\n  dial 0000 at \"S\" -> unchanged\n}}\n",
            list("g", &shared),
            list("d", &default),
            list("s", &site)
        );
        Plan { text, blocks }
    })
}

/// Fixes a text. Returns the run and the text afterwards.
fn fixed(text: &str, scope: FixScope) -> (FixRun, String) {
    let files = Files(HashMap::from([("main.adr".to_owned(), text.as_bytes().to_vec())]));
    let mut snapshot = Snapshot::new(&files);
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    let run = apply_fixes(&mut snapshot, &[entry], &Levels::default(), scope);
    let changes = snapshot.changes();
    let after = changes.first().map_or(text, |change| &change.after);
    (run, after.to_owned())
}

/// The number of occurrences of each finding.
fn counts(checked: &Checked) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for found in checked.report().diagnostics() {
        *counts.entry(found.name).or_default() += 1;
    }
    counts
}

/// No finding occurs more often than before.
fn nothing_is_new(before: &str, after: &str) -> Result<(), TestCaseError> {
    let (known, now) = (counts(&check_text(before)), counts(&check_text(after)));
    for (name, count) in now {
        let was = known.get(name).copied().unwrap_or(0);
        prop_assert!(
            count <= was,
            "{} {}, was {}\n{}\nbecame\n{}",
            count,
            name,
            was,
            before,
            after
        );
    }
    Ok(())
}

/// Every view gives the same result for every number.
fn nothing_changes(old: &DialPlan, new: &DialPlan) -> Result<(), TestCaseError> {
    prop_assert_eq!(old.sites().len(), new.sites().len());
    for (old, new) in old.views().zip(new.views()) {
        for kind in ListKind::ALL {
            let (old, new) = (old.list(kind), new.list(kind));
            let differs = first_difference(old.rules(), new.rules(), Domain::Dialable);
            prop_assert!(differs.is_none(), "{:?}", differs);
        }
    }
    Ok(())
}

/// Every test that passed still passes.
fn no_test_fails(old: &DialPlan, new: &DialPlan) -> Result<(), TestCaseError> {
    for (old, new) in run_tests(old).iter().zip(run_tests(new)) {
        prop_assert!(new.passed() || !old.passed(), "{:?} became {:?}", old, new);
    }
    Ok(())
}

/// Each rule is either there with all that belongs to it, or removed with all of it. Everything
/// else is there.
fn comments_go_with_their_rules(plan: &Plan, after: &str) -> Result<(), TestCaseError> {
    let after = &without_lists(after);
    for (name, block) in &plan.blocks {
        let block = without_lists(block);
        let mentions = |line: &&str| {
            line.split([' ', '"']).any(|word| word == name) && !line.contains("floats")
        };
        let left: Vec<&str> = after.lines().filter(mentions).collect();
        prop_assert!(
            after.contains(block.as_str()) || left.is_empty(),
            "of {}, these parts remain: {:?}\n{}\nbecame\n{}",
            name,
            left,
            plan.text,
            after
        );
        prop_assert!(
            after.contains(&format!("// floats {name}\n")),
            "{}\nbecame\n{}",
            plan.text,
            after
        );
        // an allow comment must not apply to another rule after the fixes
        let allow = format!("// allow(any-length): far from {name}\n");
        if let Some((_, below)) = after.split_once(&allow) {
            let mut rules = below.lines().filter(|line| !line.trim_start().starts_with("//"));
            let rule = rules.find(|line| !line.trim().is_empty());
            prop_assert!(
                rule.is_some_and(|rule| rule.contains(&format!("\"{name}\""))),
                "the allow of {} is above {:?}\n{}\nbecame\n{}",
                name,
                rule,
                plan.text,
                after
            );
        }
    }
    prop_assert!(after.contains("// floats at the end\n"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn safe_fixes_change_no_number(plan in plan()) {
        let Some(dial_plan) = check_text(&plan.text).into_plan() else { return Ok(()) };
        let (run, after) = fixed(&plan.text, FixScope::Safe);
        let Some(now) = run.checked.plan() else {
            return Err(TestCaseError::fail(format!("the fixes left errors in\n{}\nwhich became\n{after}", plan.text)));
        };
        nothing_changes(&dial_plan, now)?;
        no_test_fails(&dial_plan, now)?;
        nothing_is_new(&plan.text, &after)?;
        comments_go_with_their_rules(&plan, &after)?;
        prop_assert_eq!(run.applied.is_empty(), after == plan.text);
    }

    #[test]
    fn unsafe_fixes_leave_no_new_finding(plan in plan()) {
        let Some(dial_plan) = check_text(&plan.text).into_plan() else { return Ok(()) };
        let (run, after) = fixed(&plan.text, FixScope::Unsafe);
        let Some(now) = run.checked.plan() else {
            return Err(TestCaseError::fail(format!("the fixes left errors in\n{}\nwhich became\n{after}", plan.text)));
        };
        no_test_fails(&dial_plan, now)?;
        nothing_is_new(&plan.text, &after)?;
        comments_go_with_their_rules(&plan, &after)?;
    }

    #[test]
    fn fixing_again_changes_nothing(plan in plan(), offered: bool) {
        let scope = if offered { FixScope::Unsafe } else { FixScope::Safe };
        let (first, once) = fixed(&plan.text, scope);
        let (second, twice) = fixed(&once, scope);
        prop_assert!(second.applied.is_empty(), "{:?} after {:?}\n{}", second.applied, first, once);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn fixes_keep_line_ends_and_byte_order_mark(plan in plan(), offered: bool) {
        let scope = if offered { FixScope::Unsafe } else { FixScope::Safe };
        let crlf = format!("\u{feff}{}", plan.text.replace('\n', "\r\n"));
        let (_, lf) = fixed(&plan.text, scope);
        let (_, after) = fixed(&crlf, scope);
        prop_assert_eq!(after, format!("\u{feff}{}", lf.replace('\n', "\r\n")));
    }
}
