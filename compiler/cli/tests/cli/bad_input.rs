//! Bad input: each test expects a finding or an error that names the input, exit status 1 or 2,
//! no partial output, no panic and no hang.

use super::sandbox::{CLEAN, Sandbox};

/// Runs the commands that read sources. Each must exit with status 1 or 2 and name `path` in a
/// message, without a panic and without output.
fn assert_rejected(sandbox: &Sandbox, path: &str) {
    for line in [
        format!("check {path}"),
        format!("compile {path} -o published"),
        format!("test {path}"),
        format!("dial {path} 911"),
    ] {
        let ran = sandbox.run(&line);
        assert!(matches!(ran.status, 1 | 2), "{line}: {ran:?}");
        let output = format!("{}{}", ran.stdout, ran.stderr);
        assert!(output.contains(path) && !output.contains("panicked"), "{line}: {ran:?}");
    }
    assert!(!sandbox.path("published").exists());
}

#[test]
fn file_that_is_not_a_rule_source_is_rejected() {
    let sandbox = Sandbox::new();
    for (name, bytes) in [
        ("latin1.adr", &b"// caf\xe9\n"[..]),
        ("utf16.adr", b"\xff\xfel\0e\0t\0"),
        ("nul.adr", b"let a\0 = 9\n"),
        ("binary.adr", &[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0xff]),
        ("cut.adr", b"application { rule \"Loc"),
    ] {
        sandbox.write(name, bytes);
        assert_rejected(&sandbox, name);
    }
}

#[test]
fn empty_file_is_rejected_and_list_without_rules_is_accepted() {
    let sandbox = Sandbox::with(&[("empty.adr", ""), ("none.adr", "application { }\n")]);
    assert_rejected(&sandbox, "empty.adr");
    assert_eq!(sandbox.run("check none.adr").status, 0);
    assert_eq!(sandbox.run("dial none.adr 911").stdout, "911\n");
}

#[test]
fn truncated_source_at_every_length_ends_with_status_0_or_1() {
    let sandbox = Sandbox::new();
    for end in (0..CLEAN.len()).step_by(7) {
        sandbox.write("cut.adr", &CLEAN.as_bytes()[..end]);
        let ran = sandbox.run("check cut.adr");
        assert!(matches!(ran.status, 0 | 1), "{end}: {ran:?}");
    }
}

#[test]
fn hundred_megabytes_of_braces_give_a_short_report() {
    let sandbox = Sandbox::new();
    sandbox.write("braces.adr", &vec![b'{'; 100 << 20]);
    let ran = sandbox.run("check braces.adr --format compact");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.lines().count() <= 101, "{}", ran.stdout.len());
}

#[test]
fn deeply_nested_source_is_rejected() {
    let sandbox = Sandbox::with(&[("deep.adr", &"group \"a\" {\n".repeat(100_000))]);
    assert_eq!(sandbox.run("check deep.adr").status, 1);
}

#[test]
fn file_above_the_size_limit_is_rejected_with_size_and_limit() {
    let sandbox = Sandbox::new();
    let file = std::fs::File::create(sandbox.path("large.adr")).unwrap();
    file.set_len(300 << 20).unwrap();
    let ran = sandbox.run("check large.adr");
    assert!(matches!(ran.status, 1 | 2), "{ran:?}");
    let output = format!("{}{}", ran.stdout, ran.stderr);
    assert!(output.contains("314572800") && output.contains("268435456"), "{output}");
}

#[test]
fn missing_circular_or_outside_include_is_rejected_with_its_line() {
    let sandbox = Sandbox::with(&[
        ("loop.adr", "include \"again.adr\"\n"),
        ("again.adr", "include \"loop.adr\"\n"),
        ("missing.adr", "include \"nowhere.adr\"\n"),
        ("folder.adr", "include \"sub\"\n"),
        ("sub/x.adr", ""),
        ("outside.adr", "include \"../x.adr\"\n"),
        ("absolute.adr", "include \"/etc/passwd\"\n"),
    ]);
    for name in ["loop.adr", "missing.adr", "folder.adr", "outside.adr", "absolute.adr"] {
        assert_rejected(&sandbox, name);
        let ran = sandbox.run(&format!("check {name} --format compact"));
        assert!(ran.stdout.contains(":1:"), "{name}: {ran:?}");
        assert!(!ran.stdout.contains("root:"), "{name}: shows lines of a file outside: {ran:?}");
    }
}

