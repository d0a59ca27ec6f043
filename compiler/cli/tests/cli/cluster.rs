//! `--cluster` and `adrc cluster`, with nodes that share a folder.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use adr_kit::sandbox::finish;
use serde_json::{Value, json};

use super::sandbox::{CLEAN, Sandbox};

fn with_prefix(prefix: usize) -> String {
    CLEAN
        .replace("prefix 9", &format!("prefix {prefix}"))
        .replace("95551212", &format!("{prefix}5551212"))
}

/// A sandbox with three dial plans, `7.adr`, `8.adr` and `9.adr`, which dial this prefix, and with
/// the cluster `file:shared`.
pub(crate) fn plans() -> Sandbox {
    let plans = [("7.adr", &*with_prefix(7)), ("8.adr", &*with_prefix(8)), ("9.adr", CLEAN)];
    let sandbox = Sandbox::with(&plans);
    done(&sandbox, "cluster init --cluster file:shared");
    sandbox
}

/// Runs a command that has to succeed, and returns its messages.
pub(crate) fn done(sandbox: &Sandbox, line: &str) -> String {
    let ran = sandbox.run(line);
    assert_eq!(ran.status, 0, "{line}: {ran:?}");
    ran.stderr
}

/// Runs a command with `--format json` that has to succeed, and returns its document.
fn document(sandbox: &Sandbox, line: &str) -> Value {
    let ran = sandbox.run(&format!("{line} --format json"));
    assert_eq!(ran.status, 0, "{line}: {ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The numbers in a history, the newest first.
pub(crate) fn generations(sandbox: &Sandbox, options: &str) -> Vec<u64> {
    let json = document(sandbox, &format!("history {options}"));
    let rows = json["generations"].as_array().unwrap();
    rows.iter().map(|row| row["generation"].as_u64().unwrap()).collect()
}

#[test]
fn two_nodes_publish_one_sequence() {
    let sandbox = plans();
    let first = done(&sandbox, "compile 9.adr -o node1 --cluster file:shared");
    assert_eq!(first, "shared: published generation 1, 1 view, 1 rule, 2 tests passed\n");
    let second = done(&sandbox, "compile 8.adr -o node2 --cluster file:shared");
    assert!(second.starts_with("shared: published generation 2, "), "{second}");
    assert_eq!(generations(&sandbox, "--publish node2"), [2, 1]);
    let same = done(&sandbox, "compile 8.adr -o node1 --cluster file:shared");
    assert_eq!(same, "shared: generation 2 is the same, nothing to do\n");
    assert_eq!(generations(&sandbox, "--publish node1"), [2, 1]);
    for file in ["manifest.json", "record.json", "AppDialRules.xml"] {
        let at = |folder: &str| sandbox.read(&format!("{folder}/generations/2/{file}"));
        assert!(at("node1") == at("node2") && at("node1") == at("shared"), "{file}");
    }
}

#[test]
fn history_of_a_folder_says_if_the_cluster_is_ahead() {
    let sandbox = plans();
    done(&sandbox, "compile 9.adr -o node1 --cluster file:shared");
    let line = "history --publish node1 --cluster file:shared";
    assert_eq!(done(&sandbox, line), "");
    done(&sandbox, "compile 8.adr -o node2 --cluster file:shared");
    let ahead = "shared: generation 2 is current there; the node of this folder follows it\n";
    assert_eq!(done(&sandbox, line), ahead);
    assert_eq!(generations(&sandbox, "--cluster file:shared"), [2, 1]);
}

#[test]
fn cluster_without_a_folder_is_enough_to_publish_and_to_roll_back() {
    let sandbox = plans();
    let json = document(&sandbox, "compile 9.adr --cluster file:shared");
    assert_eq!((&json["folder"], &json["cluster"]), (&Value::Null, &json!("shared")));
    done(&sandbox, "compile 8.adr --cluster file:shared --message Eight --user jane");
    let rolled = done(&sandbox, "rollback --cluster file:shared");
    let expected = "shared: published generation 3, with the content of generation 1\n";
    assert_eq!(rolled, expected);
    let json = document(&sandbox, "history --cluster file:shared");
    assert_eq!(json["generations"][0]["rollback_to"], 1);
    assert_eq!(json["generations"][1]["message"], "Eight");
    assert_eq!(json["generations"][1]["user"], "jane");
    let mut left = sandbox.listing(".");
    left.retain(|path| !path.starts_with("shared/"));
    assert_eq!(left, ["7.adr", "8.adr", "9.adr", "shared"], "nothing else is left behind");
}

#[test]
fn cluster_is_named_by_option_environment_or_project() {
    let sandbox = plans();
    done(&sandbox, "compile 9.adr --cluster file:shared");
    let in_environment = |url: &str, line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = sandbox.command(&words);
        command.env("ADRC_CLUSTER", url);
        finish(command, b"")
    };
    assert_eq!(in_environment("file:shared", "history").status, 0);
    assert_eq!(in_environment("", "history").status, 2, "an empty variable names nothing");
    assert_eq!(in_environment("file:nowhere", "history --cluster file:shared").status, 0);
    sandbox.write("adrc.toml", b"[cluster]\nurl = \"file:shared\"\n");
    done(&sandbox, "history");
    sandbox.run_all(&["mkdir below", "git init -q ."]);
    let mut command = sandbox.command(&["history"]);
    command.current_dir(sandbox.path("below"));
    assert_eq!(finish(command, b"").status, 0, "relative to the file");
    let off = sandbox.run("history --cluster off");
    assert!(off.status == 2 && off.stderr.contains("no published folder is named"), "{off:?}");
}

#[test]
fn outdated_change_plan_is_refused_and_publishes_nothing() {
    let sandbox = plans();
    done(&sandbox, "compile 9.adr -o node1 --cluster file:shared");
    done(&sandbox, "plan 8.adr --publish node1 -o change.plan");
    done(&sandbox, "compile 7.adr -o node2 --cluster file:shared");
    let ran = sandbox.run("apply change.plan --cluster file:shared");
    assert_eq!(ran.status, 3, "{ran:?}");
    assert_eq!(generations(&sandbox, "--cluster file:shared"), [2, 1]);
    done(&sandbox, "plan 8.adr --publish node1 -o change.plan");
    done(&sandbox, "apply change.plan --cluster file:shared");
    assert_eq!(generations(&sandbox, "--cluster file:shared"), [3, 2, 1]);
}

#[test]
fn sources_of_an_older_commit_are_refused() {
    let sandbox = plans();
    let git = "git -c user.name=a -c user.email=a@localhost";
    sandbox.run_all(&[
        "mkdir rules",
        "cp 9.adr rules/plan.adr",
        "git init -q -b main rules",
        &format!("{git} -C rules add ."),
        &format!("{git} -C rules commit -q -m one"),
        "cp -a rules old",
        "cp 8.adr rules/plan.adr",
        &format!("{git} -C rules commit -q -a -m two"),
        // a clone that has not been updated, but knows the newer commit
        "git -C old fetch -q ../rules",
    ]);
    done(&sandbox, "compile rules/plan.adr --cluster file:shared");
    let ran = sandbox.run("compile old/plan.adr --cluster file:shared");
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("adrc rollback"), "{ran:?}");
    assert_eq!(generations(&sandbox, "--cluster file:shared"), [1]);
}

