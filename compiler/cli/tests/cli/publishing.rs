//! `adrc history`, `rollback`, `plan` and `apply`: output, rejected input and exit status.

use std::fs;

use super::sandbox::{CLEAN, DANGEROUS, Sandbox};

/// A time for `SOURCE_DATE_EPOCH`.
const TIME: &str = "1764072000";

fn with_prefix(prefix: usize) -> String {
    CLEAN
        .replace("prefix 9", &format!("prefix {prefix}"))
        .replace("95551212", &format!("{prefix}5551212"))
}

/// A sandbox with generations 1 and 2 of different rules.
fn two_generations() -> Sandbox {
    let sandbox = Sandbox::with(&[("one.adr", CLEAN), ("two.adr", &with_prefix(8))]);
    for plan in ["one.adr", "two.adr"] {
        assert_eq!(timed(&sandbox, &format!("compile {plan} -o published")), 0);
    }
    sandbox
}

/// Runs `adrc` at the fixed [`TIME`] and returns its exit status.
fn timed(sandbox: &Sandbox, line: &str) -> i32 {
    let words: Vec<&str> = line.split(' ').collect();
    let mut command = sandbox.command(&words);
    command.env("SOURCE_DATE_EPOCH", TIME).env("ADRC_USER", "alice");
    command.output().unwrap().status.code().unwrap()
}

/// The generation that is published.
fn generation(sandbox: &Sandbox) -> u64 {
    let manifest: serde_json::Value =
        serde_json::from_str(&sandbox.read("published/manifest.json")).unwrap();
    manifest["generation"].as_u64().unwrap()
}

#[test]
fn history_lists_generations_as_table_and_json() {
    let sandbox = two_generations();
    assert_eq!(timed(&sandbox, "rollback --publish published"), 0);
    let ran = sandbox.run("history --publish published");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("history", ran.stdout);
    let json = sandbox.run("history --publish published --format json");
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["format_version"], 2);
    let first = &json["generations"][0];
    assert_eq!((&first["generation"], &first["current"]), (&3.into(), &true.into()));
    assert_eq!((&first["rollback_from"], &first["rollback_to"]), (&2.into(), &1.into()));
    assert_eq!(first["published"], "2025-11-25T12:00:00Z");
    assert!(first["damage"].is_null() && json["generations"][1]["rollback_to"].is_null());
}

#[test]
fn invalid_history_rollback_plan_or_apply_exits_with_status_2() {
    let sandbox = two_generations();
    fs::create_dir(sandbox.path("empty")).unwrap();
    for line in [
        "history --publish nowhere",
        "history --publish empty",
        "history --publish published --format sarif",
        "rollback --publish empty",
        "rollback --publish nowhere",
        "rollback --publish published 9",
        "rollback --publish published two",
        "compile one.adr -o published --keep 0",
        "compile one.adr -o published --keep many",
        "plan published --publish published -o plan.json",
        "plan one.adr --publish published -o plan.json --format sarif",
        "plan one.adr --publish published",
        "apply nowhere.json",
        "apply one.adr",
    ] {
        let ran = sandbox.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{line}: {ran:?}");
        assert!(!ran.stderr.is_empty(), "{line}");
    }
    assert!(!sandbox.path("nowhere").exists() && !sandbox.path("plan.json").exists());
    assert_eq!(generation(&sandbox), 2);
}

#[test]
fn rollback_publishes_older_content_as_a_new_generation() {
    let sandbox = two_generations();
    let ran = sandbox.run("rollback --publish published");
    assert_eq!(ran.stderr, "published: published generation 3, with the content of generation 1\n");
    assert_eq!(sandbox.run("dial published 5551212").stdout, "95551212\n");
    assert_eq!(sandbox.run("check published").status, 0);
    let ran = sandbox.run("rollback --publish published 1");
    assert_eq!(ran.stderr, "published: generation 3 already has the content of generation 1\n");
    // `adrc compile` publishes rolled-back rules again
    assert_eq!(sandbox.run("compile two.adr -o published").status, 0);
    assert_eq!(generation(&sandbox), 4);
}

