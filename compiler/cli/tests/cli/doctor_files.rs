//! `adrc doctor` about files: lists of programs, and logs.

use super::sandbox::Sandbox;

#[test]
fn client_program_that_was_started_after_the_change_is_nothing_wrong() {
    let list = |start: &str| format!("\"Name\",\"StartTime\"\n\"cucsf\",\"{start}\"\n");
    let sandbox = Sandbox::with(&[
        ("fresh.csv", &list("2026-11-30T11:00:00+00:00")),
        ("old.csv", &list("2026-11-30T09:00:00+00:00")),
        ("british.csv", &list("05/11/2026 09:00:00")),
        ("other.csv", "\"Name\"\n\"explorer\"\n"),
    ]);
    let run = |name: &str| {
        let changed = "2026-11-30 10:00:00Z";
        let arguments = ["doctor", "client", "--processes", name, "--changed", changed];
        let ran = sandbox.given(&arguments, b"");
        (ran.status, ran.stdout)
    };
    let (status, text) = run("fresh.csv");
    assert!(status == 0 && text.contains("nothing wrong that can be seen from here"), "{text}");
    let (status, text) = run("old.csv");
    assert!(status == 1 && text.contains("client-older-than-rules"), "{text}");
    let (status, text) = run("british.csv");
    assert!(status == 2 && text.contains("05/11/2026"), "{text}");
    let (status, text) = run("other.csv");
    assert!(status == 2 && text.contains("nothing could be looked at"), "{text}");
}

#[test]
fn log_without_a_mention_exits_with_status_2() {
    let sandbox = Sandbox::with(&[("epe.txt", "2026-11-30 10:00:00 something else\n")]);
    sandbox.write("empty.txt", b"");
    for name in ["epe.txt", "empty.txt"] {
        let ran = sandbox.run(&format!("doctor presence --log {name}"));
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(!ran.stdout.contains("nothing wrong"), "{ran:?}");
    }
}

#[test]
fn junit_of_a_log_has_its_findings() {
    let sandbox = Sandbox::with(&[("epe.txt", "2026-11-30 10:00:00 owa user=jane HTTP 401\n")]);
    let ran = sandbox.run("doctor presence --log epe.txt --format junit");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(ran.stdout.matches("<failure").count(), 1, "{ran:?}");
}
