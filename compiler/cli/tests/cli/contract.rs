//! Exit status, standard output and standard error, as documented for every command.

use std::process::Command;

use super::sandbox::{CLEAN, DANGEROUS, Sandbox};

#[test]
fn plan_without_findings_exits_with_status_0_and_prints_no_data() {
    let ran = Sandbox::with(&[("plan.adr", CLEAN)]).run("check plan.adr");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("no findings"), "{ran:?}");
}

#[test]
fn findings_exit_with_status_1_and_go_to_standard_output() {
    let ran = Sandbox::with(&[("plan.adr", DANGEROUS)]).run("check plan.adr");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("error[emergency-rewritten]"), "{ran:?}");
    assert!(ran.stderr.contains("1 error"), "{ran:?}");
}

#[test]
fn failed_test_exits_with_status_1_and_is_shown() {
    let sandbox = Sandbox::with(&[("plan.adr", &CLEAN.replace("-> 95551212", "-> 85551212"))]);
    let ran = sandbox.run("test plan.adr");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("FAILED  plan.adr:8: dial 555-1212 -> 85551212"), "{ran:?}");
    assert!(ran.stdout.contains("the result is 95551212, by rule 1, \"Local\""), "{ran:?}");
    assert_eq!(ran.stderr, "2 tests, 1 failed\n");
}

#[test]
fn wrong_usage_exits_with_status_2() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    for line in [
        "",
        "no-such-verb",
        "check nowhere.adr",
        "compile plan.adr",
        "check plan.adr --format yaml",
        "check plan.adr --deny no-such-finding",
        "check plan.adr --allow missing-brace",
        "dial plan.adr",
        "dial",
        "dial nowhere.adr 911",
        "explain no-such-finding",
        "test plan.adr --format sarif",
        "dial plan.adr --site Dallas 911",
        "dial - -",
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 2, "{line}: {ran:?}");
        assert_eq!(ran.stdout, "", "{line}");
        assert!(!ran.stderr.is_empty(), "{line}");
    }
}

#[test]
fn missing_path_defaults_to_adrc_plan_or_the_current_folder() {
    let other = CLEAN.replace("prefix 9", "prefix 8").replace("95551212", "85551212");
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN), ("other/plan.adr", &other)]);
    assert_eq!(sandbox.run("check").status, 0);
    assert_eq!(sandbox.run("dial 5551212").stdout, "95551212\n");
    let dialed = |words: &[&str]| {
        let mut command = sandbox.command(words);
        let output = command.env("ADRC_PLAN", "other").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(dialed(&["dial", "5551212"]), "85551212\n");
    assert_eq!(dialed(&["dial", "plan.adr", "5551212"]), "95551212\n");
    let coverage = dialed(&["coverage", "--format", "json"]);
    assert!(coverage.contains("other/plan.adr"), "{coverage}");
}

#[test]
fn quiet_shows_findings_and_no_messages() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN), ("wrong.adr", "application {")]);
    let ran = sandbox.run("check plan.adr --quiet");
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    let ran = sandbox.run("--quiet check wrong.adr");
    assert!(ran.status == 1 && !ran.stdout.is_empty() && ran.stderr.is_empty(), "{ran:?}");
}

#[test]
fn color_option_always_shows_color_and_never_hides_it() {
    let sandbox = Sandbox::with(&[("wrong.adr", "application {")]);
    let has_color = |line: &str| sandbox.run(line).stdout.contains('\x1b');
    assert!(!has_color("check wrong.adr") && has_color("check wrong.adr --color always"));
    assert!(!has_color("check wrong.adr --color never"));
}

#[test]
fn locked_folder_exits_with_status_3() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    let lock = std::fs::File::open(sandbox.path("published/.lock")).unwrap();
    lock.lock().unwrap();
    let ran = sandbox.run("compile plan.adr -o published");
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("another adrc is publishing here"), "{ran:?}");
}

#[test]
fn dash_as_path_reads_standard_input() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    assert_eq!(sandbox.given(&["check", "-"], DANGEROUS.as_bytes()).status, 1);
    assert_eq!(sandbox.given(&["check", "-"], CLEAN.as_bytes()).status, 0);
    let ran = sandbox.given(&["fmt", "-"], b"let  a=9");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "let a = 9\n"));
    let ran = sandbox.given(&["dial", "-", "555-1212"], CLEAN.as_bytes());
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "95551212\n"));
}