#[test]
fn keep_option_limits_the_kept_generations() {
    let sandbox = two_generations();
    assert_eq!(sandbox.run("compile one.adr -o published --keep 1").status, 0);
    assert_eq!(sandbox.run("history --publish published").stdout.lines().count(), 2);
}

#[test]
fn change_plan_shows_the_diff_and_is_applied() {
    let sandbox = two_generations();
    let ran = sandbox.run("plan one.adr --publish published -o plan.json");
    assert_eq!(ran.status, 0, "{ran:?}");
    let diff = sandbox.run("diff published one.adr");
    assert_eq!((diff.status, &diff.stdout), (1, &ran.stdout));
    assert_eq!(generation(&sandbox), 2, "`adrc plan` publishes nothing");
    let json = sandbox.run("plan one.adr --publish published -o plan.json --format json");
    let plan: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let diff = sandbox.run("diff published one.adr --format json");
    let diff: serde_json::Value = serde_json::from_str(&diff.stdout).unwrap();
    assert!(diff.as_object().unwrap().iter().all(|(name, field)| plan[name] == *field), "{plan}");
    let ran = sandbox.run("apply plan.json");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!((generation(&sandbox), sandbox.run("diff published one.adr").status), (3, 0));
}

#[test]
fn outdated_change_plan_exits_with_status_3_and_publishes_nothing() {
    let sandbox = two_generations();
    assert_eq!(sandbox.run("plan one.adr --publish published -o plan.json").status, 0);
    sandbox.write("one.adr", with_prefix(7).as_bytes());
    let ran = sandbox.run("apply plan.json");
    assert!(ran.status == 3 && ran.stderr.contains("the rules have changed"), "{ran:?}");
    sandbox.write("one.adr", DANGEROUS.as_bytes());
    let ran = sandbox.run("apply plan.json");
    assert!(ran.status == 3 && ran.stderr.contains("the rules have errors now"), "{ran:?}");
    sandbox.write("one.adr", CLEAN.as_bytes());
    // another process publishes in between
    assert_eq!(sandbox.run("rollback --publish published").status, 0);
    let ran = sandbox.run("apply plan.json");
    assert!(
        ran.status == 3 && ran.stderr.contains("generation 2 was expected, and 3 is current"),
        "{ran:?}"
    );
    assert_eq!(generation(&sandbox), 3);
    assert_eq!(sandbox.run("plan one.adr --publish published -o plan.json").status, 0);
    let lock = fs::File::open(sandbox.path("published/.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(sandbox.run("apply plan.json").status, 3);
    drop(lock);
    let ran = sandbox.run("apply plan.json");
    assert!(ran.status == 0 && ran.stderr.contains("nothing to do"), "{ran:?}");
}

#[test]
fn change_plan_reports_the_first_generation_and_changed_sites() {
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n}\n";
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let ran = sandbox.run("plan plan.adr --publish published -o plan.json");
    assert!(ran.status == 0 && ran.stderr.contains("the first generation: 1 view"), "{ran:?}");
    assert!(!sandbox.path("published").exists());
    assert_eq!(sandbox.run("apply plan.json").status, 0);
    let mut reported = Vec::new();
    for text in
        [format!("{CLEAN}{site}"), format!("{CLEAN}{}", site.replace("20", "21")), CLEAN.to_owned()]
    {
        sandbox.write("plan.adr", text.as_bytes());
        reported.push(sandbox.run("plan plan.adr --publish published -o plan.json").stdout);
        assert_eq!(sandbox.run("apply plan.json").status, 0);
    }
    let expected = [
        "site \"Dallas\" is new, clients 10.20.0.0/16\n",
        "site \"Dallas\": clients were 10.20.0.0/16, become 10.21.0.0/16\n",
        "site \"Dallas\" is removed; its clients get the default view\n",
    ];
    assert_eq!(reported, expected);
}

#[test]
fn plan_of_rules_with_errors_writes_no_change_plan() {
    let sandbox = Sandbox::with(&[("plan.adr", DANGEROUS)]);
    let ran = sandbox.run("plan plan.adr --publish published -o plan.json");
    assert!(ran.status == 1 && ran.stderr.contains("no change plan is written"), "{ran:?}");
    assert!(!sandbox.path("plan.json").exists());
}
