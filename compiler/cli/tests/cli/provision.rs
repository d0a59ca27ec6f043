//! `adrc provision` and `adrc provision verify`: exit statuses, formats and written files.

use std::fs;

use super::sandbox::Sandbox;

/// A profile without findings.
const PROFILE: &str = "\
keys = [\"policies\"]
servers.tftp = [\"10.1.1.1\"]

[site.branch]
servers.tftp = [\"10.2.1.1\"]
";

/// An export of a PC with another server, and with a line that regedit skips.
const EXPORT: &str = "\
Windows Registry Editor Version 5.00

[HKEY_CURRENT_USER\\Software\\Policies\\Cisco Systems, Inc.\\Client Services Framework\\AdminData]
\"TftpServer1\"=\"10.9.9.9\"
\"TftpServer2\"=10.9.9.8
";

fn sandbox() -> Sandbox {
    Sandbox::with(&[("provision.toml", PROFILE), ("pc.reg", EXPORT)])
}

#[test]
fn profile_without_findings_is_checked_and_nothing_is_written() {
    let sandbox = sandbox();
    let ran = sandbox.run("provision --check provision.toml");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    assert_eq!(ran.stderr, "provision.toml: no findings\n");
    assert_eq!(fs::read_dir(sandbox.folder()).unwrap().count(), 2);
}

#[test]
fn profile_with_errors_writes_nothing() {
    let sandbox = Sandbox::with(&[("wrong.toml", "servers.tftp = [\"no server\"]\n")]);
    for line in ["provision wrong.toml -o out", "provision --check wrong.toml"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stdout.contains("error[invalid-server]"), "{ran:?}");
    }
    assert!(!sandbox.path("out").exists());
}

#[test]
fn files_are_written_once() {
    let sandbox = sandbox();
    let ran = sandbox.run("provision provision.toml -o out");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.lines().all(|line| line.starts_with("  created  ")), "{ran:?}");
    assert!(sandbox.path("out/sites/branch/csf.reg").exists());
    let ran = sandbox.run("provision provision.toml -o out");
    assert!(ran.stdout.lines().all(|line| line.starts_with("  unchanged  ")), "{ran:?}");
    assert!(ran.stderr.contains("have this content already"), "{ran:?}");
}

#[test]
fn quiet_run_shows_findings_only() {
    let sandbox = sandbox();
    let ran = sandbox.run("provision provision.toml -o out --quiet");
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    assert!(sandbox.path("out/csf.reg").exists());
    sandbox.write("provision.toml", format!("{PROFILE}dhcp.options = []\n").as_bytes());
    let ran = sandbox.run("provision provision.toml -o out --quiet");
    assert_eq!(ran.status, 1, "{ran:?}");
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert!(text.contains("setting-without-effect") && !text.contains("csf.reg"), "{text}");
}

#[test]
fn file_of_another_author_is_a_conflict() {
    let sandbox = sandbox();
    sandbox.write("out/csf.reg", b"by hand");
    let ran = sandbox.run("provision provision.toml -o out");
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("csf.reg: adrc did not write this content"), "{ran:?}");
    assert_eq!(fs::read_dir(sandbox.path("out")).unwrap().count(), 1);
    let ran = sandbox.run("provision provision.toml -o out --force");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("replaced  csf.reg"), "{ran:?}");
}

#[test]
fn file_that_the_profile_has_no_longer_is_named() {
    let sandbox = sandbox();
    sandbox.run("provision provision.toml -o out");
    sandbox.write("provision.toml", b"keys = [\"policies\"]\nservers.tftp = [\"10.1.1.1\"]\n");
    let ran = sandbox.run("provision provision.toml -o out");
    assert!(ran.stderr.contains("not part of this profile: sites/branch/"), "{ran:?}");
}

#[test]
fn files_that_a_format_cannot_hold_are_counted_and_named_once() {
    let profile = format!("{PROFILE}[names]\nA = \"a\"\n[values]\nA = \"\\u0001\"\n");
    let profile = profile.replace("servers.tftp = [\"10.1.1.1\"]\n", "");
    let sandbox = Sandbox::with(&[("provision.toml", &profile)]);
    for line in ["provision --check provision.toml", "provision provision.toml -o out"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 1, "{ran:?}");
        let text = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(text.matches("a policy of Intune cannot hold `A`").count(), 1, "{text}");
        assert!(text.contains("nor for another site"), "{text}");
        assert!(text.contains("provision.toml:"), "{text}");
    }
    let ran = sandbox.run("provision provision.toml -o out");
    assert!(ran.stderr.contains("refused 8"), "{ran:?}");
}

#[test]
fn list_of_files_is_a_json_document() {
    let ran = sandbox().run("provision provision.toml -o out --format json");
    for part in ["\"valid\": true", "\"changed\": true", "\"path\": \"csf.reg\"", "\"sha256\": \""]
    {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn winner_and_findings_of_a_pc_are_shown() {
    let ran = sandbox().run("provision verify pc.reg --profile provision.toml");
    assert_eq!(ran.status, 1);
    for part in [
        "CSF client\n  TftpServer1  10.9.9.9  policies  no other place has it\n",
        "error[bad-registry-line]: `10.9.9.8` is not a type of data",
        " --> pc.reg:5:1",
        "error[differs-from-profile]: `TftpServer1` of the Policies key differs from the profile",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn findings_of_a_pc_have_every_format() {
    let sandbox = sandbox();
    for (format, part) in [
        ("json", "\"from\": \"policies\""),
        ("ndjson", "{\"format_version\":2,\"name\":\"bad-registry-line\""),
        ("sarif", "\"ruleId\": \"bad-registry-line\""),
        ("junit", "<testsuite"),
        ("github", "::error file=pc.reg,line=5"),
        ("compact", "pc.reg:5:1: error[bad-registry-line]"),
    ] {
        let ran = sandbox.run(&format!("provision verify pc.reg --format {format}"));
        assert_eq!(ran.status, 1, "{format}");
        assert!(ran.stdout.contains(part), "{format}: {}", ran.stdout);
    }
}

#[test]
fn written_file_has_no_findings() {
    let sandbox = sandbox();
    sandbox.run("provision provision.toml -o out");
    for line in [
        "provision verify out/csf.reg --profile provision.toml",
        "provision verify out/local-policy/User/Registry.pol --profile provision.toml",
        "provision verify out/sites/branch/csf.reg --profile provision.toml --site branch",
    ] {
        let ran = sandbox.run(line);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{line}: {ran:?}");
    }
}

#[test]
fn wrong_usage_exits_with_status_2() {
    let sandbox = sandbox();
    for line in [
        "provision",
        "provision provision.toml",
        "provision nowhere.toml --check",
        "provision provision.toml --check -o out",
        "provision pc.reg/x -o out",
        "provision verify",
        "provision verify nowhere.reg",
        "provision verify pc.reg --site branch",
        "provision verify pc.reg --profile provision.toml --site berlin",
        "provision verify pc.reg --profile nowhere.toml",
    ] {
        let ran = sandbox.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{line}: {ran:?}");
        assert!(!ran.stderr.is_empty(), "{line}");
    }
}

#[test]
#[cfg(not(windows))]
fn registry_of_another_system_is_an_error() {
    let ran = sandbox().run("provision verify --this-pc");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--this-pc is available on Windows only"), "{ran:?}");
}

#[test]
fn export_on_standard_input_is_read() {
    let ran = sandbox().given(&["provision", "verify", "-"], EXPORT.as_bytes());
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains(" --> -:5:1"), "{ran:?}");
}
