//! `adrc check --fix`: safe fixes, unsafe fixes, fixes that are not applied, and how files are
//! written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::sandbox::Sandbox;

/// A plan with these rules and test lines.
fn plan(rules: &str, tests: &str) -> String {
    format!(
        "emergency 911\napplication {{\n{rules}}}\ntest {{\n  dial 911 -> unchanged\n{tests}}}\n"
    )
}

/// A plan with a rule that repeats another one; both have comments.
fn repeated() -> String {
    plan(
        "  rule \"A\" { begins-with 1; digits 5; prefix 9 } // of A\n  \
           // allow(any-length): of B\n  \
           rule \"B\" { begins-with 1; digits 5; prefix 9 } // of B\n  \
           rule \"C\" { begins-with 2; digits any; prefix 9 }\n",
        "",
    )
}

/// A plan with a special rule below a general one.
fn special(tests: &str) -> String {
    plan(
        "  rule \"Local\" { begins-with [2-9]; digits 7; prefix 9 }\n  // ours\n  rule \"Block\" { begins-with 555; digits 7; prefix 8 }\n",
        tests,
    )
}

#[test]
fn allow_comment_is_removed_with_its_rule() {
    let sandbox = Sandbox::with(&[("plan.adr", &repeated())]);
    let ran = sandbox.run("check plan.adr --fix");
    assert_eq!(ran.status, 1, "{ran:?}");
    let now = sandbox.read("plan.adr");
    assert!(!now.contains("of B") && now.contains("// of A"), "{now}");
    assert!(ran.stdout.contains("warning[any-length]"), "{ran:?}");
}

#[test]
fn repeated_entry_is_removed_and_differing_entry_only_with_unsafe() {
    let rules = |same: &str, us: &str, short: &str| {
        plan(
            &format!(
                "  rule \"National\" {{ begins-with 0; digits 11; prefix 9 }}\n  \
                   rule \"Same\" {{ begins-with {same}; digits 11; prefix 9 }}\n  \
                   rule \"US\" {{ begins-with {us}; digits 11; prefix 9 }}\n  \
                   rule \"Short\" {{ begins-with {short}; digits 4; prefix 9 }}\n"
            ),
            "",
        )
    };
    let us = "5, // as above\n    6, // ours\n    5";
    let sandbox = Sandbox::with(&[("plan.adr", &rules("5, 4005, 01", us, "12345, 77"))]);
    let ran = sandbox.run("check plan.adr --fix");
    for line in [
        "plan.adr:4: remove `01` from the rule `Same` (dead-entry)\n",
        "plan.adr:5: remove `5` and `5` from the rule `US` (exact-duplicate)\n",
        "1 more fix with `--fix --unsafe`",
    ] {
        assert!(ran.stderr.contains(line), "{ran:?}");
    }
    let fixed =
        rules("5, 4005", "6 // ours\n    ", "12345, 77").replace("    ; digits", "    digits");
    assert_eq!(sandbox.read("plan.adr"), fixed);
    let ran = sandbox.run("check plan.adr --fix --unsafe");
    let line = "plan.adr:7: remove `12345` from the rule `Short` (dead-entry)\n";
    assert!(ran.status == 0 && ran.stderr.contains(line), "{ran:?}");
    assert_eq!(sandbox.read("plan.adr"), fixed.replace("12345, 77", "77"));
}

#[test]
fn special_rule_below_a_general_one_is_moved_with_unsafe_only() {
    let sandbox = Sandbox::with(&[("plan.adr", &special(""))]);
    let ran = sandbox.run("check plan.adr --fix");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("1 more fix with `--fix --unsafe`, which may change results"),
        "{ran:?}"
    );
    assert_eq!(sandbox.read("plan.adr"), special(""));
    let ran = sandbox.run("check plan.adr --fix --unsafe");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.stderr.contains(
            "plan.adr:5: move the rule `Block` above `Local` (dead-rule)\n1 finding fixed\n"
        ),
        "{ran:?}"
    );
    let expected = plan(
        "  // ours\n  rule \"Block\" { begins-with 555; digits 7; prefix 8 }\n  rule \"Local\" { begins-with [2-9]; digits 7; prefix 9 }\n",
        "",
    );
    assert_eq!(sandbox.read("plan.adr"), expected);
    assert_eq!(sandbox.run("dial plan.adr 5551212").stdout, "85551212\n");
    let again = sandbox.run("check plan.adr --fix --unsafe");
    assert!(again.status == 0 && !again.stderr.contains("fixed"), "{again:?}");
    assert_eq!(sandbox.read("plan.adr"), expected);
}

