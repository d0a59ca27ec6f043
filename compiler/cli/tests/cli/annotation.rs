//! `--message` and `--user`: who published a generation, from which commit, and why.

use std::process::Command;

use adr_kit::sandbox::Finished;

use super::sandbox::{CLEAN, Sandbox};

/// A sandbox whose `plan.adr` is committed to git; the hash of the commit.
fn repository() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    git(&sandbox, &["init", "-q"]);
    git(&sandbox, &["add", "plan.adr"]);
    git(&sandbox, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"]);
    let commit = git(&sandbox, &["rev-parse", "HEAD"]);
    (sandbox, commit.trim().to_owned())
}

fn git(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(sandbox.path(".")).args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Rules that differ from those of the commit.
fn with_prefix_8() -> String {
    CLEAN.replace("prefix 9", "prefix 8").replace("95551212", "85551212")
}

fn run(sandbox: &Sandbox, words: &[&str]) -> Finished {
    let ran = sandbox.given(words, b"");
    assert_eq!(ran.status, 0, "{words:?}: {}", ran.stderr);
    ran
}

fn history(sandbox: &Sandbox) -> Vec<serde_json::Value> {
    let ran = run(sandbox, &["history", "--publish", "published", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    json["generations"].as_array().unwrap().clone()
}

#[test]
fn compile_records_message_user_and_commit() {
    let (sandbox, commit) = repository();
    let why = "Open the Hamburg site";
    let words = ["compile", "plan.adr", "-o", "published", "-m", why, "--user", "alice"];
    run(&sandbox, &words);
    let generation = &history(&sandbox)[0];
    assert_eq!(generation["message"], why);
    assert_eq!(generation["user"], "alice");
    let expected = serde_json::json!({"id": commit, "modified": false});
    assert_eq!(generation["commit"], expected);
    let table = run(&sandbox, &["history", "--publish", "published"]).stdout;
    assert!(table.contains(&commit[..12]) && table.contains("alice"), "{table}");
    assert!(table.contains("current, \"Open the Hamburg site\""), "{table}");
}

#[test]
fn changed_sources_mark_the_commit_as_modified() {
    let (sandbox, commit) = repository();
    sandbox.write("plan.adr", with_prefix_8().as_bytes());
    run(&sandbox, &["compile", "plan.adr", "-o", "published"]);
    let expected = serde_json::json!({"id": commit, "modified": true});
    assert_eq!(history(&sandbox)[0]["commit"], expected);
    let table = run(&sandbox, &["history", "--publish", "published"]).stdout;
    assert!(table.contains(&format!("{}+", &commit[..12])), "{table}");
}

#[test]
fn apply_and_rollback_record_their_own_message() {
    let (sandbox, commit) = repository();
    let by = |who: &'static str, why: &'static str| ["--user", who, "--message", why];
    let words = ["compile", "plan.adr", "-o", "published"];
    run(&sandbox, &[&words[..], &by("alice", "first")].concat());
    sandbox.write("plan.adr", with_prefix_8().as_bytes());
    run(&sandbox, &["plan", "plan.adr", "--publish", "published", "-o", "change.json"]);
    run(&sandbox, &[&["apply", "change.json"][..], &by("bob", "reviewed")].concat());
    let words = ["rollback", "--publish", "published"];
    run(&sandbox, &[&words[..], &by("carol", "8 is not connected")].concat());
    let all = history(&sandbox);
    let of = |at: usize| [&all[at]["user"], &all[at]["message"]].map(|it| it.as_str().unwrap());
    assert_eq!(of(2), ["alice", "first"]);
    assert_eq!(of(1), ["bob", "reviewed"]);
    assert_eq!(of(0), ["carol", "8 is not connected"]);
    assert_eq!(all[0]["commit"], all[2]["commit"], "a rollback has the commit of its content");
    assert_eq!(all[0]["commit"]["id"], commit.as_str());
}

#[test]
fn sources_outside_of_a_repository_have_a_user_and_no_commit() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let mut command = sandbox.command(&["compile", "plan.adr", "-o", "published"]);
    command.env("GIT_CEILING_DIRECTORIES", "/").env_remove("ADRC_USER");
    assert!(command.status().unwrap().success());
    let generation = &history(&sandbox)[0];
    assert!(generation["commit"].is_null() && generation["message"].is_null());
    assert!(!generation["user"].as_str().unwrap().is_empty());
}

#[test]
fn repository_without_a_commit_is_recorded_as_none() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    git(&sandbox, &["init", "-q"]);
    run(&sandbox, &["compile", "plan.adr", "-o", "published"]);
    assert!(history(&sandbox)[0]["commit"].is_null());
}

#[test]
fn message_that_is_not_one_line_of_text_is_rejected() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let long = "x".repeat(501);
    for (message, reason) in [
        ("", "the text is empty"),
        ("two\nlines", "control character"),
        (&*long, "501 characters; write at most 500"),
    ] {
        let ran = sandbox.given(&["compile", "plan.adr", "-o", "published", "-m", message], b"");
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
    assert!(!sandbox.path("published").exists());
}
