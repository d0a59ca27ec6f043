//! Plans with a failing test: commands that publish reject them, and all others accept them.

use std::fs;

use adr_kit::sandbox::Finished;

use super::sandbox::{CLEAN, Sandbox};

/// CLEAN with another prefix, so that the result differs from the one that line 8 expects.
fn failing_plan() -> String {
    CLEAN.replace("prefix 9", "prefix 8")
}

/// Asserts that the output names the failing test, its line and the result.
fn assert_names_the_test(ran: &Finished, file: &str) {
    let message =
        format!("dial `5551212`: expected `95551212`, got `85551212`, by rule `Local` ({file}:4)");
    let output = format!("{}{}", ran.stdout, ran.stderr);
    assert!(output.contains("failed-test") && output.contains(&message), "{ran:?}");
    assert!(output.contains(&format!("{file}:8")), "{ran:?}");
}

/// A sandbox where CLEAN is published and the test of `plan.adr` fails.
fn published_and_failing() -> Sandbox {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    assert_eq!(sandbox.run("plan plan.adr --publish published -o change.json").status, 0);
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    sandbox.write("plan.adr", failing_plan().as_bytes());
    sandbox
}

#[test]
fn plan_with_a_failing_test_is_rejected_by_every_command_that_publishes() {
    let sandbox = published_and_failing();
    let before = sandbox.listing(".");
    for (line, status) in [
        ("check plan.adr", 1),
        ("check --fix plan.adr", 1),
        ("compile plan.adr -o published", 1),
        ("compile plan.adr -o elsewhere", 1),
        ("publish plan.adr -o published", 1),
        ("plan plan.adr --publish published -o other.json", 1),
        ("apply change.json", 3),
        ("serve plan.adr --check", 1),
        ("serve plan.adr --publish published --check", 1),
        ("serve plan.adr --no-watch --admin off --tftp 127.0.0.1:0", 1),
        ("serve plan.adr --admin off --tftp 127.0.0.1:0", 1),
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert_names_the_test(&ran, "plan.adr");
        assert_eq!(sandbox.listing("."), before, "{line}");
        assert_eq!(sandbox.run("dial published 5551212").stdout, "95551212\n", "{line}");
    }
}

#[test]
fn failing_test_is_skipped_with_no_tests_only() {
    let sandbox = published_and_failing();
    for option in ["--allow failed-test", "--warn failed-test"] {
        let ran = sandbox.run(&format!("check {option} plan.adr"));
        assert!(ran.status == 2 && ran.stderr.contains("always an error"), "{ran:?}");
    }
    let allowed =
        failing_plan().replace("  dial 555", "  // allow(failed-test): known\n  dial 555");
    sandbox.write("allowed.adr", allowed.as_bytes());
    let ran = sandbox.run("check allowed.adr");
    assert!(ran.status == 1 && ran.stdout.contains("cannot be allowed"), "{ran:?}");
    sandbox.write("adrc.toml", b"rules = [\"plan.adr\"]\nno_tests = true\n");
    let ran = sandbox.run("serve --config adrc.toml --check");
    assert!(ran.status == 2 && ran.stderr.contains("no_tests"), "{ran:?}");
    for line in [
        "check --no-tests plan.adr",
        "serve --no-tests plan.adr --check",
        "plan --no-tests plan.adr --publish published -o other.json",
    ] {
        assert_eq!(sandbox.run(line).status, 0, "{line}");
    }
    assert_eq!(sandbox.run("apply other.json").status, 3);
    let ran = sandbox.run("apply --no-tests other.json");
    assert!(ran.status == 0 && ran.stderr.contains("2 tests not run"), "{ran:?}");
    assert_eq!(sandbox.run("dial published 5551212").stdout, "85551212\n");
}

#[test]
fn check_reports_the_number_of_passed_tests() {
    let sandbox =
        Sandbox::with(&[("plan.adr", CLEAN), ("none.adr", "emergency 911\napplication { }\n")]);
    let messages = |line: &str| sandbox.run(line).stderr;
    assert_eq!(
        messages("check plan.adr"),
        "plan.adr: no findings in 1 view, 1 rule, 2 tests passed\n"
    );
    let not_run = "plan.adr: no findings in 1 view, 1 rule, 2 tests not run\n";
    assert_eq!(messages("check --no-tests plan.adr"), not_run);
    assert!(messages("check none.adr").ends_with("0 tests\n"), "{}", messages("check none.adr"));
}

#[test]
fn plan_with_a_failing_test_works_in_commands_that_publish_nothing() {
    let sandbox = published_and_failing();
    for (line, status) in [
        ("dial plan.adr 5551212", 0),
        ("dial plan.adr --trace 5551212", 0),
        ("lookup plan.adr 5551212", 0),
        ("fmt --check plan.adr", 0),
        ("coverage plan.adr", 0),
        ("diff published plan.adr", 1),
        ("invert plan.adr", 0),
        ("prove equal plan.adr plan.adr", 0),
        ("optimize plan.adr", 0),
        ("test plan.adr", 1),
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert!(!ran.stderr.contains("failed-test"), "{line}: {ran:?}");
    }
}

/// Both passing and failing tests keep their results when `optimize --write` changes the rules.
#[test]
fn optimize_write_keeps_the_outcome_of_tests() {
    let text = "emergency 911\napplication {\n  rule \"One\" { begins-with 1; digits 7; prefix 9 }\n  \
                rule \"All\" { digits 7; prefix 9 }\n}\ntest {\n  dial 1551212 -> 91551212\n  \
                dial 2551212 -> 2551212\n  dial 911 -> unchanged\n}\n";
    let sandbox = Sandbox::with(&[("plan.adr", text)]);
    let outcomes = || {
        let json: serde_json::Value =
            serde_json::from_str(&sandbox.run("test plan.adr --format json").stdout).unwrap();
        let tests = json["tests"].as_array().unwrap().iter();
        let outcomes = tests.map(|test| (test["test"].clone(), test["given"].clone()));
        outcomes.collect::<Vec<_>>()
    };
    let before = outcomes();
    let ran = sandbox.run("optimize --write plan.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_ne!(sandbox.read("plan.adr"), text);
    assert_eq!(outcomes(), before);
}

#[test]
fn test_with_filter_or_site_runs_the_selected_tests() {
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n  application { rule \"Out\" { digits 7; prefix 8 } }\n}\n\
                test {\n  dial 5551212 at \"Dallas\" -> unchanged\n}\n";
    let sandbox = Sandbox::with(&[("plan.adr", &format!("{CLEAN}{site}"))]);
    for (options, status, tests) in [
        ("", 1, "3 tests, 1 failed\n"),
        ("--site Dallas", 1, "1 test, 1 failed\n"),
        ("--filter 911", 0, "1 test passed\n"),
        // the filter matches the number as written and as cleaned
        ("--filter 555-1212", 0, "1 test passed\n"),
        ("--filter 5551212", 1, "2 tests, 1 failed\n"),
        ("--filter 911 --site Dallas", 2, "error: --filter and --site select none of 3 tests\n"),
        ("--site Dalas", 2, "did you mean `Dallas`?"),
    ] {
        let ran = sandbox.run(format!("test plan.adr {options}").trim_end());
        assert_eq!(ran.status, status, "{options}: {ran:?}");
        assert!(ran.stderr.contains(tests), "{options}: {ran:?}");
    }
    assert_eq!(fs::read_dir(sandbox.path(".")).unwrap().count(), 1);
}
