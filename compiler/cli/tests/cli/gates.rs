//! A plan with a failing test reaches no client, by no command; commands that publish nothing work
//! on it.

use std::fs;

use adr_kit::sandbox::Finished;

use super::sandbox::{CLEAN, Sandbox as Room};

/// Rules that changed while their test did not: what comes out is not what line 8 expects.
fn failing() -> String {
    CLEAN.replace("prefix 9", "prefix 8")
}

/// What every refusal says of the test.
fn assert_names_the_test(ran: &Finished, file: &str) {
    let message =
        format!("dial `5551212`: expected `95551212`, got `85551212`, by rule `Local` ({file}:4)");
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("failed-test") && said.contains(&message), "{ran:?}");
    assert!(said.contains(&format!("{file}:8")), "{ran:?}");
}

/// A folder where the clean plan is published, and `plan.adr` fails.
fn room() -> Room {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    assert_eq!(room.run("plan plan.adr --publish published -o change.json").status, 0);
    assert_eq!(room.run("compile plan.adr -o published").status, 0);
    room.write("plan.adr", failing().as_bytes());
    room
}

#[test]
fn failing_test_is_refused_by_every_command_that_publishes() {
    let room = room();
    let before = room.listing(".");
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
        let ran = room.run(line);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert_names_the_test(&ran, "plan.adr");
        assert_eq!(room.listing("."), before, "{line}");
        assert_eq!(room.run("dial published 5551212").stdout, "95551212\n", "{line}");
    }
}

#[test]
fn no_tests_is_the_only_way_around() {
    let room = room();
    for option in ["--allow failed-test", "--warn failed-test"] {
        let ran = room.run(&format!("check {option} plan.adr"));
        assert!(ran.status == 2 && ran.stderr.contains("always an error"), "{ran:?}");
    }
    let allowed = failing().replace("  dial 555", "  // allow(failed-test): known\n  dial 555");
    room.write("allowed.adr", allowed.as_bytes());
    let ran = room.run("check allowed.adr");
    assert!(ran.status == 1 && ran.stdout.contains("cannot be allowed"), "{ran:?}");
    room.write("adrc.toml", b"rules = [\"plan.adr\"]\nno_tests = true\n");
    let ran = room.run("serve --config adrc.toml --check");
    assert!(ran.status == 2 && ran.stderr.contains("no_tests"), "{ran:?}");
    for line in [
        "check --no-tests plan.adr",
        "serve --no-tests plan.adr --check",
        "plan --no-tests plan.adr --publish published -o other.json",
    ] {
        assert_eq!(room.run(line).status, 0, "{line}");
    }
    assert_eq!(room.run("apply other.json").status, 3);
    let ran = room.run("apply --no-tests other.json");
    assert!(ran.status == 0 && ran.stderr.contains("2 tests not run"), "{ran:?}");
    assert_eq!(room.run("dial published 5551212").stdout, "85551212\n");
}

#[test]
fn check_counts_tests_as_passed() {
    let room = Room::with(&[("plan.adr", CLEAN), ("none.adr", "emergency 911\napplication { }\n")]);
    let said = |line: &str| room.run(line).stderr;
    assert_eq!(said("check plan.adr"), "plan.adr: no findings in 1 view, 1 rule, 2 tests passed\n");
    let not_run = "plan.adr: no findings in 1 view, 1 rule, 2 tests not run\n";
    assert_eq!(said("check --no-tests plan.adr"), not_run);
    assert!(said("check none.adr").ends_with("0 tests\n"), "{}", said("check none.adr"));
}

#[test]
fn commands_that_publish_nothing_work_on_a_failing_plan() {
    let room = room();
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
        let ran = room.run(line);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert!(!ran.stderr.contains("failed-test"), "{line}: {ran:?}");
    }
}

/// Optimizing in place changes rules, and no test comes out otherwise: neither one that passes nor
/// one that fails.
#[test]
fn optimize_write_keeps_the_outcome_of_tests() {
    let text = "emergency 911\napplication {\n  rule \"One\" { begins-with 1; digits 7; prefix 9 }\n  \
                rule \"All\" { digits 7; prefix 9 }\n}\ntest {\n  dial 1551212 -> 91551212\n  \
                dial 2551212 -> 2551212\n  dial 911 -> unchanged\n}\n";
    let room = Room::with(&[("plan.adr", text)]);
    let outcomes = || {
        let json: serde_json::Value =
            serde_json::from_str(&room.run("test plan.adr --format json").stdout).unwrap();
        let tests = json["tests"].as_array().unwrap().iter();
        let outcomes = tests.map(|test| (test["test"].clone(), test["given"].clone()));
        outcomes.collect::<Vec<_>>()
    };
    let before = outcomes();
    let ran = room.run("optimize --write plan.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_ne!(room.read("plan.adr"), text);
    assert_eq!(outcomes(), before);
}

#[test]
fn test_selects_by_text_and_by_site() {
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n  application { rule \"Out\" { digits 7; prefix 8 } }\n}\n\
                test {\n  dial 5551212 at \"Dallas\" -> unchanged\n}\n";
    let room = Room::with(&[("plan.adr", &format!("{CLEAN}{site}"))]);
    for (options, status, tests) in [
        ("", 1, "3 tests, 1 failed\n"),
        ("--site Dallas", 1, "1 test, 1 failed\n"),
        ("--filter 911", 0, "1 test passed\n"),
        // as written, and as cleaned
        ("--filter 555-1212", 0, "1 test passed\n"),
        ("--filter 5551212", 1, "2 tests, 1 failed\n"),
        ("--filter 911 --site Dallas", 2, "error: --filter and --site select none of 3 tests\n"),
        ("--site Dalas", 2, "did you mean `Dallas`?"),
    ] {
        let ran = room.run(format!("test plan.adr {options}").trim_end());
        assert_eq!(ran.status, status, "{options}: {ran:?}");
        assert!(ran.stderr.contains(tests), "{options}: {ran:?}");
    }
    assert_eq!(fs::read_dir(room.path(".")).unwrap().count(), 1);
}
