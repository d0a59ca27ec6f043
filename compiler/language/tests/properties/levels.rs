//! Levels: the later one wins, errors without a meaning stay errors, and an allow comment silences
//! one line.

use adr_diagnostic::Severity;
use adr_language::{Level, Levels, findings, registry};
use proptest::prelude::*;

use super::{check, check_text};

/// One warning of each of three kinds.
const TEXT: &str = "\
application {
  rule \"All\"   { begins-with +; digits any; remove 1 }
  rule \"Again\" { begins-with +; digits any; remove 1 }
  rule \"Short\" { digits 2; keep }
}
test { dial 911 -> unchanged }
";

const NAMES: [&str; 5] =
    ["any-length", "exact-duplicate", "keep-without-begins-with", "no-emergency-set", "warnings"];

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![Level::Allow, Level::Warn, Level::Deny])
}

proptest! {
    #[test]
    fn later_level_wins(settings in prop::collection::vec((prop::sample::select(NAMES.to_vec()), level()), 0..6)) {
        let mut levels = Levels::default();
        for (name, level) in &settings {
            levels.set(name, *level, registry()).unwrap();
        }
        let checked = check(&[("main.adr", TEXT.as_bytes())], &levels);
        for name in &NAMES[..4] {
            let last = settings.iter().rev().find(|(given, _)| given == name || *given == "warnings");
            let expected = match last.map(|(_, level)| *level) {
                Some(Level::Allow) => None,
                Some(Level::Deny) => Some(Severity::Error),
                Some(Level::Warn) | None => Some(Severity::Warning),
            };
            let found = checked.report().diagnostics().iter().find(|found| found.name == *name);
            prop_assert_eq!(found.map(|found| found.severity), expected, "{}", name);
        }
        prop_assert_eq!(checked.plan().is_some(), !checked.report().has_errors());
    }
}

#[test]
fn errors_without_a_meaning_cannot_be_lowered() {
    for finding in findings().iter().filter(|finding| !finding.lowerable) {
        let mut levels = Levels::default();
        assert!(levels.set(finding.name, Level::Allow, registry()).is_err(), "{}", finding.name);
        assert!(levels.set(finding.name, Level::Warn, registry()).is_err(), "{}", finding.name);
    }
}

#[test]
fn allow_comment_silences_only_its_line() {
    let with = |above: &str| TEXT.replace("  rule \"All\"", &format!("  {above}\n  rule \"All\""));
    let lines = |text: &str| -> Vec<(u32, &'static str)> {
        let checked = check_text(text);
        let found = checked.report().diagnostics().iter();
        let place = |found: &adr_diagnostic::Diagnostic| {
            checked.sources().position(found.span().unwrap()).line
        };
        found.map(|found| (place(found), found.name)).collect()
    };
    let before: Vec<_> = lines(&with("// a comment"));
    assert!(before.contains(&(3, "any-length")) && before.contains(&(4, "any-length")));
    let allowed = lines(&with("// allow(any-length): the carrier takes every length"));
    let expected: Vec<_> =
        before.iter().copied().filter(|found| *found != (3, "any-length")).collect();
    assert_eq!(allowed, expected);
    let unused = lines(&with("// allow(unused-let): no reason"));
    assert!(unused.contains(&(2, "unused-allow")), "{unused:?}");
}
