//! Pages for contributors, the commands in them, the CI workflow, and the scripts.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

use crate::no_complaints;
use crate::tree::texts;

/// Pages for contributors whose commands and paths are checked.
const PAGES: [&str; 3] = ["CONTRIBUTING.md", "RELEASING.md", "SECURITY.md"];

/// Files that the repository needs besides these pages.
const REPOSITORY_FILES: [&str; 9] = [
    ".editorconfig",
    ".git-blame-ignore-revs",
    ".github/ISSUE_TEMPLATE/bug.yml",
    ".github/ISSUE_TEMPLATE/feature.yml",
    ".github/pull_request_template.md",
    ".github/workflows/ci.yml",
    ".pre-commit-hooks.yaml",
    "action.yml",
    "rust-toolchain.toml",
];

/// A plan without findings.
const PLAN: &str = "emergency 911
application { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }
test { dial 5551212 -> 95551212 }
";

#[test]
fn pages_and_settings_for_contributors_exist() {
    let missing = PAGES.iter().chain(&REPOSITORY_FILES);
    let missing = missing.filter(|path| !adr_tests::root().join(path).is_file());
    no_complaints(&missing.map(|path| format!("{path}:1: write this file")).collect::<Vec<_>>());
}

#[test]
fn paths_in_pages_for_contributors_exist() {
    let mut complaints = Vec::new();
    for page in PAGES {
        for (at, line) in adr_tests::text(page).lines().enumerate() {
            let missing = quoted(line).filter(|path| is_path(path) && !exists(path));
            complaints.extend(missing.map(|path| {
                format!("{page}:{}: `{path}` does not exist; write its current path", at + 1)
            }));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn cargo_commands_in_pages_for_contributors_name_packages_and_tests() {
    let mut complaints = Vec::new();
    for page in PAGES {
        for (at, line) in adr_tests::text(page).lines().enumerate() {
            let unknown = unknown_targets(line);
            complaints.extend(unknown.map(|target| {
                format!("{page}:{}: `{target}` does not exist; write an existing name", at + 1)
            }));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn workflow_names_existing_targets_and_runs_every_job() {
    let workflow = adr_tests::text(".github/workflows/ci.yml");
    let mut complaints: Vec<_> = (1..)
        .zip(workflow.lines())
        .flat_map(|(at, line)| unknown_targets(line).map(move |target| (at, target)))
        .map(|(at, target)| format!(".github/workflows/ci.yml:{at}: `{target}` does not exist"))
        .collect();
    let root: toml::Table = adr_tests::text("Cargo.toml").parse().expect("TOML");
    let oldest = root["workspace"]["package"]["rust-version"].as_str().expect("a version");
    let needed = ["run: .ci/run", "cargo-deny-action", "macos-latest", "windows-latest"];
    let toolchain = format!("RUSTUP_TOOLCHAIN: \"{oldest}\"");
    let absent =
        needed.iter().copied().chain([&*toolchain]).filter(|text| !workflow.contains(*text));
    complaints.extend(absent.map(|text| format!(".github/workflows/ci.yml:1: write `{text}`")));
    if !adr_tests::text(".ci/run").contains("cargo doc --workspace") {
        complaints.push(".ci/run:1: write `cargo doc`".to_owned());
    }
    no_complaints(&complaints);
}

/// A hook with an unknown command would fail in every repository that uses it.
#[test]
fn hooks_and_action_name_existing_commands() {
    let hooks = adr_tests::text(".pre-commit-hooks.yaml");
    let entries = hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: adrc "));
    let entries: Vec<_> = entries.collect();
    assert_eq!(entries, ["check", "fmt"]);
    for command in entries {
        let output = adr_tests::adrc(adr_tests::root()).args([command, "--help"]).output();
        assert!(output.expect("adrc runs").status.success(), "adrc {command} --help");
    }
    assert!(adr_tests::text("action.yml").contains(".ci/plan-report"));
}

#[test]
fn ignored_blame_revision_is_a_full_hash() {
    let text = adr_tests::text(".git-blame-ignore-revs");
    let lines =
        (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
    let is_full =
        |line: &str| line.len() == 40 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    let broken = lines.filter(|(_, line)| !is_full(line));
    let complaint =
        |(at, _)| format!(".git-blame-ignore-revs:{at}: write a full hash of 40 digits");
    no_complaints(&broken.map(complaint).collect::<Vec<_>>());
}

#[test]
fn bash_accepts_every_script() {
    let scripts = texts().filter(|(_, text)| text.starts_with("#!/usr/bin/env bash\n"));
    let broken = scripts.filter(|(path, _)| {
        let check = Command::new("bash").arg("-n").arg(adr_tests::root().join(path)).output();
        !check.expect("bash runs").status.success()
    });
    let complaint = |(path, _)| format!("{path}:1: `bash -n` rejects it; run that and fix it");
    no_complaints(&broken.map(complaint).collect::<Vec<_>>());
}

#[test]
fn plan_report_of_clean_plan_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), PLAN);
    let output = plan_report(folder.path(), &["plan.adr"]);
    let report = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{report}");
    assert!(report.starts_with("## Dial plan `plan.adr`\n\n### Check: passed\n"), "{report}");
    assert!(report.contains("### Tests: passed\n"), "{report}");
}

#[test]
fn plan_report_of_failing_plan_names_the_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "application { rule \"Local\" { digits 0 } }\n");
    let output = plan_report(folder.path(), &["plan.adr"]);
    let report = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(report.contains("### Check: failed\n\n```text\nerror["), "{report}");
}

#[test]
fn plan_report_of_changed_plan_shows_the_difference() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), PLAN);
    let author = ["-c", "user.name=adrc", "-c", "user.email=adrc@localhost"];
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "plan.adr"]);
    git(folder.path(), &[&author[..], &["commit", "--quiet", "-m", "Add a plan"]].concat());
    write(folder.path(), &PLAN.replace("prefix 9", "prefix 8").replace("-> 9", "-> 8"));
    let output = plan_report(folder.path(), &["plan.adr", "HEAD"]);
    let report = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{report}");
    let changes = report.split("### Changes since `HEAD`\n\n").nth(1).expect("changes");
    assert!(!changes.contains("Not compared"), "{report}");
    assert!(changes.contains("95000000") && changes.contains("85000000"), "{report}");
}

