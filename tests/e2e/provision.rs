//! The files of `adrc provision`, read by the programs that administrators have: samba, wine's
//! regedit, reg and cmd, DHCP servers, xmllint, and a parser of PowerShell.
//!
//! Each reader gets the values of random profiles, and must give back exactly these. With
//! `ADR_LONG=1` there are 1,000 profiles instead of 50, and 100 batch files instead of 10.

mod dhcp;
mod policy_file;
mod powershell;
mod random_profile;
mod wine;
mod xml;

use std::path::Path;
use std::process::Command;

use adr_diagnostic::Sources;
use adr_kit::optional::is_long;
use adr_provision::{Output, Profile, files};

/// A profile with every part, and with values that are hard to quote.
const EVERYTHING: &str = r#"
keys = ["policies", "plain"]
[servers]
tftp = ["10.1.1.1", "10.1.1.2"]
cti = ["cucm-sub.example.com"]
ccmcip = ["cucm-pub.example.com"]
[values]
Quotes = "it's \"quoted\" 100% C:\\ & | < > ^ !x! $y `z`"
Letters = "München ü 東京 😀"
Lines = "one\r\ntwo\tthree"
[names]
Quotes = "a test"
Letters = "a test"
Lines = "a test"
[jabber]
mode = "phone"
authenticator = "CUCM"
configuration_host = "10.1.1.5"
services_domain = "example.com"
excluded_services = ["WEBEX"]
[cme]
template = 1
application_rules = "http://10.1.1.1:6970/AppDialRules.xml"
[dhcp]
options = [150, 66]
[core]
program = 'C:\Program Files\adrc\adrc.exe'
arguments = ["core", "http://10.1.1.1:6970"]
[site.branch]
servers.tftp = ["10.2.1.1"]
"#;

/// How many random profiles go through a reader that takes them quickly.
fn profiles() -> usize {
    if is_long() { 1_000 } else { 50 }
}

/// Reads a profile without errors.
fn profile(text: &str) -> Profile {
    let (profile, report) = Profile::read(&mut Sources::new(), "provision.toml", text);
    profile.unwrap_or_else(|| panic!("{report:?}\n{text}"))
}

/// The files of all targets of a profile.
fn outputs(profile: &Profile) -> Vec<Output> {
    profile.targets().iter().map(files).collect()
}

/// Writes the files of a profile whose paths end so; returns these paths.
fn write(folder: &Path, profile: &Profile, ending: &str) -> Vec<String> {
    let all = outputs(profile).into_iter().flat_map(|output| output.files);
    let chosen: Vec<_> = all.filter(|file| file.path.ends_with(ending)).collect();
    for file in &chosen {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
    chosen.into_iter().map(|file| file.path).collect()
}

/// Runs a program to its end; returns whether it succeeded, and what it wrote.
fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), text)
}

/// Whether an optional program is there. `tests/run` does not install it because of its size, so a
/// missing one fails no run, and one line says so.
fn has_optional(what: &str, is_there: bool) -> bool {
    if !is_there {
        let test = std::thread::current();
        let test = test.name().unwrap_or("a test").to_owned();
        let line =
            format!("\n== LEFT OUT: {test} needs {what}, which tests/run does not install\n");
        // past the capture of the test harness
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    }
    is_there
}

#[test]
fn second_run_of_provision_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("provision.toml"), EVERYTHING).unwrap();
    let provision = || {
        let mut adrc = adr_tests::adrc(folder.path());
        run(adrc.args(["provision", "provision.toml", "-o", "out"]))
    };
    let (_, first) = provision();
    assert!(first.contains("created"), "{first}");
    let digests = Command::new("sha256sum")
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(folder.path().join("out"))
        .status();
    assert!(digests.unwrap().success());
    let (_, second) = provision();
    assert!(!second.contains("created") && !second.contains("replaced"), "{second}");
    assert!(second.contains("have this content already"), "{second}");
    std::fs::write(folder.path().join("out/csf.reg"), "by hand").unwrap();
    let (succeeded, third) = provision();
    assert!(!succeeded && third.contains("adrc did not write this content"), "{third}");
    let kept = std::fs::read_to_string(folder.path().join("out/csf.reg")).unwrap();
    assert_eq!(kept, "by hand");
}

#[test]
fn written_files_are_verified_without_findings() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("provision.toml"), EVERYTHING).unwrap();
    let adrc = |arguments: &[&str]| run(adr_tests::adrc(folder.path()).args(arguments));
    adrc(&["provision", "provision.toml", "-o", "out"]);
    let verify = ["provision", "verify", "--profile", "provision.toml"];
    for file in ["out/csf.reg", "out/local-policy/User/Registry.pol"] {
        let (_, text) = adrc(&[&verify[..], &["--format", "compact", file]].concat());
        // the value with line ends is one of the profile
        let findings: Vec<_> =
            text.lines().filter(|line| line.contains("[") && !line.contains("untrimmed")).collect();
        assert!(findings.is_empty(), "{file}: {findings:#?}");
    }
    let branch = "out/sites/branch/csf.reg";
    let (succeeded, text) = adrc(&[&verify[..], &["--format", "compact", branch]].concat());
    assert!(!succeeded && text.contains("differs-from-profile"), "{text}");
    let site = ["--site", "branch", "--format", "compact", branch];
    let (_, text) = adrc(&[&verify[..], &site].concat());
    assert!(!text.contains("profile]") && !text.contains("missing"), "{text}");
}
