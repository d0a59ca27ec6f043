//! Fixes of arbitrary texts: no new finding, the same meaning, and nothing left to fix in a second
//! run.
#![no_main]

use std::collections::BTreeMap;

use adr_analysis::{Domain, first_difference};
use adr_diagnostic::Severity;
use adr_language::{
    Checked, DialPlan, EntryFile, FixScope, Levels, ListKind, ReadError, RefusalReason, Snapshot,
    World, apply_fixes, load, run_tests,
};
use libfuzzer_sys::fuzz_target;

/// A world with one dial plan.
struct Plan(String);

impl World for Plan {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match path {
            "main.adr" => Ok(self.0.clone().into_bytes()),
            _ => Err(ReadError { reason: "no such file".to_owned(), help: String::new() }),
        }
    }
}

fn entries() -> [EntryFile; 1] {
    [EntryFile { path: "main.adr".to_owned(), root: String::new() }]
}

/// A dial plan of small rules that often overlap, four bytes per rule, or the bytes as a text.
fn text(bytes: &[u8]) -> Option<String> {
    let (first, rest) = bytes.split_first()?;
    if *first != b'\x01' {
        // the target `expand` covers lists that multiply, which make each check slow
        let text = std::str::from_utf8(bytes).ok()?;
        return (text.matches("${").count() <= 8).then(|| text.to_owned());
    }
    let pick = |from: &[&str], byte: u8| from[usize::from(byte) % from.len()].to_owned();
    let (mut lists, mut names) = ([String::new(), String::new(), String::new()], 0);
    for rule in rest.chunks_exact(4).take(12) {
        names += 1;
        let begins_with = pick(
            &[
                "",
                "begins-with 0; ",
                "begins-with 1; ",
                "begins-with 11; ",
                "begins-with 0, 1; ",
                "begins-with [0-9]; ",
                "begins-with 01, 0, 11; ",
                "begins-with 0, 00000, 0; ",
                "begins-with 1, // of 1\n  // apart\n  0, // of 0\n  [01]1; ",
                "begins-with 2, // of 2\n  0,\n  10 // of 10\n",
            ],
            rule[1],
        );
        let digits = pick(&["4", "3..4", "5", "any"], rule[2]);
        let action = pick(&["prefix 9", "prefix ${a}", "remove 1", "keep", "prefix 8"], rule[3]);
        let comments = pick(
            &[
                "",
                "// above\n",
                "// above\n\n",
                "// allow(any-length): of it\n",
                "// allow(dead-rule): of it\n\n",
            ],
            rule[0],
        );
        let after = pick(&["\n", " // behind\n", " ", "\n\n"], rule[0] / 8);
        lists[usize::from(rule[0] / 64) % 3] += &format!(
            "{comments}rule \"r{names}\" {{ {begins_with}digits {digits}; {action} }}{after}"
        );
    }
    let [group, default, site] = lists;
    Some(format!(
        "let a = 9\nemergency 55555\ngroup \"G\" {{\n{group}\n}}\napplication {{\n{default}\nuse \"G\"\n}}\n\
         site \"S\" {{\nclients 10.0.0.0/8\napplication {{\n{site}\nuse \"G\"\n}}\n}}\n\
         test {{\ndial 0000 -> 90000\ndial 1111 at \"S\" -> unchanged\n}}\n"
    ))
}

/// How often each finding of at least a severity occurs.
fn counts(checked: &Checked, least: Severity) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    let found = checked.report().diagnostics().iter();
    for found in found.filter(|found| found.severity >= least) {
        *counts.entry(found.name).or_default() += 1;
    }
    counts
}

/// Errors that adrc reports only for plans without other errors.
const HIDDEN: [&str; 2] = ["emergency-rewritten", "failed-test"];

/// Whether each check of the plan would take long. The benches measure large plans.
fn is_large(checked: &Checked) -> bool {
    let rules = |plan: &DialPlan| {
        let views = plan.views();
        let lists = views.flat_map(|view| ListKind::ALL.map(|kind| view.list(kind).rules().len()));
        lists.sum::<usize>()
    };
    checked.report().diagnostics().iter().any(|found| found.name.starts_with("too-m"))
        || checked.plan().is_some_and(|plan| rules(plan) > 500)
}

/// Asserts that both plans give the same results for every number.
fn assert_same_meaning(old: &DialPlan, new: &DialPlan) {
    assert_eq!(old.sites().len(), new.sites().len());
    for (old, new) in old.views().zip(new.views()) {
        for kind in ListKind::ALL {
            let (old, new) = (old.list(kind).rules(), new.list(kind).rules());
            assert_eq!(first_difference(old, new, Domain::Dialable), None);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = text(bytes) else { return };
    let levels = Levels::default();
    let plan = Plan(text);
    let before = load(&plan, &entries()).check(&levels);
    if is_large(&before) {
        return;
    }
    for scope in [FixScope::Safe, FixScope::Unsafe] {
        let mut snapshot = Snapshot::new(&plan);
        let run = apply_fixes(&mut snapshot, &entries(), &levels, scope);
        let changes = snapshot.changes();
        let now = changes.first().map_or(&plan.0, |change| &change.after);
        let fixed = Plan(now.clone());
        let after = load(&fixed, &entries()).check(&levels);
        let least = match before.plan() {
            Some(old) => {
                let new = after.plan().expect("a fix does not introduce an error");
                if scope == FixScope::Safe {
                    assert_same_meaning(old, new);
                }
                for (old, new) in run_tests(old).iter().zip(run_tests(new)) {
                    assert!(new.passed() || !old.passed(), "a test fails after the fixes\n{now}");
                }
                Severity::Warning
            }
            // before the fixes, the errors kept the lints from running
            None => Severity::Error,
        };
        let known = counts(&before, least);
        let mut now_found = counts(&after, least);
        if before.plan().is_none() {
            now_found.retain(|name, _| !HIDDEN.contains(name));
        }
        for (name, count) in now_found {
            let was = known.get(name).copied().unwrap_or(0);
            assert!(count <= was, "{count} {name}, was {was}\n{}\nbecame\n{now}", plan.0);
        }
        let is_incomplete =
            run.refused.iter().any(|refused| refused.reason == RefusalReason::NotTried);
        if !is_incomplete {
            let again = apply_fixes(&mut Snapshot::new(&fixed), &entries(), &levels, scope);
            assert_eq!(again.applied, [], "a second run still has fixes\n{now}");
        }
    }
});
