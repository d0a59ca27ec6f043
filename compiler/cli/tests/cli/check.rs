//! `adrc check`: severities, allow comments, notes and safe fixes.

use super::sandbox::{CLEAN, Sandbox};

const DUPLICATE: &str = "\
emergency 911, 9911

application {
  rule \"Local\"       { begins-with 5; digits 7; prefix 9 }
  rule \"Local again\" { begins-with 5; digits 7; prefix 9 }
}

test {
  dial 5551212 -> 95551212
}
";

#[test]
fn later_severity_option_overrides_an_earlier_one() {
    let sandbox = Sandbox::with(&[("plan.adr", DUPLICATE)]);
    for (levels, status, message) in [
        ("", 1, "1 warning"),
        (" --allow exact-duplicate", 0, "no findings"),
        (" --allow warnings", 0, "no findings"),
        (" --deny exact-duplicate", 1, "1 error"),
        (" --deny warnings", 1, "1 error"),
        (" --deny warnings --allow exact-duplicate", 0, "no findings"),
        (" --allow exact-duplicate --deny warnings", 1, "1 error"),
        (" --deny exact-duplicate --warn exact-duplicate", 1, "1 warning"),
    ] {
        let ran = sandbox.run(&format!("check plan.adr{levels}"));
        assert_eq!(ran.status, status, "{levels}: {ran:?}");
        assert!(ran.stderr.contains(message), "{levels}: {ran:?}");
    }
}

#[test]
fn plan_with_a_warning_is_compiled_unless_denied() {
    let sandbox = Sandbox::with(&[("plan.adr", DUPLICATE)]);
    let denied = sandbox.run("compile plan.adr -o published --deny warnings");
    assert_eq!(denied.status, 1);
    assert!(!sandbox.path("published").exists());
    let ran = sandbox.run("compile plan.adr -o published");
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.contains("warning[exact-duplicate]"), "{ran:?}");
}

#[test]
fn allow_comment_silences_one_line_and_unused_comment_is_reported() {
    let allowed = DUPLICATE.replace(
        "  rule \"Local again\"",
        "  // allow(exact-duplicate): the vendor's table has it twice\n  rule \"Local again\"",
    );
    let unused =
        CLEAN.replace("application", "// allow(exact-duplicate): for no reason\napplication");
    let sandbox = Sandbox::with(&[("allowed.adr", &allowed), ("unused.adr", &unused)]);
    assert_eq!(sandbox.run("check allowed.adr").status, 0);
    let ran = sandbox.run("check unused.adr");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("warning[unused-allow]"), "{ran:?}");
}

#[test]
fn safe_fix_changes_no_result_and_second_run_changes_nothing() {
    let sandbox = Sandbox::with(&[("plan.adr", DUPLICATE)]);
    let before = sandbox.run("dial plan.adr 5551212 911 4711").stdout;
    let ran = sandbox.run("check plan.adr --fix");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.stderr.contains(
            "plan.adr:5: remove the rule `Local again` (exact-duplicate)\n1 finding fixed"
        ),
        "{ran:?}"
    );
    let fixed = sandbox.read("plan.adr");
    assert!(!fixed.contains("Local again"), "{fixed}");
    assert_eq!(sandbox.run("dial plan.adr 5551212 911 4711").stdout, before);
    assert_eq!(sandbox.run("check plan.adr --fix").status, 0);
    assert_eq!(sandbox.read("plan.adr"), fixed);
}

#[test]
fn several_paths_are_checked_as_one_plan() {
    let rules = "application {\n  rule \"Local\" { begins-with 5; digits 7; prefix 9 }\n}\ntest { dial 5551212 -> 95551212 }\n";
    let sandbox = Sandbox::with(&[("a.adr", "emergency 911, 9911\n"), ("b.adr", rules)]);
    assert_eq!(sandbox.run("check a.adr b.adr").status, 0);
    assert_eq!(sandbox.run("check b.adr").status, 1);
}

/// CLEAN with a rule that takes some numbers of the rule below it.
fn with_an_exception() -> String {
    let exception =
        "  rule \"Block 555\" { begins-with 555; digits 7; prefix 8 }\n  rule \"Local\"";
    CLEAN.replace("  rule \"Local\"", exception).replace("-> 95551212", "-> 85551212")
}

