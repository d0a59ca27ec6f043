//! `adrc check`: levels, allow comments, fixes.

use super::sandbox::{CLEAN, Sandbox as Room};

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
fn levels_weigh_findings_and_the_later_one_wins() {
    let room = Room::with(&[("plan.adr", DUPLICATE)]);
    for (levels, status, words) in [
        ("", 1, "1 warning"),
        (" --allow exact-duplicate", 0, "no findings"),
        (" --allow warnings", 0, "no findings"),
        (" --deny exact-duplicate", 1, "1 error"),
        (" --deny warnings", 1, "1 error"),
        (" --deny warnings --allow exact-duplicate", 0, "no findings"),
        (" --allow exact-duplicate --deny warnings", 1, "1 error"),
        (" --deny exact-duplicate --warn exact-duplicate", 1, "1 warning"),
    ] {
        let ran = room.run(&format!("check plan.adr{levels}"));
        assert_eq!(ran.status, status, "{levels}: {ran:?}");
        assert!(ran.stderr.contains(words), "{levels}: {ran:?}");
    }
}

#[test]
fn a_warning_is_compiled_unless_denied() {
    let room = Room::with(&[("plan.adr", DUPLICATE)]);
    let denied = room.run("compile plan.adr -o published --deny warnings");
    assert_eq!(denied.status, 1);
    assert!(!room.path("published").exists());
    let ran = room.run("compile plan.adr -o published");
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.contains("warning[exact-duplicate]"), "{ran:?}");
}

#[test]
fn allow_comment_silences_one_line_and_unused_one_is_reported() {
    let allowed = DUPLICATE.replace(
        "  rule \"Local again\"",
        "  // allow(exact-duplicate): the vendor's table has it twice\n  rule \"Local again\"",
    );
    let unused =
        CLEAN.replace("application", "// allow(exact-duplicate): for no reason\napplication");
    let room = Room::with(&[("allowed.adr", &allowed), ("unused.adr", &unused)]);
    assert_eq!(room.run("check allowed.adr").status, 0);
    let ran = room.run("check unused.adr");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("warning[unused-allow]"), "{ran:?}");
}

#[test]
fn fix_fixes_what_changes_no_result_and_a_second_run_changes_nothing() {
    let room = Room::with(&[("plan.adr", DUPLICATE)]);
    let before = room.run("dial plan.adr 5551212 911 4711").stdout;
    let ran = room.run("check plan.adr --fix");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.stderr.contains(
            "plan.adr:5: remove the rule `Local again` (exact-duplicate)\n1 finding fixed"
        ),
        "{ran:?}"
    );
    let fixed = room.read("plan.adr");
    assert!(!fixed.contains("Local again"), "{fixed}");
    assert_eq!(room.run("dial plan.adr 5551212 911 4711").stdout, before);
    assert_eq!(room.run("check plan.adr --fix").status, 0);
    assert_eq!(room.read("plan.adr"), fixed);
}

#[test]
fn several_paths_are_one_book() {
    let rules = "application {\n  rule \"Local\" { begins-with 5; digits 7; prefix 9 }\n}\ntest { dial 5551212 -> 95551212 }\n";
    let room = Room::with(&[("a.adr", "emergency 911, 9911\n"), ("b.adr", rules)]);
    assert_eq!(room.run("check a.adr b.adr").status, 0);
    assert_eq!(room.run("check b.adr").status, 1);
}

/// CLEAN with an exception, which takes some numbers of the rule below it.
fn with_an_exception() -> String {
    let exception =
        "  rule \"Block 555\" { begins-with 555; digits 7; prefix 8 }\n  rule \"Local\"";
    CLEAN.replace("  rule \"Local\"", exception).replace("-> 95551212", "-> 85551212")
}

#[test]
fn notes_are_for_programs_and_for_people_who_ask() {
    let room = Room::with(&[("plan.adr", &with_an_exception())]);
    let ran = room.run("check plan.adr");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("no findings"), "{ran:?}");
    let shown = room.run("check plan.adr --notes");
    assert_eq!(shown.status, 0);
    assert!(shown.stdout.contains("info[partly-dead-rule]: this rule wins 99 %"));
    for format in ["json", "ndjson", "sarif"] {
        let ran = room.run(&format!("check plan.adr --format {format}"));
        assert!(ran.status == 0 && ran.stdout.contains("partly-dead-rule"), "{ran:?}");
    }
    for format in ["compact", "github", "junit"] {
        let ran = room.run(&format!("check plan.adr --format {format}"));
        assert!(ran.status == 0 && !ran.stdout.contains("partly-dead-rule"), "{ran:?}");
    }
}

#[test]
fn a_note_weighs_what_a_level_says() {
    let room = Room::with(&[("plan.adr", &with_an_exception())]);
    for (level, status) in [("warn", 1), ("deny", 1), ("allow", 0)] {
        let ran = room.run(&format!("check plan.adr --{level} partly-dead-rule"));
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(ran.stdout.contains("partly-dead-rule"), status == 1, "{ran:?}");
    }
    assert_eq!(room.run("check plan.adr --deny warnings").status, 0);
    assert!(!room.run("compile plan.adr -o out").stderr.contains("partly-dead-rule"));
    let ran = room.run("compile plan.adr -o out --deny partly-dead-rule");
    assert!(ran.status == 1 && ran.stderr.contains("partly-dead-rule"), "{ran:?}");
}

#[test]
fn a_note_that_is_allowed_is_not_shown_and_its_comment_is_in_use() {
    let allow = "  // allow(partly-dead-rule): an exception\n  rule \"Local\"";
    let allowed = with_an_exception().replace("  rule \"Local\"", allow);
    let room = Room::with(&[("plan.adr", &allowed)]);
    for verb in ["check plan.adr --notes", "compile plan.adr -o out"] {
        let ran = room.run(verb);
        let said = ran.stdout.clone() + &ran.stderr;
        assert!(
            ran.status == 0 && !said.contains("-dead-rule]") && !said.contains("unused-allow"),
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
fn a_rule_that_can_go_is_removed_with_its_comments() {
    let room = Room::with(&[("plan.adr", MERGEABLE), ("old.adr", MERGEABLE)]);
    let ran = room.run("check plan.adr");
    assert!(
        ran.status == 1
            && ran.stdout.contains("warning[redundant-rule]: this rule is redundant: `Local`"),
        "{ran:?}"
    );
    let ran = room.run("check plan.adr --fix");
    assert!(ran.status == 0 && ran.stderr.contains("1 finding fixed"), "{ran:?}");
    let now = room.read("plan.adr");
    assert!(!now.contains("//") && !now.contains("Block 555"), "{now}");
    assert_eq!(room.run("prove equal old.adr plan.adr --domain anything").status, 0);
}

#[test]
fn every_note_says_what_it_is_about() {
    let plan = CLEAN.replace(
        "  rule \"Local\"",
        "  rule \"Block 555\" { begins-with 555; digits 7; prefix 8 }\n  rule \"Eight\" { digits 8; prefix 408 }\n  rule \"Local\"",
    ) + "lookup {\n  rule \"Back\" { begins-with 9555; digits 8; remove 1 }\n}\n";
    let room = Room::with(&[("plan.adr", &plan)]);
    let ran = room.run("check plan.adr --format json --allow untested-list");
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
        let page = room.run(&format!("explain {name}"));
        assert!(
            page.status == 0 && page.stdout.starts_with(&format!("{name} (information)")),
            "{page:?}"
        );
    }
}