#[test]
fn missing_path_or_folder_without_rules_exits_with_status_2() {
    let sandbox = Sandbox::with(&[("folder.adr/x.txt", ""), ("empty/x.txt", "")]);
    for path in ["nowhere.adr", "empty", "folder.adr", "nowhere.xml", "/dev/null/x.adr"] {
        assert_rejected(&sandbox, path);
        assert_eq!(sandbox.run(&format!("check {path}")).status, 2, "{path}");
    }
}

#[test]
fn file_without_permission_is_rejected_with_status_2() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with(&[("secret.adr", CLEAN), ("closed/x", "")]);
    let deny = |name: &str, mode| {
        std::fs::set_permissions(sandbox.path(name), std::fs::Permissions::from_mode(mode))
            .unwrap();
    };
    deny("secret.adr", 0o000);
    deny("closed", 0o500);
    if std::fs::read(sandbox.path("secret.adr")).is_ok() {
        // root may read every file, so the command runs as another user
        deny("secret.adr", 0o600);
        return assert_rejected_as_nobody(&sandbox);
    }
    let ran = sandbox.run("check secret.adr");
    assert!(ran.status == 2 && ran.stderr.contains("permission denied"), "{ran:?}");
    sandbox.write("plan.adr", CLEAN.as_bytes());
    let ran = sandbox.run("compile plan.adr -o closed/published");
    assert!(ran.status == 2 && ran.stderr.contains("permission denied"), "{ran:?}");
}

/// The same test when root runs the suite: `adrc` runs as the user `nobody`.
fn assert_rejected_as_nobody(sandbox: &Sandbox) {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let open = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(&sandbox.path(""), 0o755);
    sandbox.write("plan.adr", CLEAN.as_bytes());
    chown(sandbox.path("closed"), Some(NOBODY), None).unwrap();
    // The user may lack access to the build folder, so a copy of the command is made here. `cp`
    // makes it: if this process held the copy open for writing, so would every process that other
    // tests start, and the kernel would not execute it.
    let command = sandbox.path("adrc");
    let mut copying = std::process::Command::new("cp");
    copying.arg(env!("CARGO_BIN_EXE_adrc")).arg(&command);
    assert!(copying.status().unwrap().success());
    open(&command, 0o755);
    for arguments in
        [&["check", "secret.adr"][..], &["compile", "plan.adr", "-o", "closed/published"]]
    {
        let output = std::process::Command::new(&command)
            .args(arguments)
            .current_dir(sandbox.path(""))
            .uid(NOBODY)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(2) && message.contains("permission denied"),
            "{message}"
        );
    }
    assert!(!sandbox.path("closed/published").exists());
}

#[test]
fn invalid_deployed_file_is_a_finding_and_leaves_numbers_unchanged() {
    let sandbox = Sandbox::new();
    for (name, bytes) in [
        ("empty.xml", &b""[..]),
        ("cut.xml", b"<DialRules><DialRule BeginsW"),
        ("page.xml", b"<html><body>404</body></html>"),
        ("bytes.xml", b"\xff\xfe\x00<DialRules/>"),
    ] {
        sandbox.write(name, bytes);
        let ran = sandbox.run(&format!("check {name}"));
        assert!(ran.status == 1 && ran.stdout.contains(name), "{name}: {ran:?}");
        let ran = sandbox.run(&format!("dial {name} 5551212"));
        assert_eq!((ran.status, ran.stdout.as_str()), (1, "5551212\n"), "{name}");
    }
}

#[test]
fn control_characters_of_the_input_are_escaped_in_the_output() {
    let sandbox = Sandbox::with(&[("control.adr", "let a = \x1b[2J9\nrule \"\x07\" {\n")]);
    for format in ["text", "compact", "github"] {
        let ran = sandbox.run(&format!("check control.adr --format {format}"));
        assert!(!ran.stdout.contains('\x1b') && !ran.stdout.contains('\x07'), "{format}: {ran:?}");
    }
    sandbox.write("plan.adr", CLEAN.as_bytes());
    let ran = sandbox.run("dial plan.adr --trace \x1b[2J");
    assert!(!ran.stderr.contains('\x1b'), "{ran:?}");
}
