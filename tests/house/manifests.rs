//! Every crate is named after its folder, and inherits versions and lints from the root.

use std::path::Path;

use crate::no_complaints;

/// The one crate that may have unsafe code; see
/// docs/contributing/decisions/0012-unsafe-code-at-the-c-border.md.
const BORDER: &str = "tftp/client-c/Cargo.toml";

/// Keys that a crate inherits from the root.
const INHERITED: [&str; 9] = [
    "version",
    "edition",
    "rust-version",
    "license",
    "repository",
    "readme",
    "keywords",
    "categories",
    "publish",
];

#[test]
fn crate_inherits_metadata_from_the_root() {
    let root = parse("Cargo.toml");
    let mut complaints = Vec::new();
    for (path, manifest) in manifests() {
        let inherits = |key: &str| {
            let value = manifest["package"].get(key).and_then(|value| value.get("workspace"));
            value.and_then(toml::Value::as_bool) == Some(true)
        };
        let missing = INHERITED.iter().filter(|key| !inherits(key));
        complaints.extend(missing.map(|key| format!("{path}:1: write `{key}.workspace = true`")));
        if manifest["package"].get("description").is_none() {
            complaints.push(format!("{path}:1: write a `description`"));
        }
    }
    let absent = INHERITED.iter().filter(|key| root["workspace"]["package"].get(key).is_none());
    complaints
        .extend(absent.map(|key| format!("Cargo.toml:1: `[workspace.package]` needs `{key}`")));
    no_complaints(&complaints);
}

#[test]
fn crate_inherits_lints_from_the_root() {
    let others = manifests().into_iter().filter(|(path, manifest)| {
        let inherits = manifest["lints"].get("workspace");
        inherits.and_then(toml::Value::as_bool) != Some(true) && path != BORDER
    });
    let complaints: Vec<_> = others
        .map(|(path, _)| format!("{path}:1: write `[lints]` and `workspace = true`"))
        .collect();
    no_complaints(&complaints);
}

/// The crate with the C API has all lints of the root except `unsafe_code`. It may have more.
#[test]
fn c_api_crate_omits_only_the_lint_against_unsafe_code() {
    let root = parse("Cargo.toml");
    let border = parse(BORDER);
    let mut complaints = Vec::new();
    for tool in ["rust", "clippy"] {
        let lints = root["workspace"]["lints"][tool].as_table().expect("lints");
        let others = lints.iter().filter(|(name, _)| *name != "unsafe_code");
        let missing =
            others.filter(|(name, level)| border["lints"][tool].get(*name) != Some(*level));
        complaints
            .extend(missing.map(|(name, _)| format!("{BORDER}:1: write `{name}` as in the root")));
    }
    no_complaints(&complaints);
    assert_eq!(root["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
}

#[test]
fn crate_is_named_after_its_folder() {
    let misnamed = |(path, manifest): &(String, toml::Table)| {
        let name = manifest["package"]["name"].as_str()?;
        let folder = Path::new(path).parent()?.file_name()?.to_str()?;
        (name != format!("adr-{folder}"))
            .then(|| format!("{path}:1: write `name = \"adr-{folder}\"`, not `{name}`"))
    };
    no_complaints(&manifests().iter().filter_map(misnamed).collect::<Vec<_>>());
}

#[test]
fn dependency_takes_its_version_from_the_root() {
    let complaints: Vec<_> = manifests().iter().flat_map(own_versions).collect();
    no_complaints(&complaints);
}

fn own_versions((path, manifest): &(String, toml::Table)) -> Vec<String> {
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = tables.iter().filter_map(|name| manifest.get(*name)?.as_table());
    let inherited = |value: &toml::Value| value.get("workspace").is_some();
    tables
        .flatten()
        .filter(|(_, value)| !inherited(value))
        .map(|(name, _)| {
            format!("{path}:1: write `{name}.workspace = true`, and the version in the root")
        })
        .collect()
}

/// The manifest of every member of the workspace.
fn manifests() -> Vec<(String, toml::Table)> {
    let root: toml::Table = parse("Cargo.toml");
    let members = root["workspace"]["members"].as_array().expect("members");
    let paths = members.iter().filter_map(toml::Value::as_str);
    let manifest = |path: &str| {
        let path = format!("{path}/Cargo.toml");
        let table = parse(&path);
        (path, table)
    };
    paths.map(manifest).collect()
}

fn parse(path: &str) -> toml::Table {
    adr_tests::text(path).parse().expect("a manifest is TOML")
}