#[test]
fn import_and_export_keep_numbers_and_a_second_run_changes_nothing() {
    let sandbox = plans();
    for plan in ["9.adr", "8.adr", "7.adr"] {
        done(&sandbox, &format!("compile {plan} -o published --keep 2"));
    }
    let import = "cluster import published --cluster file:shared";
    let expected = "shared: copied 2 generations, generation 3 is current\n";
    assert_eq!(done(&sandbox, import), expected);
    let again = "shared: generation 3 is current already, nothing to do\n";
    assert_eq!(done(&sandbox, import), again);
    assert_eq!(generations(&sandbox, "--cluster file:shared"), [3, 2]);
    done(&sandbox, "compile 9.adr --cluster file:shared");
    let export = "cluster export backup --cluster file:shared";
    let expected = "backup: copied 3 generations, generation 4 is current\n";
    assert_eq!(done(&sandbox, export), expected);
    assert_eq!(document(&sandbox, export)["copied"], json!([]));
    assert_eq!(generations(&sandbox, "--publish backup"), [4, 3, 2]);
    let read = |folder: &str| sandbox.read(&format!("{folder}/generations/3/manifest.json"));
    assert!(read("backup") == read("published") && read("shared") == read("published"));
}

#[test]
fn import_into_a_cluster_with_other_generations_is_refused() {
    let sandbox = plans();
    done(&sandbox, "compile 9.adr -o published");
    done(&sandbox, "compile 8.adr --cluster file:shared");
    let ran = sandbox.run("cluster import published --cluster file:shared");
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("generation 1 is current there"), "{ran:?}");
    assert_eq!(generations(&sandbox, "--cluster file:shared"), [1]);
    let ran = sandbox.run("compile 7.adr -o published --cluster file:shared");
    assert!(ran.status != 0 && ran.stderr.contains("adrc cluster import"), "{ran:?}");
}