#[test]
fn plan_report_without_a_plan_shows_its_usage() {
    let output = plan_report(adr_tests::root(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stderr, b"usage: plan-report PATH [REVISION]\n");
}

fn plan_report(folder: &Path, arguments: &[&str]) -> Output {
    let mut script = Command::new(adr_tests::root().join(".ci/plan-report"));
    script.args(arguments).current_dir(folder).env("ADRC", adr_tests::adrc_path());
    script.output().expect("bash runs")
}

fn write(folder: &Path, text: &str) {
    std::fs::write(folder.join("plan.adr"), text).expect("the folder is writable");
}

fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git").args(arguments).current_dir(folder).status();
    assert!(status.expect("git runs").success(), "git {arguments:?}");
}

/// The texts in backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Whether a quoted text is a path of the repository.
fn is_path(text: &str) -> bool {
    let is_generated = text.starts_with("target/") || text.starts_with("--");
    text.contains('/') && !is_generated && !text.contains([' ', ':']) && !text.contains("NAME")
}

fn exists(path: &str) -> bool {
    adr_tests::root().join(path).exists()
}

/// Names after `-p` and `--test` that the workspace does not have.
fn unknown_targets(line: &str) -> impl Iterator<Item = String> {
    static NAMES: LazyLock<(Vec<String>, Vec<String>)> = LazyLock::new(names);
    let (packages, targets) = &*NAMES;
    // `-p` of minisign names a key
    let line = if line.contains("minisign ") { "" } else { line };
    let words: Vec<_> = line.split([' ', '`']).collect();
    let unknown = words.windows(2).filter(|pair| match pair[0] {
        "-p" => !packages.iter().any(|name| name == pair[1]),
        "--test" => !targets.iter().any(|name| name == pair[1]),
        _ => false,
    });
    unknown.map(|pair| pair.join(" ")).collect::<Vec<_>>().into_iter()
}

/// The names of the workspace's packages, and those of their targets.
fn names() -> (Vec<String>, Vec<String>) {
    let packages = adr_tests::packages();
    let name = |value: &Value| value["name"].as_str().map(str::to_owned);
    let targets = packages.iter().filter_map(|package| package["targets"].as_array());
    (packages.iter().filter_map(name).collect(), targets.flatten().filter_map(name).collect())
}