#[test]
fn color_without_a_terminal_needs_clicolor_force() {
    let sandbox = Sandbox::with(&[("plan.adr", DANGEROUS)]);
    let run = |variable: Option<(&str, &str)>| {
        let mut command = sandbox.command(&["check", "plan.adr"]);
        command.envs(variable);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(!run(None).contains('\x1b'));
    assert!(run(Some(("CLICOLOR_FORCE", "1"))).contains('\x1b'));
    assert!(!run(Some(("NO_COLOR", "1"))).contains('\x1b'));
}

#[test]
fn check_with_each_format_shows_the_finding() {
    let sandbox = Sandbox::with(&[("plan.adr", &DANGEROUS.replace(", 9911", ""))]);
    for (format, part) in [
        ("text", "error[emergency-rewritten]: in the default view, `911` goes out as `8911`"),
        ("compact", "plan.adr:4:9: error[emergency-rewritten]"),
        ("json", "\"format_version\": 2"),
        ("ndjson", "\"name\":\"emergency-rewritten\""),
        ("sarif", "\"version\": \"2.1.0\""),
        ("junit", "<testsuites"),
        ("github", "::error file=plan.adr,line=4"),
    ] {
        let ran = sandbox.run(&format!("check plan.adr --format {format}"));
        assert_eq!(ran.status, 1, "{format}");
        assert!(ran.stdout.contains(part), "{format}: {ran:?}");
    }
}

#[test]
fn check_with_json_format_has_the_documented_fields() {
    let ran = Sandbox::with(&[("plan.adr", DANGEROUS)]).run("check plan.adr --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["format_version"], 2);
    assert_eq!(report["valid"], false);
    let finding = &report["findings"][0];
    assert_eq!(finding["name"], "emergency-rewritten");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["file"], "plan.adr");
    assert_eq!((&finding["line"], &finding["column"]), (&4.into(), &9.into()));
    assert_eq!(finding["witness"], "911");
    assert!(finding["rule_position"].is_null() && finding["message"].is_string());
}

#[test]
fn test_with_json_and_junit_format_counts_passed_tests() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let json = sandbox.run("test plan.adr --format json");
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&report["format_version"], &report["passed"], &report["failed"]),
        (&2.into(), &2.into(), &0.into())
    );
    assert_eq!(report["tests"][0]["rule"], "Local");
    let junit = sandbox.run("test plan.adr --format junit");
    assert!(junit.stdout.contains("tests=\"2\" failures=\"0\""), "{junit:?}");
}

#[test]
fn closed_standard_output_ends_without_error() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let mut child = sandbox
        .command(&["dial", "plan.adr", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let _ = std::io::Write::write_all(&mut stdin, &b"5551212\n".repeat(100_000));
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn full_disk_at_standard_output_exits_with_status_2() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = sandbox.command(&["explain"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"), "{output:?}");
}

#[test]
fn help_version_man_pages_and_completions_are_printed() {
    let sandbox = Sandbox::new();
    let help = sandbox.run("--help");
    assert_eq!((help.status, help.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("help", help.stdout);
    assert!(sandbox.run("man").stdout.contains(".TH adrc 1"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = sandbox.run(&format!("completions {shell}"));
        assert!(ran.status == 0 && ran.stdout.contains("adrc"), "{shell}");
    }
    std::fs::create_dir(sandbox.path("man")).unwrap();
    assert_eq!(sandbox.run("man -o man").status, 0);
    assert!(sandbox.listing("man").contains(&"adrc-check.1".to_owned()));
}

#[test]
fn short_version_is_one_line_and_long_version_has_build_and_formats() {
    let sandbox = Sandbox::new();
    let short = format!("adrc {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(sandbox.run("-V").stdout, short);
    let long = sandbox.run("--version").stdout;
    let mut lines = long.strip_prefix(&short).expect("the short version first").lines();
    let commit = lines.next().and_then(|line| line.strip_prefix("commit: ")).unwrap();
    let head = Command::new("git").args(["rev-parse", "HEAD"]).output().ok();
    let head = head.filter(|head| head.status.success()).map(|head| head.stdout);
    let (hash, date) = commit.split_once(" of ").unwrap_or((commit, "2026-11-30"));
    let is_head = head.is_some_and(|head| head.starts_with(hash.as_bytes()));
    assert!(is_head || commit == "not known", "{commit}");
    assert!(date.len() == 10 && date.split('-').count() == 3, "{commit}");
    let names: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.and_then(|output| String::from_utf8(output.stdout).ok());
    let is_compiler = |text: &str| compiler.as_ref().is_none_or(|line| line.trim_end() == text);
    assert!(names.iter().any(|(name, text)| *name == "compiler" && is_compiler(text)), "{names:?}");
    let manifest = adr_bundle::FORMAT_VERSION.to_string();
    assert!(names.contains(&("manifest", &manifest)), "{names:?}");
    assert!(names.contains(&("AXL of CUCM", "8.5 to 15.0")), "{names:?}");
    let of_clients = ("names of client settings", adr_provision::NAMES_VERSION);
    assert!(names.contains(&of_clients), "{names:?}");
}

#[test]
fn statistics_option_counts_each_finding() {
    let unused = "let a = 1\nlet b = 2\n";
    let sandbox = Sandbox::with(&[("plan.adr", &format!("{unused}{CLEAN}"))]);
    let ran = sandbox.run("check plan.adr --statistics");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "  2  warning  unused-let\n"), "{ran:?}");
}

#[test]
fn unchanged_plan_reports_no_changes_and_exits_with_status_0() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN), ("same.adr", CLEAN)]);
    assert_eq!(sandbox.run("diff plan.adr same.adr").stdout, "No changes.\n");
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    let plan = "plan --publish published -o change.plan --exit-code";
    let ran = sandbox.run(&format!("{plan} plan.adr"));
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "No changes.\n"), "{ran:?}");
    let other = CLEAN.replace("prefix 9", "prefix 8").replace("95551212", "85551212");
    sandbox.write("plan.adr", other.as_bytes());
    let ran = sandbox.run(&format!("{plan} plan.adr"));
    assert!(ran.status == 1 && ran.stdout.contains("8"), "{ran:?}");
}