#[test]
fn notes_are_shown_in_json_and_with_the_notes_option_only() {
    let sandbox = Sandbox::with(&[("plan.adr", &with_an_exception())]);
    let ran = sandbox.run("check plan.adr");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("no findings"), "{ran:?}");
    let shown = sandbox.run("check plan.adr --notes");
    assert_eq!(shown.status, 0);
    assert!(shown.stdout.contains("info[partly-dead-rule]: this rule wins 99 %"));
    for format in ["json", "ndjson", "sarif"] {
        let ran = sandbox.run(&format!("check plan.adr --format {format}"));
        assert!(ran.status == 0 && ran.stdout.contains("partly-dead-rule"), "{ran:?}");
    }
    for format in ["compact", "github", "junit"] {
        let ran = sandbox.run(&format!("check plan.adr --format {format}"));
        assert!(ran.status == 0 && !ran.stdout.contains("partly-dead-rule"), "{ran:?}");
    }
}

#[test]
fn severity_option_sets_the_severity_of_a_note() {
    let sandbox = Sandbox::with(&[("plan.adr", &with_an_exception())]);
    for (level, status) in [("warn", 1), ("deny", 1), ("allow", 0)] {
        let ran = sandbox.run(&format!("check plan.adr --{level} partly-dead-rule"));
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(ran.stdout.contains("partly-dead-rule"), status == 1, "{ran:?}");
    }
    assert_eq!(sandbox.run("check plan.adr --deny warnings").status, 0);
    assert!(!sandbox.run("compile plan.adr -o out").stderr.contains("partly-dead-rule"));
    let ran = sandbox.run("compile plan.adr -o out --deny partly-dead-rule");
    assert!(ran.status == 1 && ran.stderr.contains("partly-dead-rule"), "{ran:?}");
}

#[test]
fn allowed_note_is_hidden_and_its_comment_counts_as_used() {
    let allow = "  // allow(partly-dead-rule): an exception\n  rule \"Local\"";
    let allowed = with_an_exception().replace("  rule \"Local\"", allow);
    let sandbox = Sandbox::with(&[("plan.adr", &allowed)]);
    for line in ["check plan.adr --notes", "compile plan.adr -o out"] {
        let ran = sandbox.run(line);
        let output = ran.stdout.clone() + &ran.stderr;
        assert!(
            ran.status == 0 && !output.contains("-dead-rule]") && !output.contains("unused-allow"),
            "{ran:?}"
        );
    }
}

const MERGEABLE: &str = "\
emergency 911, 9911

application {
  // asked for by sales
  rule \"Block 555\" { begins-with 555; digits 7; prefix 9 } // since 2019
  rule \"Local\"     { begins-with 5; digits 7; prefix 9 }
}

test {
  dial 5551212 -> 95551212
}
";

#[test]
fn redundant_rule_is_removed_with_its_comments() {
    let sandbox = Sandbox::with(&[("plan.adr", MERGEABLE), ("old.adr", MERGEABLE)]);
    let ran = sandbox.run("check plan.adr");
    assert!(
        ran.status == 1
            && ran.stdout.contains("warning[redundant-rule]: this rule is redundant: `Local`"),
        "{ran:?}"
    );
    let ran = sandbox.run("check plan.adr --fix");
    assert!(ran.status == 0 && ran.stderr.contains("1 finding fixed"), "{ran:?}");
    let now = sandbox.read("plan.adr");
    assert!(!now.contains("//") && !now.contains("Block 555"), "{now}");
    assert_eq!(sandbox.run("prove equal old.adr plan.adr --domain anything").status, 0);
}

#[test]
fn every_note_in_json_has_a_witness_a_line_and_a_page() {
    let plan = CLEAN.replace(
        "  rule \"Local\"",
        "  rule \"Block 555\" { begins-with 555; digits 7; prefix 8 }\n  rule \"Eight\" { digits 8; prefix 408 }\n  rule \"Local\"",
    ) + "lookup {\n  rule \"Back\" { begins-with 9555; digits 8; remove 1 }\n}\n";
    let sandbox = Sandbox::with(&[("plan.adr", &plan)]);
    let ran = sandbox.run("check plan.adr --format json --allow untested-list");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for name in [
        "partly-dead-rule",
        "overlap-order-matters",
        "result-matches-rule",
        "lookup-does-not-invert",
    ] {
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|found| found["name"] == name);
        let found = found.unwrap_or_else(|| panic!("{name}: {ran:?}"));
        assert_eq!(found["severity"], "information", "{name}");
        assert!(found["witness"].is_string() && found["line"].is_u64(), "{found}");
        let page = sandbox.run(&format!("explain {name}"));
        assert!(
            page.status == 0 && page.stdout.starts_with(&format!("{name} (information)")),
            "{page:?}"
        );
    }
}
