//! The container: what a Dockerfile and a compose file can be checked for without Docker.

use std::fs;
use std::process::Command;

use adr_kit::needs;
use serde_json::Value;

use super::{archive, assert_schema, has_tool, run, say, tools, yaml};

const FOLDER: &str = "compiler/cli/package/container";
const TARGET: &str = "x86_64-unknown-linux-musl";

/// The words after an instruction of the Dockerfile, one list for each line.
fn instructions(name: &str) -> Vec<Vec<String>> {
    let text = adr_tests::text(&format!("{FOLDER}/Dockerfile"));
    let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    lines.map(|rest| rest.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn dockerfile_passes_hadolint() {
    if !has_tool("check_jsonschema") {
        return;
    }
    let file = adr_tests::root().join(FOLDER).join("Dockerfile");
    run(Command::new(tools().join("bin/hadolint")).arg(file));
    say("hadolint has read the Dockerfile; Docker has not built it");
}

#[test]
fn copied_files_are_in_the_archive() {
    needs!("python3");
    let sandbox = tempfile::tempdir().unwrap();
    let program = sandbox.path().join("adrc");
    fs::write(&program, "in place of adrc\n").unwrap();
    let archive = archive(TARGET, &program, sandbox.path());
    let copies = instructions("COPY");
    let from_context = copies.iter().filter(|words| !words[0].starts_with("--from"));
    let mut count = 0;
    for source in from_context.flat_map(|words| &words[..words.len() - 1]) {
        assert!(archive.join(source).is_file(), "`{source}` is not in the archive");
        count += 1;
    }
    assert_eq!(count, 3, "{copies:?}");
}

#[test]
fn compose_file_and_settings_agree_with_the_image() {
    if !has_tool("ruamel.yaml") {
        return;
    }
    let folder = adr_tests::root().join(FOLDER);
    assert_schema("vendor.compose-spec", &folder.join("compose.yaml"));
    let service = &yaml(&folder.join("compose.yaml"))["services"]["adrc"];
    let inner = |port: &Value| port.as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let mapped: Vec<_> = service["ports"].as_array().unwrap().iter().map(inner).collect();
    assert_eq!(mapped, instructions("EXPOSE")[0]);
    let volumes: Vec<_> = service["volumes"].as_array().unwrap().iter().collect();
    assert!(volumes.iter().any(|volume| *volume == "published:/var/lib/adrc"), "{volumes:?}");
    assert_eq!(instructions("VOLUME"), [["[\"/var/lib/adrc\"]"]]);
    assert_eq!(instructions("USER"), [["65532:65532"]]);

    let sandbox = tempfile::tempdir().unwrap();
    fs::create_dir(sandbox.path().join("rules")).unwrap();
    let plan = sandbox.path().join("rules/plan.adr");
    run(adr_tests::adrc(sandbox.path()).arg("new").arg(plan));
    fs::copy(folder.join("adrc.toml"), sandbox.path().join("adrc.toml")).unwrap();
    let mut serve = adr_tests::adrc(sandbox.path());
    let checked = serve.args(["serve", "--config", "adrc.toml", "--check"]).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let said = String::from_utf8_lossy(&checked.stderr);
    for (protocol, port) in ["TFTP", "HTTP"].iter().zip(&mapped) {
        let port = port.split('/').next().unwrap();
        let line = format!("{protocol} would listen on 0.0.0.0:{port}");
        assert!(said.contains(&line), "{said}");
    }
}