#[test]
fn dead_rule_below_a_group_is_moved_above_its_use() {
    let text = "emergency 911\ngroup \"G\" {\n  rule \"Local\" { begins-with [2-9]; digits 7; prefix 9 }\n}\napplication {\n  rule \"Eight\" { begins-with [2-9]; digits 8; prefix 9 }\n  \
                use \"G\"\n  rule \"Block\" { begins-with 555; digits 7; prefix 8 }\n}\ntest { dial 911 -> unchanged }\n";
    let sandbox = Sandbox::with(&[("plan.adr", text)]);
    let ran = sandbox.run("check plan.adr --fix --unsafe");
    assert_eq!(ran.status, 0, "{ran:?}");
    let now = sandbox.read("plan.adr");
    assert!(now.contains("prefix 8 }\n  use \"G\"\n}"), "{now}");
}

#[test]
fn fix_that_fails_a_test_is_not_applied() {
    let text = special("  dial 5551212 -> 95551212\n");
    let sandbox = Sandbox::with(&[("plan.adr", &text)]);
    let ran = sandbox.run("check plan.adr --fix --unsafe");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(
        ran.stderr
            .contains("plan.adr:5: move the rule `Block` above `Local` (dead-rule), not applied: "),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("plan.adr:9"), "the test is named: {ran:?}");
    assert_eq!(sandbox.read("plan.adr"), text);
}

#[test]
fn fix_that_leaves_a_new_finding_is_not_applied() {
    let text = plan(
        "  rule \"A\" { digits 5; prefix 9 }\n  rule \"B\" { begins-with 1; digits 5; prefix ${out} }\n  \
           rule \"C\" { begins-with 2; digits 5; prefix 9 }\n",
        "",
    );
    let text = format!("let out = 9\n{text}");
    let sandbox = Sandbox::with(&[("plan.adr", &text)]);
    let ran = sandbox.run("check plan.adr --fix");
    assert_eq!(ran.status, 1, "{ran:?}");
    for line in [
        "plan.adr:6: remove the rule `C` (dead-rule)\n",
        "plan.adr:5: remove the rule `B` (dead-rule), not applied: it would leave `unused-let` at plan.adr:1\n",
        "1 finding fixed\n",
    ] {
        assert!(ran.stderr.contains(line), "{line}: {ran:?}");
    }
    let now = sandbox.read("plan.adr");
    assert!(now.contains("\"B\"") && !now.contains("\"C\""), "{now}");
}

#[test]
fn syntax_slip_is_fixed_unless_the_fix_leaves_an_error() {
    let text =
        repeated().replace("any-length", "x").replace("prefix 9 } // of A", "prefix = 9 } // of A");
    let sandbox = Sandbox::with(&[("plan.adr", &text)]);
    let ran = sandbox.run("check plan.adr --fix --allow warnings");
    assert_eq!(ran.status, 0, "{ran:?}");
    // quotes around `A` would repeat the name of a rule, which is another error
    let text = plan(
        "  rule A { digits 5; prefix 9 }\n  rule \"A\" { digits 6; prefix 9 }\n  rule B { digits 7; prefix 9 }\n",
        "",
    );
    sandbox.write("names.adr", text.as_bytes());
    let ran = sandbox.run("check names.adr --fix");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("(missing-quotes), not applied: it would leave `duplicate-name`"),
        "{ran:?}"
    );
    let now = sandbox.read("names.adr");
    assert!(now.contains("rule A {") && now.contains("rule \"B\" {"), "{now}");
}

#[test]
fn fix_with_diff_prints_a_patch_and_writes_nothing() {
    let sandbox = Sandbox::with(&[("plan.adr", &repeated())]);
    let ran = sandbox.run("check plan.adr --fix --diff --allow warnings --warn exact-duplicate");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(sandbox.read("plan.adr"), repeated());
    insta::assert_snapshot!("fix_diff", format!("{}--- messages\n{}", ran.stdout, ran.stderr));
    let clean = sandbox.run("check plan.adr --fix --diff --allow warnings");
    assert_eq!((clean.status, clean.stdout.as_str()), (0, ""), "{clean:?}");
}

