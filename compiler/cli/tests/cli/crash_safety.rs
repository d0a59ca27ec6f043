//! Publishing survives a kill at every system call that changes the disk, a full disk and a
//! read-only one.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use adr_kit::mount::Mounted;
use adr_kit::optional::leave_out;

use super::sandbox::{CLEAN, Sandbox};

/// The system calls with which publishing changes the disk.
const CALLS: [&str; 8] =
    ["write", "fsync", "rename", "symlink", "linkat", "mkdir", "unlink", "unlinkat"];

/// A site for CLEAN, so that publishing makes and removes every kind of file and link.
const WITH_SITE: &str = "\nsite \"Dallas\" {\n  clients 10.20.0.0/16\n  application {\n    rule \"D\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n";

#[test]
fn kill_at_every_system_call_leaves_the_old_or_the_new_generation() {
    if !can_trace() {
        leave_out("strace with permission to trace processes");
        return;
    }
    let lines = ["compile site.adr -o published --keep 2", "rollback --publish published --keep 2"];
    let kills: usize = lines.iter().flat_map(|line| CALLS.map(|call| kill_at(line, call))).sum();
    println!("killed {kills} times");
    assert!(kills >= 80, "killed only {kills} times");
}

/// Whether this process may trace another one; containers often forbid it.
fn can_trace() -> bool {
    let mut command = Command::new("strace");
    command.args(["-qq", "-o", "/dev/null", "true"]).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs `adrc` repeatedly and kills it at the first such call, then at the second, until it
/// completes. Returns the number of kills.
fn kill_at(line: &str, call: &str) -> usize {
    for kills in 0.. {
        let sandbox = Sandbox::in_memory();
        sandbox.write("plan.adr", CLEAN.as_bytes());
        sandbox.write("site.adr", format!("{CLEAN}{WITH_SITE}").as_bytes());
        sandbox.run("compile site.adr -o published --keep 2");
        sandbox.run("compile plan.adr -o published --keep 2");
        if is_killed(&sandbox, line, call, kills + 1) {
            assert_old_or_new(&sandbox, &format!("{line}, killed at {call} {}", kills + 1));
        } else {
            assert_eq!(sandbox.run("diff published site.adr").status, 0);
            return kills;
        }
    }
    unreachable!("`adrc` makes a finite number of calls")
}

/// Whether `adrc` was killed at the call number `at` of this name; false if it makes fewer calls.
fn is_killed(sandbox: &Sandbox, line: &str, call: &str, at: usize) -> bool {
    let trace = format!("trace={call}");
    let inject = format!("inject={call}:signal=KILL:when={at}");
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        &trace,
        "-e",
        &inject,
        env!("CARGO_BIN_EXE_adrc"),
    ]);
    command.args(line.split(' ')).current_dir(sandbox.path("")).stderr(Stdio::null());
    // a message is a `write` as well: a kill there counts, although the folder is complete
    !command.status().unwrap().success()
}

/// Asserts that the folder has the old or the new content, and that `adrc` can publish again.
fn assert_old_or_new(sandbox: &Sandbox, when: &str) {
    let check = sandbox.run("check published");
    assert_eq!(check.status, 0, "{when}: {check:?}");
    let equal = ["plan.adr", "site.adr"]
        .map(|plan| sandbox.run(&format!("diff published {plan}")).status == 0);
    assert!(equal[0] || equal[1], "{when}: the folder mixes two generations");
    assert_eq!(sandbox.run("compile plan.adr -o published --keep 2").status, 0, "{when}");
    assert_eq!(sandbox.run("diff published plan.adr").status, 0, "{when}");
    let left_over =
        |name: &String| [".new-", ".old-", ".link"].iter().any(|aside| name.contains(aside));
    let left: Vec<String> = sandbox.listing("published").into_iter().filter(left_over).collect();
    // the next publication removes what an interrupted cleanup left behind
    assert!(left.is_empty(), "{when}: {left:?}");
}

#[test]
fn full_disk_leaves_the_published_generation() {
    let Some(disk) = Mounted::of_size("256k") else {
        return;
    };
    let sandbox = Sandbox::with(&[
        ("plan.adr", CLEAN),
        ("large.adr", &large(600)),
        ("larger.adr", &large(20_000)),
    ]);
    let folder = disk.path.join("published");
    let run = |verb: &str, rest: &str| sandbox.run(&format!("{verb} {}{rest}", folder.display()));
    assert_eq!(run("compile large.adr -o", "").status, 0);
    assert_eq!(run("compile plan.adr -o", "").status, 0);
    let before = fs::read(folder.join("AppDialRules.xml")).unwrap();
    let assert_full = |ran: adr_kit::sandbox::Finished| {
        assert!(ran.status == 2 && ran.stderr.contains("the disk is full"), "{ran:?}");
        assert_eq!(fs::read(folder.join("AppDialRules.xml")).unwrap(), before);
        assert_eq!(run("check", "").status, 0);
    };
    assert_full(run("compile larger.adr -o", ""));
    fill(&disk.path);
    assert_full(run("rollback --publish", ""));
    fs::remove_file(disk.path.join("filling")).unwrap();
    assert_eq!(run("rollback --publish", "").status, 0);
    assert_eq!(run("check", "").status, 0);
}

/// Fills the disk.
fn fill(folder: &Path) {
    let mut file = fs::File::create(folder.join("filling")).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}
}

/// A plan with this number of rules.
fn large(rules: usize) -> String {
    let rules: String = (0..rules)
        .map(|at| format!("  rule \"{at}\" {{ begins-with 1{at:05}; digits 10; prefix 9 }}\n"))
        .collect();
    format!("emergency 911\napplication {{\n{rules}}}\ntest {{ dial 911 -> unchanged }}\n")
}

#[test]
fn read_only_disk_is_reported_and_still_readable() {
    let Some(disk) = Mounted::of_size("1m") else {
        return;
    };
    let sandbox = Sandbox::with(&[
        ("plan.adr", CLEAN),
        (
            "other.adr",
            &CLEAN
                .replace("digits 7", "digits 8")
                .replace("555-1212 -> 95551212", "55551212 -> 955551212"),
        ),
    ]);
    let folder = disk.path.join("published").display().to_string();
    assert_eq!(sandbox.run(&format!("compile plan.adr -o {folder}")).status, 0);
    disk.make_read_only();
    for line in [
        format!("compile other.adr -o {folder}"),
        format!("rollback --publish {folder}"),
        format!("compile plan.adr -o {}", disk.path.join("new").display()),
    ] {
        let ran = sandbox.run(&line);
        assert!(ran.status == 2 && ran.stderr.contains("the disk is read-only"), "{line}: {ran:?}");
    }
    for line in [
        format!("history --publish {folder}"),
        format!("check {folder}"),
        format!("diff {folder} plan.adr"),
    ] {
        assert_eq!(sandbox.run(&line).status, 0, "{line}");
    }
}