#[test]
fn wrong_options_of_a_cluster_are_rejected() {
    let sandbox = plans();
    for (line, part) in [
        ("compile 9.adr -o out --cluster-bucket other", "--cluster-bucket: no cluster is named"),
        ("compile 9.adr -o out --cluster http://a", "--cluster"),
        ("compile 9.adr -o out --cluster=", "--cluster names nothing"),
        ("compile 9.adr -o out --cluster nats://joe:secret@a", "--cluster-creds"),
        ("compile 9.adr -o out --cluster nats://a --cluster-bucket a.b", "a.b"),
        ("compile 9.adr --cluster nats://a --cluster-nkey x --cluster-creds y", "cannot be used"),
        ("compile 9.adr -o shared --cluster file:shared", "all nodes share"),
        ("compile 9.adr --cluster file:shared --cluster-key 9.adr", "adrc key new"),
        ("cluster status", "no cluster is named"),
        ("cluster init --replicas 2 --cluster nats://a", "write 1, 3 or 5"),
        ("cluster export backup --cluster file:shared", "nothing is published here yet"),
        ("history --cluster file:shared", "error: shared: nothing is published here yet"),
        ("rollback --cluster file:shared", "error: shared: nothing is published here yet"),
        ("history", "no published folder is named"),
        ("rollback", "no published folder is named"),
        ("serve 9.adr --cluster file:shared", "needs a folder"),
        ("serve 9.adr --publish out --cluster file:shared --node TFTP1", "tftp1"),
        ("serve 9.adr --publish shared --cluster file:shared --node a", "all nodes share"),
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 2, "{line}: {ran:?}");
        assert!(ran.stderr.contains(part) && !ran.stderr.contains("secret"), "{line}: {ran:?}");
    }
}

#[test]
fn two_plans_do_not_fit_into_one_cluster() {
    let sandbox = plans();
    sandbox.write("adrc.toml", b"[project.plans]\neight = \"8.adr\"\nnine = \"9.adr\"\n");
    let ran = sandbox.run("compile --cluster file:shared");
    assert!(ran.status == 2 && ran.stderr.contains("one cluster holds one plan"), "{ran:?}");
    done(&sandbox, "compile nine --cluster file:shared");
}

#[test]
fn login_of_the_project_is_for_its_own_cluster_only() {
    let sandbox = plans();
    let project = "[cluster]\nurl = \"nats://a\"\ncreds = \"a.creds\"\nnkey = \"a.nkey\"\n";
    sandbox.write("adrc.toml", project.as_bytes());
    for line in ["cluster status", "cluster status --cluster nats://a:4222"] {
        let ran = sandbox.run(line);
        assert!(ran.status == 2 && ran.stderr.contains("both `creds` and `nkey`"), "{ran:?}");
    }
    done(&sandbox, "compile 9.adr --cluster file:shared");
    sandbox.write("adrc.toml", b"[cluster]\nurl = \"nats://a\"\nkey = \"a.pub\"\n");
    let said = done(&sandbox, "compile 8.adr --cluster file:shared");
    assert!(said.starts_with("warning: `key` of `[cluster]` is for another cluster"), "{said}");
}

/// Writes the report of a node into the shared folder.
fn report(sandbox: &Sandbox, node: &str, generation: u64, sha256: &str, reported: u64) {
    fs::create_dir_all(sandbox.path("shared/.nodes")).unwrap();
    let clients = json!({
        "format_version": 3, "generation": generation, "sha256": sha256, "clients": 120, "current": 118
    });
    let report = json!({
        "format_version": 1, "node": node, "tool": "0.1.0", "reported": reported,
        "clients": clients
    });
    let path = sandbox.path(&format!("shared/.nodes/{node}.json"));
    let draft = path.with_extension("draft");
    fs::write(&draft, report.to_string()).unwrap();
    fs::rename(draft, path).unwrap();
}

fn seconds() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