#[test]
fn fix_with_diff_of_standard_input_prints_a_patch() {
    let sandbox = Sandbox::new();
    let text = repeated();
    let ran = sandbox.given(&["check", "-", "--fix", "--diff"], text.as_bytes());
    assert!(ran.status == 1 && ran.stdout.starts_with("--- -\n+++ -\n"), "{ran:?}");
    let ran = sandbox.given(&["check", "-", "--fix"], text.as_bytes());
    assert!(ran.status == 2 && ran.stderr.contains("no file to fix"), "{ran:?}");
}

#[test]
fn fix_with_json_format_prints_valid_json() {
    let sandbox = Sandbox::with(&[("plan.adr", &repeated())]);
    let ran = sandbox.run("check plan.adr --fix --format json --allow plus-inside-result");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let has = |name: &str| findings.iter().any(|found| found["name"] == name);
    assert!(has("any-length") && !has("exact-duplicate"), "{ran:?}");
    assert!(ran.stderr.contains("(exact-duplicate)\n1 finding fixed"), "{ran:?}");
}

#[test]
fn fix_of_several_files_writes_all_or_none() {
    let repeat = "  rule \"A\" { begins-with [2-9]; digits 5; prefix 9 }\n  rule \"B\" { begins-with [2-9]; digits 5; prefix 9 }\n";
    let main = format!("include \"site.adr\"\n{}", plan(repeat, ""));
    let site = format!("site \"S\" {{\n  clients 10.0.0.0/8\n  application {{\n{repeat}  }}\n}}\n");
    let sandbox = Sandbox::with(&[("main.adr", &main), ("site.adr", &site)]);
    let set_writable = |writable: bool| {
        let mode = if writable { 0o644 } else { 0o444 };
        fs::set_permissions(sandbox.path("site.adr"), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_writable(false);
    let ran = sandbox.run("check main.adr --fix --allow untested-list");
    assert!(ran.status == 2 && ran.stderr.contains("site.adr: the file is read-only"), "{ran:?}");
    assert_eq!((sandbox.read("main.adr"), sandbox.read("site.adr")), (main, site));
    set_writable(true);
    let ran = sandbox.run("check main.adr --fix --allow untested-list");
    assert!(ran.status == 0 && ran.stderr.contains("2 findings fixed"), "{ran:?}");
    assert!(
        !sandbox.read("main.adr").contains("\"B\"") && !sandbox.read("site.adr").contains("\"B\"")
    );
}

#[test]
fn fix_keeps_line_ends_byte_order_mark_and_link() {
    let sandbox = Sandbox::new();
    let text = format!("\u{feff}{}", special("").replace('\n', "\r\n"));
    sandbox.write("real.adr", text.as_bytes());
    symlink("real.adr", sandbox.path("plan.adr")).unwrap();
    let ran = sandbox.run("check plan.adr --fix --unsafe");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(fs::symlink_metadata(sandbox.path("plan.adr")).unwrap().is_symlink());
    let now = sandbox.read("real.adr");
    assert!(now.starts_with("\u{feff}emergency"), "{now:?}");
    assert_eq!(now.matches('\n').count(), now.matches("\r\n").count());
    assert!(now != text && now.len() == text.len());
}

#[test]
fn fix_of_input_without_sources_exits_with_status_2() {
    let sandbox = Sandbox::with(&[("plan.adr", &special(""))]);
    sandbox.run("compile plan.adr -o published");
    for line in [
        "check published --fix",
        "check published/AppDialRules.xml --fix",
        "check none.adr --fix",
        "check plan.adr --unsafe",
        "check plan.adr --diff",
        "check plan.adr --fix --diff --format json",
    ] {
        let ran = sandbox.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{line}: {ran:?}");
    }
}

#[test]
fn help_explains_safe_and_unsafe_fixes() {
    let ran = Sandbox::new().run("check --fix --help");
    assert_eq!(ran.status, 0);
    for part in ["A safe fix changes the result of no number", "unsafe fix can change results"] {
        assert!(ran.stdout.contains(part), "{ran:?}");
    }
}
