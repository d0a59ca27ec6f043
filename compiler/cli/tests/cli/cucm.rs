//! `adrc import`, `adrc check` and `adrc diff` with the rules of a CUCM.

use std::fs;
use std::process::Command;

use adr_cucm_kit::{CucmStandIn, Fault, Injection, Pattern, Rule, RuleKind};
use adr_kit::needs;
use adr_kit::sandbox::{self, Finished};

use super::sandbox::Sandbox;

/// A cluster and a folder in which `adrc` works with it.
struct Bench {
    cucm: CucmStandIn,
    sandbox: Sandbox,
}

impl Bench {
    /// A cluster of this release without rules, which the project of the folder calls `hq`.
    fn of_release(release: &str) -> Self {
        let bench = Self { cucm: CucmStandIn::start_release(release), sandbox: Sandbox::new() };
        let (publisher, fingerprint) = (bench.cucm.address(), bench.cucm.fingerprint());
        let project =
            format!("[cucm.hq]\npublisher = \"{publisher}\"\nfingerprint = \"{fingerprint}\"\n");
        bench.sandbox.write("adrc.toml", project.as_bytes());
        bench
    }

    /// A cluster of release 15 with three rules and two emergency patterns.
    fn new() -> Self {
        let bench = Self::of_release("15.0.1.10000(32)");
        {
            let mut state = bench.cucm.state();
            let described = Rule {
                description: "by the trunk".to_owned(),
                ..Rule::new("Local", "5", [7, 0], "9")
            };
            state
                .add_rule(RuleKind::Application, Rule::new("UK", "+44", [13, 1], "90").priority(3));
            state.add_rule(RuleKind::Application, described.priority(1));
            state.add_rule(RuleKind::Application, Rule::new("US", "+1", [12, 1], "9").priority(2));
            let own = Rule::new("Own", "408555", [10, 6], "").priority(1);
            state.add_rule(RuleKind::DirectoryLookup, own);
            state.route_patterns.push(Pattern::new("9.911", "PSTN").emergency());
            state.route_patterns.push(Pattern::new("9.@", "PSTN").emergency());
            state.route_patterns.push(Pattern::new("9.!", "PSTN"));
            state.translation_patterns.push(Pattern::new("911", "Emergency").emergency());
        }
        bench
    }

    fn run(&self, line: &str) -> Finished {
        self.run_as("axlreader", "axlreader-secret", line)
    }

    fn run_as(&self, user: &str, password: &str, line: &str) -> Finished {
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = self.sandbox.command(&words);
        command.env("ADRC_CUCM_USER", user).env("ADRC_CUCM_PASSWORD", password);
        sandbox::finish(command, b"")
    }

    /// A second administrator changes the prefix of a rule.
    fn edit(&self, name: &str, prefix: &str) {
        let mut state = self.cucm.state();
        let mut rules = state.rules_mut(RuleKind::Application).iter_mut();
        prefix.clone_into(&mut rules.find(|rule| rule.name == name).unwrap().prefix);
    }
}

#[test]
fn import_writes_the_rules_of_a_cluster_in_the_order_in_which_they_apply() {
    let bench = Bench::new();
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!((ran.status, &*ran.stdout), (0, ""), "{ran:?}");
    assert_eq!(ran.stderr, "hq.adr: 4 rules; next, `adrc check hq.adr`\n");
    insta::assert_snapshot!("imported_from_cucm", bench.sandbox.read("hq.adr"));
    assert_eq!(bench.sandbox.run("fmt --check hq.adr").status, 0);
    // a plan that was imported holds what CUCM holds
    let ran = bench.run("diff cucm://hq hq.adr --names");
    assert_eq!((ran.status, &*ran.stdout), (0, "No changes.\n"), "{ran:?}");
}

#[test]
fn second_import_of_the_same_rules_changes_no_byte() {
    let bench = Bench::new();
    assert_eq!(bench.run("import cucm://hq -o hq.adr").status, 0);
    let path = bench.sandbox.path("hq.adr");
    let before = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    // CUCM promises no order of its answers
    bench.cucm.state().rules_mut(RuleKind::Application).reverse();
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!((ran.status, &*ran.stderr), (0, "hq.adr: unchanged, 4 rules\n"));
    let after = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    assert_eq!(before, after);
}

