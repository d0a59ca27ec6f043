//! Archives, sums, signature, and the list of dependencies.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use adr_kit::needs;
use serde_json::Value;

use super::{package_command, run};

/// The version, as in the names of archives.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Packs an archive for a target, with this text in place of the command.
fn pack(target: &str, program: &str, into: &Path) {
    let built = tempfile::tempdir().unwrap();
    fs::write(built.path().join(program), "a command").unwrap();
    let mut package = package_command(&[target, into.to_str().unwrap()]);
    run(package.env("BUILT", built.path()).env("ADRC", adr_tests::adrc_path()));
}

#[test]
fn archive_has_command_completions_and_manual_pages() {
    needs!("python3", "tar");
    let folder = tempfile::tempdir().unwrap();
    let target = "x86_64-unknown-linux-musl";
    pack(target, "adrc", folder.path());
    let name = format!("adrc-{VERSION}-{target}");
    let archive = folder.path().join(format!("{name}.tar.gz"));
    let list = run(Command::new("tar").args(["--list", "--verbose", "--file"]).arg(&archive));
    for file in ["adrc", "LICENSE-MIT", "completions/adrc.bash", "completions/_adrc", "man/adrc.1"]
    {
        assert!(list.lines().any(|line| line.ends_with(&format!(" {name}/{file}"))), "{list}");
    }
    assert!(list.lines().any(|line| line.starts_with("-rwxr-xr-x") && line.ends_with("/adrc")));
    let again = tempfile::tempdir().unwrap();
    pack(target, "adrc", again.path());
    let second = fs::read(again.path().join(archive.file_name().unwrap())).unwrap();
    assert!(fs::read(archive).unwrap() == second, "two archives of the same files differ");
}

#[test]
fn archive_for_windows_is_a_zip() {
    needs!("python3");
    let folder = tempfile::tempdir().unwrap();
    let target = "x86_64-pc-windows-msvc";
    pack(target, "adrc.exe", folder.path());
    let archive = folder.path().join(format!("adrc-{VERSION}-{target}.zip"));
    let list = run(Command::new("python3").args(["-m", "zipfile", "--list"]).arg(archive));
    for file in ["adrc.exe", "completions/_adrc.ps1", "man/adrc-serve.1"] {
        assert!(list.contains(&format!("adrc-{VERSION}-{target}/{file} ")), "{list}");
    }
}

#[test]
fn sums_are_signed_and_a_changed_file_is_found() {
    needs!("minisign", "sha256sum", "setsid");
    let folder = tempfile::tempdir().unwrap();
    let (keys, files) = (folder.path().join("keys"), folder.path().join("files"));
    fs::create_dir(&keys).unwrap();
    fs::create_dir(&files).unwrap();
    fs::write(files.join("adrc.deb"), "a package").unwrap();
    let (secret, public) = (keys.join("secret"), keys.join("public"));
    // the key that RELEASING.md makes signs without a terminal, which would ask for a password
    let page = adr_tests::text("RELEASING.md");
    let line = page
        .split('`')
        .flat_map(str::lines)
        .map(str::trim)
        .find(|line| line.starts_with("minisign -G"));
    let mut generate = Command::new("setsid");
    for word in line.expect("the command that makes the key").split_whitespace() {
        generate.arg(match word {
            "adrc.pub" => public.as_os_str(),
            "adrc.key" => secret.as_os_str(),
            word => word.as_ref(),
        });
    }
    run(generate.arg("-f").stdin(Stdio::null()));
    let package = package_command(&["sums", files.to_str().unwrap()]);
    let mut sums = Command::new("setsid");
    sums.arg("--wait").arg(package.get_program()).args(package.get_args());
    run(sums.env("MINISIGN_KEY", &secret).stdin(Stdio::null()));
    let mut verify = Command::new("minisign");
    verify.args(["-V", "-m", "SHA256SUMS", "-p"]).arg(&public).current_dir(&files);
    assert!(run(&mut verify).contains(&format!("adrc {VERSION}")));
    let check = || {
        let mut check = Command::new("sha256sum");
        check.args(["--check", "--strict", "SHA256SUMS"]).current_dir(&files);
        check.output().unwrap().status.success()
    };
    assert!(check());
    fs::write(files.join("adrc.deb"), "another package").unwrap();
    assert!(!check());
}

#[test]
fn sums_without_a_key_say_that_they_are_not_signed() {
    needs!("sha256sum");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("adrc.deb"), "a package").unwrap();
    let report = run(&mut package_command(&["sums", folder.path().to_str().unwrap()]));
    assert!(report.contains("not signed"), "{report}");
    assert!(!folder.path().join("SHA256SUMS.minisig").exists());
}

#[test]
fn list_of_dependencies_is_cyclonedx_and_names_them_with_their_licenses() {
    needs!("cargo-cyclonedx");
    let folder = tempfile::tempdir().unwrap();
    run(&mut package_command(&["sbom", folder.path().to_str().unwrap()]));
    let text = fs::read_to_string(folder.path().join(format!("adrc-{VERSION}.cdx.json"))).unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list["bomFormat"], "CycloneDX");
    assert_eq!(list["metadata"]["component"]["name"], "adr-cli");
    let components = list["components"].as_array().unwrap();
    let clap = components.iter().find(|component| component["name"] == "clap").unwrap();
    assert_eq!(clap["licenses"][0]["expression"], "MIT OR Apache-2.0");
    assert!(!text.contains(adr_tests::root().to_str().unwrap()), "it has a path of this machine");
    let left = adr_tests::files().into_iter().find(|(path, _)| path.ends_with(".cdx.json"));
    assert_eq!(left, None);
}
