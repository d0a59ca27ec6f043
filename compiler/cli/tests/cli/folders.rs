//! What belongs to a plan's folder: no hidden file, nothing that a symbolic link leads out to,
//! nothing that hangs.

use std::fs;
use std::os::unix::fs::symlink;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::sandbox::{CLEAN, Sandbox as Room};

/// Commands that read the folder `rules`, with their status on a plan without findings.
const READING: [&str; 6] = [
    "check rules",
    "fmt --check rules",
    "compile rules -o published",
    "test rules",
    "dial rules 911",
    "serve rules --check",
];

#[test]
fn name_that_begins_with_a_dot_is_not_part_of_the_plan() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    // Emacs, as long as a buffer is not saved; a Mac on a foreign disk; vim; an editor that saves
    // aside
    symlink("user@host.4242:1700000000", room.path("rules/.#plan.adr")).unwrap();
    let apple_double = b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ";
    room.write("rules/._plan.adr", apple_double);
    room.write("rules/.plan.adr.swp", b"b0VIM 9.1");
    room.write("rules/.plan.adr", b"application {");
    for line in READING {
        let ran = room.run(line);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
    }
    room.write("hidden/.plan.adr", CLEAN.as_bytes());
    let ran = room.run("check hidden");
    assert!(ran.status == 2 && ran.stderr.contains("holds no `.adr` files"), "{ran:?}");
}

#[test]
fn link_out_of_the_folder_is_refused_by_every_command() {
    let room = Room::with(&[("secret.adr", CLEAN), ("rules/plan.adr", CLEAN)]);
    let target = fs::canonicalize(room.path("secret.adr")).unwrap();
    let target = format!("to `{}`", target.display());
    let absolute = room.path("secret.adr").display().to_string();
    for link in ["../secret.adr", absolute.as_str(), "../rules/../secret.adr"] {
        symlink(link, room.path("rules/more.adr")).unwrap();
        for line in READING {
            let ran = room.run(line);
            assert_eq!(ran.status, 2, "{line}: {ran:?}");
            assert!(
                ran.stderr.contains("rules/more.adr") && ran.stderr.contains(&target),
                "{ran:?}"
            );
        }
        fs::remove_file(room.path("rules/more.adr")).unwrap();
    }
    // a folder on the way, and an include
    symlink("..", room.path("rules/up")).unwrap();
    room.write("rules/plan.adr", b"emergency 911\ninclude \"up/secret.adr\"\n");
    let ran = room.run("check rules");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("error[include-outside-folder]"), "{ran:?}");
    assert!(ran.stdout.contains(&target), "{ran:?}");
    assert!(!ran.stdout.contains("Local"), "what is outside is shown: {ran:?}");
    let ran = room.run("check rules/plan.adr");
    assert!(ran.status == 1 && ran.stdout.contains("include-outside-folder"), "{ran:?}");
}

#[test]
fn link_that_stays_inside_is_followed() {
    let room = Room::new();
    // as Kubernetes mounts a folder of settings
    room.write("mounted/..2026_11_28/plan.adr", b"include \"site.txt\"\n");
    room.write("mounted/..2026_11_28/site.txt", CLEAN.as_bytes());
    symlink("..2026_11_28", room.path("mounted/..data")).unwrap();
    for name in ["plan.adr", "site.txt"] {
        symlink(format!("..data/{name}"), room.path(&format!("mounted/{name}"))).unwrap();
    }
    // a folder that is a link itself, and one below it
    symlink("mounted", room.path("rules")).unwrap();
    symlink(".", room.path("here")).unwrap();
    for line in READING {
        for folder in ["rules", "here/mounted", "rules/plan.adr", "./rules/"] {
            let line = line.replace("rules", folder);
            let ran = room.run(&line);
            assert_eq!(ran.status, 0, "{line}: {ran:?}");
        }
    }
    // a file that a person names may lie anywhere
    symlink("mounted/site.txt", room.path("named.adr")).unwrap();
    assert_eq!(room.run("check named.adr").status, 0);
}

/// Opening a pipe waits for a writer, who never comes.
#[test]
fn pipe_and_device_are_refused_at_once() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    mkfifoat(CWD, room.path("rules/more.adr"), Mode::from_raw_mode(0o600)).unwrap();
    for line in READING {
        let ran = room.run(line);
        assert_eq!(ran.status, 2, "{line}: {ran:?}");
        assert!(ran.stderr.contains("not a regular file"), "{ran:?}");
    }
    for line in ["check /dev/zero", "check /dev/tty"] {
        let ran = room.run(line);
        assert_eq!(ran.status, 2, "{line}: {ran:?}");
    }
    fs::remove_file(room.path("rules/more.adr")).unwrap();
    mkfifoat(CWD, room.path("rules/pipe"), Mode::from_raw_mode(0o600)).unwrap();
    room.write("rules/plan.adr", b"include \"pipe\"\n");
    let ran = room.run("check rules");
    assert!(ran.status == 1 && ran.stdout.contains("unreadable-include"), "{ran:?}");
}

/// An answer of AXL that was saved as a deployed file, and as a rule source.
#[test]
fn answer_of_axl_is_one_finding() {
    let answer = include_str!("../../../language/tests/soap-answer.xml");
    let room = Room::with(&[("answer.xml", answer), ("answer.adr", answer)]);
    for (file, name) in [("answer.xml", "wrong-root"), ("answer.adr", "not-a-rule-source")] {
        let ran = room.run(&format!("check {file} --format compact"));
        assert_eq!((ran.status, ran.stdout.lines().count()), (1, 1), "{ran:?}");
        assert!(ran.stdout.contains(name) && ran.stdout.contains("of AXL (SOAP)"), "{ran:?}");
    }
}

/// What a person reads of a file with very many findings, and what a program reads.
#[test]
fn long_reports_are_shortened_for_people_only() {
    let rule = |at: usize| format!("  rule \"{at}\" {{ digits 7; prefix 9 }}\n");
    let rules: String = (0..400).map(rule).collect();
    let test = "test {\n  dial 5551212 -> 85551212\n}\n";
    let text = format!("emergency 911\napplication {{\n{rules}}}\n{test}");
    let room = Room::with(&[("plan.adr", &text)]);
    let json: serde_json::Value =
        serde_json::from_str(&room.run("check plan.adr --format json").stdout).unwrap();
    let all = json["findings"].as_array().unwrap();
    let heavy = all.iter().filter(|found| found["severity"] != "information").count();
    assert!(heavy > 399, "{heavy}");
    let lines = |format: &str| room.run(&format!("check plan.adr --format {format}"));
    let compact = lines("compact");
    assert_eq!(compact.stdout.lines().count(), 101);
    assert!(compact.stdout.contains("error[failed-test]"), "{compact:?}");
    let more = format!("{} more findings in this file, not shown: ", heavy - 100);
    assert!(compact.stdout.contains(&more), "{compact:?}");
    assert!(compact.stderr.contains(&format!("1 error, {} warnings", heavy - 1)), "{compact:?}");
    assert_eq!((compact.status, lines("text").status), (1, 1));
    assert_eq!(lines("text").stdout.matches("--> plan.adr").count(), 101);
    assert!(room.run("compile plan.adr -o published").stderr.contains(&more));
}
