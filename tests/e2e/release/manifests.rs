//! The manifests for winget and the formula for Homebrew, filled with sums.
//!
//! The lists of fields and the patterns are those of winget's manifest schema 1.9 as far as our
//! files use it. Neither winget nor Homebrew runs here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use adr_kit::{needs, optional};
use regex::Regex;
use serde_json::Value;

use super::{failure, has_tool, run, say, script, yaml};

const VERSION: &str = "1.2.3";

/// The archives and the installer of a release.
const TARGETS: [&str; 4] = [
    "aarch64-unknown-linux-musl.tar.gz",
    "universal-apple-darwin.tar.gz",
    "x86_64-pc-windows-msvc.msi",
    "x86_64-unknown-linux-musl.tar.gz",
];

/// Names of the files of a release and their sums, which are made up.
fn sums() -> BTreeMap<String, String> {
    let sum = |digit: usize| format!("{digit}f").repeat(32);
    let name = |target: &str| format!("adrc-{VERSION}-{target}");
    TARGETS.iter().enumerate().map(|(at, target)| (name(target), sum(at))).collect()
}

fn write_sums(sums: &BTreeMap<String, String>, folder: &Path) -> PathBuf {
    let lines: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    let file = folder.join("SHA256SUMS");
    fs::write(&file, lines).unwrap();
    file
}

/// A run of the script for [`sums`].
fn manifests(version: &str, sums: &Path, folder: &Path) -> Command {
    let mut command = script("manifests");
    command.arg(version).arg(sums).arg(folder);
    command
}

fn matches(pattern: &str, value: &Value) {
    let text = value.as_str().unwrap_or_else(|| panic!("`{value}` is not a text"));
    assert!(Regex::new(pattern).unwrap().is_match(text), "`{text}` does not match `{pattern}`");
}

/// Fails unless the manifest has all required fields and, apart from them, optional ones only.
fn assert_fields(manifest: &Value, required: &[&str], optional: &[&str]) {
    let fields: Vec<_> = manifest.as_object().unwrap().keys().map(String::as_str).collect();
    for field in required {
        assert!(fields.contains(field), "`{field}` is missing in {manifest:#}");
    }
    let known = |field: &&str| required.contains(field) || optional.contains(field);
    let unknown: Vec<_> = fields.iter().filter(|field| !known(field)).collect();
    assert!(unknown.is_empty(), "{unknown:?} in {manifest:#}");
}

#[test]
fn winget_manifests_keep_the_schema() {
    if !has_tool("ruamel.yaml") {
        return;
    }
    let sandbox = tempfile::tempdir().unwrap();
    run(&mut manifests(VERSION, &write_sums(&sums(), sandbox.path()), sandbox.path()));
    let read = |kind: &str| yaml(&sandbox.path().join(format!("winget/adrc.adrc{kind}.yaml")));
    let [version, installer, locale] = ["", ".installer", ".locale.en-US"].map(read);
    for (manifest, kind) in
        [(&version, "version"), (&installer, "installer"), (&locale, "defaultLocale")]
    {
        assert_eq!(manifest["PackageIdentifier"], "adrc.adrc");
        assert_eq!(manifest["PackageVersion"], VERSION);
        assert_eq!(manifest["ManifestType"], kind);
        assert_eq!(manifest["ManifestVersion"], "1.9.0");
    }
    let all = ["PackageIdentifier", "PackageVersion", "ManifestType", "ManifestVersion"];
    assert_fields(&version, &[&all[..], &["DefaultLocale"]].concat(), &[]);
    assert_eq!(version["DefaultLocale"], locale["PackageLocale"]);
    let required = ["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"];
    let optional = [
        "PublisherUrl",
        "PublisherSupportUrl",
        "PackageUrl",
        "LicenseUrl",
        "Moniker",
        "Tags",
        "ReleaseNotesUrl",
    ];
    assert_fields(&locale, &[&all[..], &required].concat(), &optional);
    for field in optional.iter().filter(|field| field.ends_with("Url")) {
        matches("^https://.+$", &locale[*field]);
    }
    matches("^.{3,256}$", &locale["ShortDescription"]);
    let optional = [
        "Platform",
        "MinimumOSVersion",
        "InstallerType",
        "Scope",
        "UpgradeBehavior",
        "Commands",
        "ProductCode",
        "AppsAndFeaturesEntries",
    ];
    assert_fields(&installer, &[&all[..], &["Installers"]].concat(), &optional);
    assert_eq!(installer["InstallerType"], "wix");
    let code = run(script("product-code").arg(VERSION));
    assert_eq!(installer["ProductCode"], code.trim_end());
    let entry = &installer["AppsAndFeaturesEntries"][0];
    assert_eq!(entry["ProductCode"], installer["ProductCode"]);
    let source = adr_tests::text("compiler/cli/package/msi/adrc.wxs");
    let upgrade = entry["UpgradeCode"].as_str().unwrap().trim_matches(['{', '}']);
    assert!(source.contains(&format!("UpgradeCode=\"{upgrade}\"")), "{upgrade}");
    assert_installer(&installer["Installers"][0]);
}