#[test]
fn status_shows_nodes_with_their_generations() {
    let sandbox = plans();
    let empty = sandbox.run("cluster status --cluster file:shared");
    assert!(empty.stdout.contains("nothing is published here yet"), "{empty:?}");
    done(&sandbox, "compile 9.adr --cluster file:shared");
    done(&sandbox, "compile 8.adr --cluster file:shared --message Eight --user jane");
    let sha256 = document(&sandbox, "cluster status --cluster file:shared")["sha256"].clone();
    let sha256 = sha256.as_str().unwrap();
    report(&sandbox, "tftp1", 2, sha256, seconds());
    report(&sandbox, "tftp2", 1, "00", seconds());
    report(&sandbox, "tftp3", 2, "00", seconds());
    report(&sandbox, "tftp4", 2, sha256, seconds() - 100);
    let json = document(&sandbox, "cluster status --cluster file:shared");
    assert_eq!((&json["generation"], &json["user"]), (&json!(2), &json!("jane")));
    let rows = json["nodes"].as_array().unwrap();
    let states: Vec<&str> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["current", "behind", "other", "down"]);
    assert_eq!((&rows[1]["lag"], &rows[1]["cores"]), (&json!(1), &json!(120)));
    let text = sandbox.run("cluster status --cluster file:shared").stdout;
    assert!(text.contains("by jane") && text.contains("\"Eight\""), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

/// Runs the doctor while these nodes report: name, generation, and how far the clock is ahead.
fn examined(sandbox: &Sandbox, nodes: &[(&str, u64, i64)]) -> (i32, Value) {
    let is_over = AtomicBool::new(false);
    let sha256 = document(sandbox, "cluster status --cluster file:shared")["sha256"].clone();
    let sha256 = sha256.as_str().unwrap_or_default();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut tick = 0;
            while !is_over.load(Ordering::Relaxed) {
                for (node, generation, ahead) in nodes {
                    let now = seconds().saturating_add_signed(*ahead + tick % 2);
                    report(sandbox, node, *generation, sha256, now);
                }
                tick += 1;
                thread::sleep(Duration::from_millis(100));
            }
        });
        let ran = sandbox.run("cluster doctor --cluster file:shared --format json");
        is_over.store(true, Ordering::Relaxed);
        (ran.status, serde_json::from_str(&ran.stdout).unwrap())
    })
}

fn names(document: &Value) -> Vec<&str> {
    let found = document["found"].as_array().unwrap();
    found.iter().map(|found| found["name"].as_str().unwrap()).collect()
}

#[test]
fn doctor_finds_nothing_in_a_healthy_cluster() {
    let sandbox = plans();
    done(&sandbox, "compile 9.adr --cluster file:shared");
    let (status, document) = examined(&sandbox, &[("tftp1", 1, 0), ("tftp2", 1, 0)]);
    assert_eq!((status, names(&document)), (0, vec![]), "{document}");
}

#[test]
fn doctor_names_causes_of_nodes() {
    let sandbox = plans();
    let (status, document) = examined(&sandbox, &[]);
    assert_eq!((status, names(&document)), (1, vec!["nothing-published", "no-node-reports"]));
    done(&sandbox, "compile 9.adr --cluster file:shared");
    done(&sandbox, "compile 8.adr --cluster file:shared");
    let nodes = [("tftp1", 2, 0), ("tftp2", 1, 0), ("tftp3", 3, 0), ("tftp4", 2, 100)];
    let (status, document) = examined(&sandbox, &nodes);
    let expected = vec!["node-of-another-sequence", "node-behind", "clocks-apart"];
    assert_eq!((status, names(&document)), (1, expected), "{document}");
}

/// A node has each generation as soon as it is published. The silent one keeps the doctor busy.
#[test]
fn generation_that_is_published_while_the_doctor_listens_is_not_foreign() {
    let sandbox = plans();
    report(&sandbox, "tftp2", 0, "", seconds());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for plan in ["9.adr", "8.adr"].iter().cycle() {
                done(&sandbox, &format!("compile {plan} --cluster file:shared"));
                let current = document(&sandbox, "cluster status --cluster file:shared");
                let sha256 = current["sha256"].as_str().unwrap();
                let generation = current["generation"].as_u64().unwrap();
                report(&sandbox, "tftp1", generation, sha256, seconds());
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                thread::sleep(Duration::from_millis(200));
            }
        });
        let ran = sandbox.run("cluster doctor --cluster file:shared --format json");
        is_over.store(true, Ordering::Relaxed);
        let document = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(names(&document), ["node-down"], "{document}");
    });
}

#[test]
fn doctor_finds_a_damaged_generation_and_a_missing_signature() {
    let sandbox = plans();
    done(&sandbox, "key new release.key");
    done(&sandbox, "compile 9.adr --cluster file:shared");
    let doctor = "cluster doctor --cluster file:shared --cluster-key release.key.pub";
    let ran = sandbox.run(doctor);
    assert!(ran.status == 1 && ran.stdout.contains("generation-not-signed"), "{ran:?}");
    let file = sandbox.path("shared/generations/1/AppDialRules.xml");
    replace(&file, b"<broken/>");
    let ran = sandbox.run(doctor);
    assert!(ran.status == 1 && ran.stdout.contains("generation-damaged"), "{ran:?}");
}

/// Replaces a file that may be read-only.
pub(crate) fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn init_creates_the_shared_folder_and_a_second_run_changes_nothing() {
    let sandbox = Sandbox::new();
    for ready in ["created .adrc-cluster", "ready, nothing to create"] {
        let said = done(&sandbox, "cluster init --cluster file:deep/shared");
        assert_eq!(said, format!("deep/shared: {ready}\n"));
    }
    assert_eq!(document(&sandbox, "cluster init --cluster file:deep/shared")["changed"], json!([]));
}