#[test]
fn import_over_another_file_shows_the_difference_and_needs_a_decision() {
    let bench = Bench::new();
    assert_eq!(bench.run("import cucm://hq -o hq.adr").status, 0);
    let before = bench.sandbox.read("hq.adr");
    bench.edit("Local", "8");
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!((ran.status, bench.sandbox.read("hq.adr")), (3, before), "{ran:?}");
    for part in [
        "--- hq.adr\n+++ hq.adr (imported)\n",
        "prefix 9; description \"by the trunk\" }\n",
        "+  rule \"Local\" { begins-with 5; digits 7; prefix 8",
        "1,000,000",
        "error: hq.adr: the file has other content, and nothing is written\n",
        "`--force` overwrites it; `-o` with another name keeps both",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let ran = bench.run("import cucm://hq -o hq.adr --force");
    assert_eq!((ran.status, &*ran.stderr), (0, "hq.adr: overwritten, 4 rules\n"));
    assert!(bench.sandbox.read("hq.adr").contains("prefix 8"));
    // a file with errors has lines to show, and no calls
    bench.sandbox.write("hq.adr", b"application {\n");
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("hq.adr has errors, so adrc cannot show which calls change"));
    assert_eq!(bench.sandbox.read("hq.adr"), "application {\n");
}

#[test]
fn person_at_the_terminal_decides_about_another_file() {
    needs!("script");
    let bench = Bench::new();
    let adrc = env!("CARGO_BIN_EXE_adrc");
    for (answer, status, now) in
        [("n\n", 3, "// mine\n"), ("y\n", 0, "// The rules of cucm://hq.\n")]
    {
        bench.sandbox.write("hq.adr", b"// mine\n");
        let mut script = Command::new("script");
        let line = format!("{adrc} import cucm://hq -o hq.adr");
        script.args(["-qec", &line, "/dev/null"]).current_dir(bench.sandbox.folder());
        script.env("ADRC_CUCM_USER", "axlreader").env("ADRC_CUCM_PASSWORD", "axlreader-secret");
        let ran = sandbox::finish(script, answer.as_bytes());
        assert_eq!(ran.status, status, "{ran:?}");
        assert!(ran.stdout.contains("Overwrite hq.adr? [y/N]"), "{}", ran.stdout);
        assert!(bench.sandbox.read("hq.adr").starts_with(now), "{ran:?}");
    }
}

#[test]
fn import_without_output_prints_the_rules_alone() {
    let bench = Bench::new();
    let ran = bench.run("import cucm://hq --no-emergency");
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(!ran.stdout.contains("emergency"), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("// The rules of cucm://hq.\n\napplication {\n"));
    let ran = bench.run("import cucm://hq --format json");
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&document["kind"], &document["rules"]), (&"both".into(), &4.into()));
    assert!(document["source"].as_str().unwrap().contains("emergency 9911  // route pattern"));
    let ran = bench.run("import cucm://hq --as lookup");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--as: CUCM says itself of which kind its rules are"));
}

#[test]
fn certificate_that_nothing_vouches_for_is_named_with_what_to_write() {
    let bench = Bench::new();
    let (address, fingerprint) = (bench.cucm.address(), bench.cucm.fingerprint().to_owned());
    fs::remove_file(bench.sandbox.path("adrc.toml")).unwrap();
    let ran = bench.run(&format!("import cucm://{address} -o hq.adr"));
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("does not trust the certificate of CUCM"), "{}", ran.stderr);
    let flag = ran.stderr.split("--fingerprint ").nth(1).unwrap().split('`').next().unwrap();
    assert_eq!(flag.replace(':', "").to_lowercase(), fingerprint);
    assert!(bench.cucm.log().is_empty(), "adrc sent something to an unknown node");
    assert!(!bench.sandbox.path("hq.adr").exists());
    let ran = bench.run(&format!("import cucm://{address} -o hq.adr --fingerprint {flag}"));
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn answer_that_is_not_a_list_writes_nothing_and_says_what_to_do() {
    let html = b"<html><title>Maintenance</title></html>".to_vec();
    let cut = Fault::CutAt(120);
    let cases = [
        (Fault::Unauthorized, "rejects the user name or password", "locked the user"),
        (Fault::Status(403), "may not use this service", "Standard AXL Read Only API Access"),
        (Fault::Bytes(html), "a web page came in place of an answer", "no proxy in between"),
        (Fault::Redirect("https://127.0.0.1:9/".to_owned()), "does not follow", "without a proxy"),
        (cut, "ended before the answer did", "try again"),
    ];
    let bench = Bench::new();
    for (fault, cause, help) in cases {
        for operation in
            ["listApplicationDialRules", "listDirectoryLookupDialRules", "listTransPattern"]
        {
            bench.cucm.faults().clear();
            bench.cucm.faults().add(Injection::new(fault.clone()).operation(operation));
            let ran = bench.run("import cucm://hq -o hq.adr");
            assert_eq!((ran.status, &*ran.stdout), (2, ""), "{operation} {ran:?}");
            assert!(ran.stderr.contains(cause) && ran.stderr.contains(help), "{}", ran.stderr);
            assert!(!bench.sandbox.path("hq.adr").exists());
        }
    }
}