fn assert_installer(installer: &Value) {
    assert_fields(installer, &["Architecture", "InstallerUrl", "InstallerSha256"], &[]);
    assert_eq!(installer["Architecture"], "x64");
    matches("^[A-Fa-f0-9]{64}$", &installer["InstallerSha256"]);
    let name = format!("adrc-{VERSION}-x86_64-pc-windows-msvc.msi");
    let url = format!("https://github.com/adrc/adrc/releases/download/v{VERSION}/{name}");
    assert_eq!(installer["InstallerUrl"], url);
    assert_eq!(installer["InstallerSha256"], sums()[&name]);
}

#[test]
fn formula_has_the_sum_of_each_archive() {
    needs!("python3");
    let sandbox = tempfile::tempdir().unwrap();
    run(&mut manifests(VERSION, &write_sums(&sums(), sandbox.path()), sandbox.path()));
    let file = sandbox.path().join("homebrew/adrc.rb");
    let formula = fs::read_to_string(&file).unwrap();
    let pattern = Regex::new(r#"url "[^"]*/v1\.2\.3/([^/"]+)"\s+sha256 "([0-9a-f]{64})""#).unwrap();
    let found = pattern.captures_iter(&formula);
    let found: BTreeMap<_, _> =
        found.map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    let mut expected = sums();
    expected.retain(|name, _| name.ends_with(".tar.gz"));
    assert_eq!(found, expected);
    assert!(!formula.contains('@'), "a placeholder is left in\n{formula}");
    if optional::has_command("ruby") {
        run(Command::new("ruby").args(["-w", "-c"]).arg(&file));
        say("the formula and the manifests are valid; Homebrew and winget have not read them");
    }
}

/// The workflow packs the manifests before it signs the sums, so the sums have the archive.
#[test]
fn packed_manifests_are_the_same_twice_and_in_the_sums() {
    needs!("python3", "sha256sum", "tar");
    let sandbox = tempfile::tempdir().unwrap();
    let dist = sandbox.path().join("dist");
    fs::create_dir(&dist).unwrap();
    for target in TARGETS {
        let name = format!("adrc-{}-{target}", env!("CARGO_PKG_VERSION"));
        fs::write(dist.join(name), target).unwrap();
    }
    let package = |step: &str| {
        let mut package = script("package");
        package.arg(step).arg(&dist).env("CARGO_TARGET_DIR", sandbox.path());
        run(package.env_remove("MINISIGN_KEY"));
    };
    let archive = dist.join("manifests.tar.gz");
    let [first, second] = [(); 2].map(|()| {
        let _ = fs::remove_file(&archive);
        package("manifests");
        fs::read(&archive).unwrap()
    });
    assert!(first == second, "two archives of the same files differ");
    let list = run(Command::new("tar").arg("--list").arg("--file").arg(&archive));
    assert!(list.contains("manifests/homebrew/adrc.rb\n"), "{list}");
    package("sums");
    let sums = fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), TARGETS.len() + 1, "{sums}");
    assert!(sums.contains("  manifests.tar.gz\n"), "{sums}");
}

#[test]
fn wrong_sums_are_refused() {
    needs!("python3");
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path().join("manifests");
    let mut fewer = sums();
    let missing = fewer.pop_first().unwrap().0;
    let said = failure(&mut manifests(VERSION, &write_sums(&fewer, sandbox.path()), &folder));
    assert!(said.contains(&format!("the sums have no file `{missing}`")), "{said}");
    let file = write_sums(&sums(), sandbox.path());
    let said = failure(&mut manifests("1.2.3-rc.1", &file, &folder));
    assert!(said.contains("`1.2.3-rc.1` is not a version for winget and Homebrew"), "{said}");
    fs::write(&file, "0f0f  adrc\n").unwrap();
    let said = failure(&mut manifests(VERSION, &file, &folder));
    assert!(said.contains("SHA256SUMS:1: not a SHA-256 and a file name"), "{said}");
    assert!(!folder.exists(), "files were written");
}
