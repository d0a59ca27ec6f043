//! Killed by signal 9 at every system call that changes the disk; disks that are full or read-only.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use adr_kit::mount::Mounted;
use adr_kit::optional::leave_out;

use super::sandbox::{CLEAN, Sandbox as Room};

/// The system calls of publishing that change what is on the disk.
const CALLS: [&str; 8] =
    ["write", "fsync", "rename", "symlink", "linkat", "mkdir", "unlink", "unlinkat"];

/// The same rules with a site, so that every kind of file and link comes and goes.
const WITH_SITE: &str = "\nsite \"Dallas\" {\n  clients 10.20.0.0/16\n  application {\n    rule \"D\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n";

#[test]
fn killed_at_every_call_it_leaves_the_old_or_the_new() {
    if !can_trace() {
        leave_out("the right to trace processes, and strace");
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

/// Runs `adrc` again and again, killed at the first such call, then at the second, until it lives;
/// gives the kills.
fn kill_at(line: &str, call: &str) -> usize {
    for kills in 0.. {
        let room = Room::in_memory();
        room.write("plan.adr", CLEAN.as_bytes());
        room.write("site.adr", format!("{CLEAN}{WITH_SITE}").as_bytes());
        room.run("compile site.adr -o published --keep 2");
        room.run("compile plan.adr -o published --keep 2");
        if killed(&room, line, call, kills + 1) {
            assert_old_or_new(&room, &format!("{line}, killed at {call} {}", kills + 1));
        } else {
            assert_eq!(room.run("diff published site.adr").status, 0);
            return kills;
        }
    }
    unreachable!("every run has an end")
}

fn killed(room: &Room, line: &str, call: &str, at: usize) -> bool {
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
    command.args(line.split(' ')).current_dir(room.path("")).stderr(Stdio::null());
    // the messages of a run that is done are writes as well
    !command.status().unwrap().success()
}

fn assert_old_or_new(room: &Room, when: &str) {
    let check = room.run("check published");
    assert_eq!(check.status, 0, "{when}: {check:?}");
    let equal = ["plan.adr", "site.adr"]
        .map(|plan| room.run(&format!("diff published {plan}")).status == 0);
    assert!(equal[0] || equal[1], "{when}: a mixture");
    assert_eq!(room.run("compile plan.adr -o published --keep 2").status, 0, "{when}");
    assert_eq!(room.run("diff published plan.adr").status, 0, "{when}");
    let left_over =
        |name: &String| [".new-", ".old-", ".link"].iter().any(|aside| name.contains(aside));
    let left: Vec<String> = room.listing("published").into_iter().filter(left_over).collect();
    // what the last tidying could not remove goes with the next generation
    assert!(left.is_empty(), "{when}: {left:?}");
}

#[test]
fn a_full_disk_leaves_what_was_published() {
    let Some(disk) = Mounted::of_size("256k") else {
        return;
    };
    let room = Room::with(&[
        ("plan.adr", CLEAN),
        ("large.adr", &large(600)),
        ("larger.adr", &large(20_000)),
    ]);
    let folder = disk.path.join("published");
    let run = |verb: &str, rest: &str| room.run(&format!("{verb} {}{rest}", folder.display()));
    assert_eq!(run("compile large.adr -o", "").status, 0);
    assert_eq!(run("compile plan.adr -o", "").status, 0);
    let before = fs::read(folder.join("AppDialRules.xml")).unwrap();
    let full = |ran: adr_kit::sandbox::Finished| {
        assert!(ran.status == 2 && ran.stderr.contains("the disk is full"), "{ran:?}");
        assert_eq!(fs::read(folder.join("AppDialRules.xml")).unwrap(), before);
        assert_eq!(run("check", "").status, 0);
    };
    full(run("compile larger.adr -o", ""));
    fill(&disk.path);
    full(run("rollback --publish", ""));
    fs::remove_file(disk.path.join("filling")).unwrap();
    assert_eq!(run("rollback --publish", "").status, 0);
    assert_eq!(run("check", "").status, 0);
}

/// Leaves no room at all.
fn fill(folder: &Path) {
    let mut file = fs::File::create(folder.join("filling")).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}
}

fn large(rules: usize) -> String {
    let rules: String = (0..rules)
        .map(|at| format!("  rule \"{at}\" {{ begins-with 1{at:05}; digits 10; prefix 9 }}\n"))
        .collect();
    format!("emergency 911\napplication {{\n{rules}}}\ntest {{ dial 911 -> unchanged }}\n")
}

#[test]
fn a_read_only_folder_is_said_and_can_be_read() {
    let Some(disk) = Mounted::of_size("1m") else {
        return;
    };
    let room = Room::with(&[
        ("plan.adr", CLEAN),
        (
            "other.adr",
            &CLEAN
                .replace("digits 7", "digits 8")
                .replace("555-1212 -> 95551212", "55551212 -> 955551212"),
        ),
    ]);
    let folder = disk.path.join("published").display().to_string();
    assert_eq!(room.run(&format!("compile plan.adr -o {folder}")).status, 0);
    disk.make_read_only();
    for line in [
        format!("compile other.adr -o {folder}"),
        format!("rollback --publish {folder}"),
        format!("compile plan.adr -o {}", disk.path.join("new").display()),
    ] {
        let ran = room.run(&line);
        assert!(ran.status == 2 && ran.stderr.contains("the disk is read-only"), "{line}: {ran:?}");
    }
    for line in [
        format!("history --publish {folder}"),
        format!("check {folder}"),
        format!("diff {folder} plan.adr"),
    ] {
        assert_eq!(room.run(&line).status, 0, "{line}");
    }
}
