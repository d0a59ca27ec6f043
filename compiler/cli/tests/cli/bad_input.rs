//! Bad input: a finding or a clear error with its place, exit 1 or 2, nothing half-written, no
//! panic, no hang.

use super::sandbox::{CLEAN, Sandbox as Room};

/// Runs the verbs that read sources; each must end with 1 or 2, say something about `path`, and
/// panic never.
fn refused(room: &Room, path: &str) {
    for line in [
        format!("check {path}"),
        format!("compile {path} -o published"),
        format!("test {path}"),
        format!("dial {path} 911"),
    ] {
        let ran = room.run(&line);
        assert!(matches!(ran.status, 1 | 2), "{line}: {ran:?}");
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(path) && !said.contains("panicked"), "{line}: {ran:?}");
    }
    assert!(!room.path("published").exists());
}

#[test]
fn texts_that_are_none() {
    let room = Room::new();
    for (name, bytes) in [
        ("latin1.adr", &b"// caf\xe9\n"[..]),
        ("utf16.adr", b"\xff\xfel\0e\0t\0"),
        ("nul.adr", b"let a\0 = 9\n"),
        ("binary.adr", &[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0xff]),
        ("cut.adr", b"application { rule \"Loc"),
    ] {
        room.write(name, bytes);
        refused(&room, name);
    }
}

#[test]
fn emptied_file_is_rejected_and_list_without_rules_is_accepted() {
    let room = Room::with(&[("emptied.adr", ""), ("none.adr", "application { }\n")]);
    refused(&room, "emptied.adr");
    assert_eq!(room.run("check none.adr").status, 0);
    assert_eq!(room.run("dial none.adr 911").stdout, "911\n");
}

#[test]
fn a_file_that_is_cut_anywhere() {
    let room = Room::new();
    for end in (0..CLEAN.len()).step_by(7) {
        room.write("cut.adr", &CLEAN.as_bytes()[..end]);
        let ran = room.run("check cut.adr");
        assert!(matches!(ran.status, 0 | 1), "{end}: {ran:?}");
    }
}

#[test]
fn a_hundred_megabytes_of_braces() {
    let room = Room::new();
    room.write("braces.adr", &vec![b'{'; 100 << 20]);
    let ran = room.run("check braces.adr --format compact");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.lines().count() <= 101, "{}", ran.stdout.len());
}

#[test]
fn deep_nesting() {
    let room = Room::with(&[("deep.adr", &"group \"a\" {\n".repeat(100_000))]);
    assert_eq!(room.run("check deep.adr").status, 1);
}

#[test]
fn a_file_above_the_limit() {
    let room = Room::new();
    let file = std::fs::File::create(room.path("large.adr")).unwrap();
    file.set_len(300 << 20).unwrap();
    let ran = room.run("check large.adr");
    assert!(matches!(ran.status, 1 | 2), "{ran:?}");
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("314572800") && said.contains("268435456"), "{said}");
}

#[test]
fn includes_that_lead_nowhere_in_a_circle_or_outside() {
    let room = Room::with(&[
        ("loop.adr", "include \"again.adr\"\n"),
        ("again.adr", "include \"loop.adr\"\n"),
        ("missing.adr", "include \"nobody.adr\"\n"),
        ("folder.adr", "include \"sub\"\n"),
        ("sub/x.adr", ""),
        ("outside.adr", "include \"../x.adr\"\n"),
        ("absolute.adr", "include \"/etc/passwd\"\n"),
    ]);
    for name in ["loop.adr", "missing.adr", "folder.adr", "outside.adr", "absolute.adr"] {
        refused(&room, name);
        let ran = room.run(&format!("check {name} --format compact"));
        assert!(ran.stdout.contains(":1:"), "{name}: {ran:?}");
        assert!(!ran.stdout.contains("root:"), "nothing of a foreign file is shown");
    }
}

#[test]
fn paths_that_are_not_there_or_not_files() {
    let room = Room::with(&[("folder.adr/x.txt", ""), ("empty/x.txt", "")]);
    for path in ["nobody.adr", "empty", "folder.adr", "nobody.xml", "/dev/null/x.adr"] {
        refused(&room, path);
        assert_eq!(room.run(&format!("check {path}")).status, 2, "{path}");
    }
}

#[test]
fn a_file_that_may_not_be_read_or_written() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::with(&[("secret.adr", CLEAN), ("closed/x", "")]);
    let deny = |name: &str, mode| {
        std::fs::set_permissions(room.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    deny("secret.adr", 0o000);
    deny("closed", 0o500);
    if std::fs::read(room.path("secret.adr")).is_ok() {
        // root reads everything, and is asked to be somebody else below
        deny("secret.adr", 0o600);
        return as_nobody(&room);
    }
    let ran = room.run("check secret.adr");
    assert!(ran.status == 2 && ran.stderr.contains("permission denied"), "{ran:?}");
    room.write("plan.adr", CLEAN.as_bytes());
    let ran = room.run("compile plan.adr -o closed/published");
    assert!(ran.status == 2 && ran.stderr.contains("permission denied"), "{ran:?}");
}

/// The same for a root that runs the suite: the command is started as the user `nobody`.
fn as_nobody(room: &Room) {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let open = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(&room.path(""), 0o755);
    room.write("plan.adr", CLEAN.as_bytes());
    chown(room.path("closed"), Some(NOBODY), None).unwrap();
    // A copy that nobody may start, wherever the build lies. Made by another process: while this
    // one holds it open for writing, whatever another test starts holds it as well, and then nobody
    // can run it.
    let command = room.path("adrc");
    let mut copying = std::process::Command::new("cp");
    copying.arg(env!("CARGO_BIN_EXE_adrc")).arg(&command);
    assert!(copying.status().unwrap().success());
    open(&command, 0o755);
    for arguments in
        [&["check", "secret.adr"][..], &["compile", "plan.adr", "-o", "closed/published"]]
    {
        let output = std::process::Command::new(&command)
            .args(arguments)
            .current_dir(room.path(""))
            .uid(NOBODY)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains("permission denied"), "{said}");
    }
    assert!(!room.path("closed/published").exists());
}

#[test]
fn deployed_files_that_are_none() {
    let room = Room::new();
    for (name, bytes) in [
        ("empty.xml", &b""[..]),
        ("cut.xml", b"<DialRules><DialRule BeginsW"),
        ("page.xml", b"<html><body>404</body></html>"),
        ("bytes.xml", b"\xff\xfe\x00<DialRules/>"),
    ] {
        room.write(name, bytes);
        let ran = room.run(&format!("check {name}"));
        assert!(ran.status == 1 && ran.stdout.contains(name), "{name}: {ran:?}");
        let ran = room.run(&format!("dial {name} 5551212"));
        assert_eq!((ran.status, ran.stdout.as_str()), (1, "5551212\n"), "{name}");
    }
}

#[test]
fn what_a_terminal_would_act_on_never_reaches_it() {
    let room = Room::with(&[("evil.adr", "let a = \x1b[2J9\nrule \"\x07\" {\n")]);
    for format in ["text", "compact", "github"] {
        let ran = room.run(&format!("check evil.adr --format {format}"));
        assert!(!ran.stdout.contains('\x1b') && !ran.stdout.contains('\x07'), "{format}: {ran:?}");
    }
    room.write("plan.adr", CLEAN.as_bytes());
    let ran = room.run("dial plan.adr --trace \x1b[2J");
    assert!(!ran.stderr.contains('\x1b'), "{ran:?}");
}
