//! Which files belong to a plan's folder: no hidden files, no links out of the folder, no pipes;
//! and how long reports and AXL responses are shown.

use std::fs;
use std::os::unix::fs::symlink;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::sandbox::{CLEAN, Sandbox};

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
fn hidden_file_in_the_folder_is_not_part_of_the_plan() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    // the lock of an unsaved Emacs buffer, AppleDouble of macOS, a swap file of vim, and a backup
    symlink("user@host.4242:1700000000", sandbox.path("rules/.#plan.adr")).unwrap();
    let apple_double = b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ";
    sandbox.write("rules/._plan.adr", apple_double);
    sandbox.write("rules/.plan.adr.swp", b"b0VIM 9.1");
    sandbox.write("rules/.plan.adr", b"application {");
    for line in READING {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
    }
    sandbox.write("hidden/.plan.adr", CLEAN.as_bytes());
    let ran = sandbox.run("check hidden");
    assert!(ran.status == 2 && ran.stderr.contains("holds no `.adr` files"), "{ran:?}");
}

#[test]
fn link_out_of_the_folder_is_rejected_by_every_command() {
    let sandbox = Sandbox::with(&[("secret.adr", CLEAN), ("rules/plan.adr", CLEAN)]);
    let target = fs::canonicalize(sandbox.path("secret.adr")).unwrap();
    let target = format!("to `{}`", target.display());
    let absolute = sandbox.path("secret.adr").display().to_string();
    for link in ["../secret.adr", absolute.as_str(), "../rules/../secret.adr"] {
        symlink(link, sandbox.path("rules/more.adr")).unwrap();
        for line in READING {
            let ran = sandbox.run(line);
            assert_eq!(ran.status, 2, "{line}: {ran:?}");
            assert!(
                ran.stderr.contains("rules/more.adr") && ran.stderr.contains(&target),
                "{ran:?}"
            );
        }
        fs::remove_file(sandbox.path("rules/more.adr")).unwrap();
    }
    // an include through a link to the parent folder
    symlink("..", sandbox.path("rules/up")).unwrap();
    sandbox.write("rules/plan.adr", b"emergency 911\ninclude \"up/secret.adr\"\n");
    let ran = sandbox.run("check rules");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("error[include-outside-folder]"), "{ran:?}");
    assert!(ran.stdout.contains(&target), "{ran:?}");
    assert!(!ran.stdout.contains("Local"), "shows lines of a file outside: {ran:?}");
    let ran = sandbox.run("check rules/plan.adr");
    assert!(ran.status == 1 && ran.stdout.contains("include-outside-folder"), "{ran:?}");
}

#[test]
fn link_inside_the_folder_is_followed() {
    let sandbox = Sandbox::new();
    // Kubernetes mounts a folder of settings in this way
    sandbox.write("mounted/..2026_11_28/plan.adr", b"include \"site.txt\"\n");
    sandbox.write("mounted/..2026_11_28/site.txt", CLEAN.as_bytes());
    symlink("..2026_11_28", sandbox.path("mounted/..data")).unwrap();
    for name in ["plan.adr", "site.txt"] {
        symlink(format!("..data/{name}"), sandbox.path(&format!("mounted/{name}"))).unwrap();
    }
    // the folder of the plan is a link, or lies behind one
    symlink("mounted", sandbox.path("rules")).unwrap();
    symlink(".", sandbox.path("here")).unwrap();
    for line in READING {
        for folder in ["rules", "here/mounted", "rules/plan.adr", "./rules/"] {
            let line = line.replace("rules", folder);
            let ran = sandbox.run(&line);
            assert_eq!(ran.status, 0, "{line}: {ran:?}");
        }
    }
    // a link that the command line names may lead anywhere
    symlink("mounted/site.txt", sandbox.path("named.adr")).unwrap();
    assert_eq!(sandbox.run("check named.adr").status, 0);
}

/// Opening a pipe without a writer would block forever.
#[test]
fn pipe_or_device_is_rejected_without_waiting() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    mkfifoat(CWD, sandbox.path("rules/more.adr"), Mode::from_raw_mode(0o600)).unwrap();
    for line in READING {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 2, "{line}: {ran:?}");
        assert!(ran.stderr.contains("not a regular file"), "{ran:?}");
    }
    for line in ["check /dev/zero", "check /dev/tty"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 2, "{line}: {ran:?}");
    }
    fs::remove_file(sandbox.path("rules/more.adr")).unwrap();
    mkfifoat(CWD, sandbox.path("rules/pipe"), Mode::from_raw_mode(0o600)).unwrap();
    sandbox.write("rules/plan.adr", b"include \"pipe\"\n");
    let ran = sandbox.run("check rules");
    assert!(ran.status == 1 && ran.stdout.contains("unreadable-include"), "{ran:?}");
}

/// An AXL response that was saved under the name of a deployed file, and of a rule source.
#[test]
fn axl_response_in_place_of_rules_is_one_finding() {
    let answer = include_str!("../../../language/tests/soap-answer.xml");
    let sandbox = Sandbox::with(&[("answer.xml", answer), ("answer.adr", answer)]);
    for (file, name) in [("answer.xml", "wrong-root"), ("answer.adr", "not-a-rule-source")] {
        let ran = sandbox.run(&format!("check {file} --format compact"));
        assert_eq!((ran.status, ran.stdout.lines().count()), (1, 1), "{ran:?}");
        assert!(ran.stdout.contains(name) && ran.stdout.contains("of AXL (SOAP)"), "{ran:?}");
    }
}

/// A file with very many findings: people read the first hundred, programs read all.
#[test]
fn long_report_is_shortened_in_text_and_complete_in_json() {
    let rule = |at: usize| format!("  rule \"{at}\" {{ digits 7; prefix 9 }}\n");
    let rules: String = (0..400).map(rule).collect();
    let test = "test {\n  dial 5551212 -> 85551212\n}\n";
    let text = format!("emergency 911\napplication {{\n{rules}}}\n{test}");
    let sandbox = Sandbox::with(&[("plan.adr", &text)]);
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run("check plan.adr --format json").stdout).unwrap();
    let all = json["findings"].as_array().unwrap();
    let problems = all.iter().filter(|found| found["severity"] != "information").count();
    assert!(problems > 399, "{problems}");
    let lines = |format: &str| sandbox.run(&format!("check plan.adr --format {format}"));
    let compact = lines("compact");
    assert_eq!(compact.stdout.lines().count(), 101);
    assert!(compact.stdout.contains("error[failed-test]"), "{compact:?}");
    let more = format!("{} more findings in this file, not shown: ", problems - 100);
    assert!(compact.stdout.contains(&more), "{compact:?}");
    assert!(compact.stderr.contains(&format!("1 error, {} warnings", problems - 1)), "{compact:?}");
    assert_eq!((compact.status, lines("text").status), (1, 1));
    assert_eq!(lines("text").stdout.matches("--> plan.adr").count(), 101);
    assert!(sandbox.run("compile plan.adr -o published").stderr.contains(&more));
}