#[test]
fn wrong_password_is_tried_once() {
    let bench = Bench::new();
    let ran = bench.run_as("axlreader", "wrong", "import cucm://hq -o hq.adr");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("CUCM rejects the user name or password (HTTP 401)"), "{ran:?}");
    assert!(!ran.stderr.contains("wrong\n"), "{ran:?}");
    assert_eq!(bench.cucm.log().len(), 1);
}

#[test]
fn busy_cluster_is_asked_again_after_a_pause() {
    let bench = Bench::new();
    let busy = Injection::new(Fault::Status(503)).operation("listApplicationDialRules").times(1);
    bench.cucm.faults().add(busy);
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("CUCM is busy: the service is unavailable"), "{}", ran.stderr);
}

#[test]
fn cluster_without_rules_is_a_dial_plan_without_rules() {
    let bench = Bench::of_release("15.0.1.10000(32)");
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!((ran.status, &*ran.stderr), (0, "hq.adr: 0 rules; next, `adrc check hq.adr`\n"));
    assert_eq!(bench.sandbox.run("check hq.adr").status, 0);
}

#[test]
fn awkward_records_are_imported_with_their_texts() {
    let bench = Bench::of_release("12.5.1.10000(22)");
    {
        let mut state = bench.cucm.state();
        let long = "n".repeat(100);
        let names = ["Sales & <Service> \"100 %\"", "Zürich 中", &long, "Tab\there", "*/ } //"];
        for (at, name) in names.iter().enumerate() {
            let begins_with = at.to_string();
            let rule = Rule::new(name, &begins_with, [5, 0], "9");
            // no rule has a priority of its own
            state.add_rule(RuleKind::Application, rule.priority(7));
        }
        let empty = Rule { name: "Empty".to_owned(), prefix: "9".to_owned(), ..Rule::default() };
        state.add_rule(RuleKind::Application, empty);
    }
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    for name in ["page-refuses-rule", "equal-priorities"] {
        assert!(ran.stderr.contains(&format!("warning[{name}]")), "{}", ran.stderr);
    }
    assert!(ran.stderr.contains(" --> cucm://hq:"), "{}", ran.stderr);
    insta::assert_snapshot!("awkward_records", bench.sandbox.read("hq.adr"));
    let ran = bench.run("diff cucm://hq hq.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn record_that_is_not_a_rule_is_an_error_of_every_command() {
    let bench = Bench::new();
    let letters = Rule::new("Letters", "9X", [7, 0], "9").priority(9);
    bench.cucm.state().add_rule(RuleKind::Application, letters);
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("error[rule-outside-limits]: rule `Letters`"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("cucm://hq: nothing is imported\n"), "{}", ran.stderr);
    assert!(!bench.sandbox.path("hq.adr").exists());
    let ran = bench.run("check cucm://hq");
    assert!(ran.status == 1 && ran.stdout.contains("error[rule-outside-limits]"), "{ran:?}");
    for (format, part) in [("text", ""), ("json", "rule-outside-limits"), ("junit", "Letters")] {
        let ran = bench.run(&format!("diff cucm://hq adrc.toml --format {format}"));
        assert!(ran.status == 1 && ran.stdout.contains(part), "{ran:?}");
    }
}

#[test]
fn release_without_flags_and_dial_rule_operations_is_read_by_sql() {
    let bench = Bench::of_release("9.1.2.10000(28)");
    {
        let mut state = bench.cucm.state();
        state.add_rule(RuleKind::Application, Rule::new("US", "+1", [12, 1], "9").priority(2));
        state.add_rule(RuleKind::Application, Rule::new("Local", "5", [7, 0], "9").priority(1));
        state.route_patterns.push(Pattern::new("911", "").emergency());
    }
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    let text = bench.sandbox.read("hq.adr");
    assert!(text.contains("// CUCM does not say which patterns are emergency numbers"), "{text}");
    assert!(text.find("\"Local\"").unwrap() < text.find("\"US\"").unwrap(), "{text}");
    bench.cucm.state().sql.lookup_table = None;
    let ran = bench.run("import cucm://hq");
    assert_eq!((ran.status, &*ran.stdout), (2, ""));
    let message = "the database of CUCM has 0 tables for directory lookup dial rules";
    assert!(ran.stderr.contains(message), "{}", ran.stderr);
}

#[test]
fn ten_thousand_rules_are_read_in_pages_and_are_the_same_twice() {
    let bench = Bench::of_release("15.0.1.10000(32)");
    {
        let mut state = bench.cucm.state();
        for at in 0..10_000_u32 {
            let rule = Rule::new(&format!("Rule {at:05}"), &format!("{at:05}"), [9, 5], "8");
            state.add_rule(RuleKind::Application, rule.priority(at));
        }
        state.axl.max_rows = Some(700);
    }
    let ran = bench.run("import cucm://hq -o hq.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.ends_with("hq.adr: 10000 rules; next, `adrc check hq.adr`\n"));
    assert_eq!(bench.run("import cucm://hq -o hq.adr --quiet").status, 0);
    let pages = bench.cucm.operations();
    let pages = pages.iter().filter(|operation| *operation == "listApplicationDialRules");
    assert!(pages.count() > 20);
}

#[test]
fn check_of_a_cluster_reports_rules_and_records() {
    let bench = Bench::new();
    let ran = bench.run("check cucm://hq");
    assert_eq!((ran.status, &*ran.stdout), (0, ""), "{ran:?}");
    assert_eq!(ran.stderr, "cucm://hq: no findings in 1 view, 4 rules, 0 tests\n");
    bench.edit("US", "");
    let dead = Rule::new("Never", "51", [7, 0], "7").priority(2);
    bench.cucm.state().add_rule(RuleKind::Application, dead);
    let ran = bench.run("check cucm://hq --format compact");
    assert_eq!(ran.status, 1, "{ran:?}");
    for part in ["cucm://hq:", "dead-rule", "equal-priorities"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let ran = bench.run("check cucm://hq --allow dead-rule --allow equal-priorities");
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = bench.run("check cucm://hq --fix");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("cucm://hq: adrc does not fix rules in CUCM"), "{}", ran.stderr);
    let ran = bench.run("check cucm://branch");
    assert_eq!(ran.status, 2, "{ran:?}");
}

#[test]
fn rule_that_sends_a_flagged_number_elsewhere_is_an_error() {
    let bench = Bench::new();
    let rule = Rule::new("Three digits", "9", [3, 0], "8").priority(9);
    bench.cucm.state().add_rule(RuleKind::Application, rule);
    let ran = bench.run("check cucm://hq");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("error[emergency-rewritten]"), "{}", ran.stdout);
}

#[test]
fn diff_with_a_cluster_finds_drift_on_either_side() {
    let bench = Bench::new();
    assert_eq!(bench.run("import cucm://hq -o hq.adr").status, 0);
    assert_eq!(bench.run("diff cucm://hq hq.adr --exit-code").status, 0);
    bench.edit("Local", "8");
    for line in ["diff cucm://hq hq.adr --exit-code", "diff hq.adr cucm://hq"] {
        let ran = bench.run(line);
        assert!(ran.status == 1 && ran.stdout.contains("1,000,000"), "{line}: {ran:?}");
    }
    bench.cucm.clear_log();
    let ran = bench.run("diff cucm://hq cucm://hq");
    assert_eq!((ran.status, &*ran.stdout), (0, "No changes.\n"), "{ran:?}");
    let lists = bench.cucm.operations();
    let lists = lists.iter().filter(|operation| *operation == "listApplicationDialRules");
    assert_eq!(lists.count(), 1, "a cluster is read once");
    // drift that breaks emergency calls is shown like any other
    let rule = Rule::new("Three digits", "9", [3, 0], "8").priority(9);
    bench.cucm.state().add_rule(RuleKind::Application, rule);
    let ran = bench.run("diff hq.adr cucm://hq");
    assert!(ran.status == 1 && ran.stdout.contains("Three digits"), "{ran:?}");
}
