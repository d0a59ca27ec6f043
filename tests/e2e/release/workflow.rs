//! The workflow that publishes a release, and the scripts that it calls.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use adr_kit::needs;
use regex::Regex;
use serde_json::Value;

use super::{assert_schema, failure, has_tool, run, say, script, yaml};

const FILE: &str = ".github/workflows/release.yml";
const TESTS: &str = ".github/workflows/ci.yml";

/// The jobs of a workflow and their names.
fn jobs(file: &str) -> Vec<(String, Value)> {
    let workflow = yaml(&adr_tests::root().join(file));
    let jobs = workflow["jobs"].as_object().unwrap();
    jobs.iter().map(|(name, job)| (name.clone(), job.clone())).collect()
}

fn steps(job: &Value) -> impl Iterator<Item = &Value> {
    job["steps"].as_array().unwrap().iter()
}

/// The text of all steps of a job that run commands, in their order.
fn commands(file: &str, name: &str) -> String {
    let job = jobs(file).into_iter().find(|(job, _)| job == name).expect("the job").1;
    let runs: Vec<_> = steps(&job).filter_map(|step| step["run"].as_str()).collect();
    runs.join("\n")
}

#[test]
fn workflows_keep_the_schema() {
    if !has_tool("check_jsonschema") {
        return;
    }
    for file in [FILE, TESTS] {
        let file = adr_tests::root().join(file);
        assert_schema("vendor.github-workflows", &file);
        assert_schema("custom.github-workflows-require-timeout", &file);
    }
    say("the workflows are valid; they have not run");
}

#[test]
fn each_step_is_valid_and_calls_scripts_that_exist() {
    needs!("bash");
    if !has_tool("ruamel.yaml") {
        return;
    }
    let scripts = Regex::new(r"(\.ci|tests)/([a-z0-9-]+/)*[a-z-]+\b").unwrap();
    let mut called = BTreeSet::new();
    for (_, job) in jobs(FILE).into_iter().chain(jobs(TESTS)) {
        for step in steps(&job).filter_map(|step| step["run"].as_str()) {
            run(Command::new("bash").args(["-n", "-c", step]));
            called.extend(scripts.find_iter(step).map(|script| script.as_str().to_owned()));
        }
    }
    called.retain(|script| script != ".ci/python-tools" && !script.starts_with("tests/wine"));
    for script in &called {
        let file = fs::metadata(adr_tests::root().join(script));
        let mode = file.unwrap_or_else(|_| panic!("{script} is missing")).permissions().mode();
        assert_ne!(mode & 0o111, 0, "{script} is not executable");
    }
    let ours = [".ci/build", ".ci/msi", ".ci/package", ".ci/run", ".ci/wheel"];
    for script in
        [&ours[..], &["tests/musl", "tests/reproducible", "tests/e2e/packages/life"]].concat()
    {
        assert!(called.contains(script), "{script} is not called: {called:?}");
    }
}

#[test]
fn actions_are_pinned() {
    if !has_tool("ruamel.yaml") {
        return;
    }
    let pinned = Regex::new("^[A-Za-z-]+/[a-z-]+@[0-9a-f]{40}$").unwrap();
    for (name, job) in jobs(FILE).into_iter().chain(jobs(TESTS)) {
        for action in steps(&job).filter_map(|step| step["uses"].as_str()) {
            assert!(pinned.is_match(action), "{name}: `{action}` is not pinned to a commit");
        }
    }
}

#[test]
fn permissions_are_least() {
    if !has_tool("ruamel.yaml") {
        return;
    }
    assert!(adr_tests::text(FILE).contains("\npermissions: {}\n"));
    assert!(adr_tests::text(TESTS).contains("\npermissions:\n  contents: read\n"));
    for (name, job) in jobs(FILE) {
        let permissions = job["permissions"].as_object().unwrap();
        let writes = permissions.iter().filter(|(_, level)| *level == "write");
        let writes: BTreeSet<_> = writes.map(|(scope, _)| scope.as_str()).collect();
        let expected: &[&str] = match name.as_str() {
            "publish" => &["contents", "id-token", "attestations"],
            "pypi" => &["id-token"],
            _ => &[],
        };
        assert_eq!(writes, expected.iter().copied().collect(), "{name}");
    }
}

/// Programs of others run in jobs that can neither write nor sign, and a step has the token only if
/// it needs it.
#[test]
fn job_that_may_write_installs_nothing_from_a_registry() {
    if !has_tool("ruamel.yaml") {
        return;
    }
    for (name, job) in jobs(FILE) {
        let tokens = |value: &Value| value.to_string().contains("github.token");
        assert!(!tokens(&job["env"]), "{name}: all steps have the token");
        for step in steps(&job).filter(|step| tokens(step)) {
            assert!(step["run"].as_str().unwrap().contains("gh "), "{name}: {step}");
        }
        let writes = job["permissions"].as_object().unwrap().values().any(|it| it == "write");
        for step in steps(&job).filter_map(|step| step["run"].as_str()).filter(|_| writes) {
            for installer in ["cargo install", "pip install", "npm "] {
                assert!(!step.contains(installer), "{name}: {step}");
            }
        }
    }
}

#[test]
fn release_is_signed_after_its_last_file_and_verified() {
    if !has_tool("ruamel.yaml") {
        return;
    }
    let publish = commands(FILE, "publish");
    let steps = [
        ".ci/package manifests dist",
        "test -s adrc.pub",
        ".ci/package sums dist",
        "minisign -V -p adrc.pub -m dist/SHA256SUMS",
        "gh release create",
    ];
    let places =
        steps.map(|step| publish.find(step).unwrap_or_else(|| panic!("`{step}` is missing")));
    assert!(places.is_sorted(), "{publish}");
    assert!(commands(FILE, "test").contains("test -s adrc.pub"), "found out at the end only");
    let job = jobs(FILE).into_iter().find(|(name, _)| name == "publish").unwrap().1;
    let needed: Vec<_> = job["needs"].as_array().unwrap().iter().collect();
    assert_eq!(needed, ["test", "sbom", "linux", "windows", "macos"]);
    let page = adr_tests::text("RELEASING.md");
    let secrets = Regex::new(r"secrets\.([A-Z_]+)|(?m)^    environment: ([a-z]+)").unwrap();
    let text = adr_tests::text(FILE);
    for found in secrets.captures_iter(&text) {
        let name = found.get(1).or(found.get(2)).unwrap().as_str();
        assert!(page.contains(&format!("`{name}`")), "RELEASING.md does not name `{name}`");
    }
}

#[test]
fn wrong_tag_is_refused() {
    needs!("bash");
    let version = run(&mut script("version"));
    assert_eq!(version.trim_end(), env!("CARGO_PKG_VERSION"));
    let said = failure(script("version").arg("v99.0.0"));
    assert!(said.contains("the tag is v99.0.0, and the version in Cargo.toml is"), "{said}");
}

#[test]
fn notes_of_a_version_are_its_entries() {
    needs!("bash");
    let notes = run(script("release-notes").arg(env!("CARGO_PKG_VERSION")));
    assert!(notes.contains("\n### ") && !notes.contains("\n## "), "{notes}");
    let said = failure(script("release-notes").arg("99.0.0"));
    assert!(said.contains("CHANGELOG.md has no entries for 99.0.0"), "{said}");
}
