//! Every example of `rules/examples` is clean, formatted, passes its own tests, and gives its
//! golden files.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "the suite runs the command, and a failure there fails the test"
)]

mod documented;
mod mistakes;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the examples, relative to the root of the repository.
const EXAMPLES: &str = "rules/examples";

#[test]
fn every_example_is_checked_without_warnings() {
    for name in examples() {
        let (status, stdout, stderr) = adrc(&["check", &path(&name), "--format", "json"]);
        assert_eq!(status, 0, "{name}: {stdout}{stderr}");
        let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let mut found = report["findings"].as_array().unwrap().iter();
        // notes are allowed: an example may have an exception that takes numbers of another rule
        let is_clean = found.all(|finding| finding["severity"] == "information");
        assert!(is_clean, "{name}: {stdout}");
    }
}

#[test]
fn every_example_is_formatted() {
    let (status, stdout, stderr) = adrc(&["fmt", "--check", EXAMPLES]);
    assert_eq!(status, 0, "{stdout}{stderr}");
    for name in examples() {
        let (status, stdout, stderr) = adrc(&["fmt", "--check", &path(&name)]);
        assert_eq!(status, 0, "{name}: {stdout}{stderr}");
    }
}

#[test]
fn every_example_passes_its_tests() {
    for name in examples() {
        let (status, stdout, stderr) = adrc(&["test", &path(&name)]);
        assert_eq!(status, 0, "{name}: {stdout}{stderr}");
    }
}

#[test]
fn compiled_example_equals_its_golden_files() {
    let sandbox = tempfile::tempdir().unwrap();
    for name in examples() {
        let published = sandbox.path().join(&name);
        compile(&[&path(&name)], &published);
        compare(&name, &published);
    }
}

#[test]
fn every_golden_file_has_an_example() {
    let names = examples();
    let golden = adr_tests::files().into_iter().map(|(path, _)| path);
    let golden =
        golden.filter_map(|path| Some(path.strip_prefix("tests/examples/golden/")?.to_owned()));
    for path in golden {
        let known = names.iter().any(|name| path.starts_with(&format!("{name}/")));
        assert!(known, "`{path}` is a golden file without an example");
    }
}

/// Names of the examples, sorted: files without `.adr`, folders, and the files of `documented/`.
fn examples() -> Vec<String> {
    let mut names = entries(EXAMPLES, "");
    names.retain(|name| !["documented", "mistakes", "provision"].contains(&name.as_str()));
    names.extend(entries(&format!("{EXAMPLES}/documented"), "documented/"));
    names.sort();
    assert!(names.len() > 5, "{names:?}");
    names
}

/// Names in a folder, without `.adr` and with a prefix.
fn entries(folder: &str, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(adr_tests::root().join(folder)).expect("a folder of examples");
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| format!("{prefix}{}", name.trim_end_matches(".adr"))).collect()
}

/// The path of an example, as a user at the root would write it.
fn path(name: &str) -> String {
    let file = format!("{EXAMPLES}/{name}.adr");
    if adr_tests::root().join(&file).exists() { file } else { format!("{EXAMPLES}/{name}") }
}

/// Runs `adrc` at the root: exit status, standard output, standard error.
fn adrc(arguments: &[&str]) -> (i32, String, String) {
    let output = adr_tests::adrc(adr_tests::root()).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("adrc writes UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn compile(arguments: &[&str], published: &Path) {
    let command = ["compile", "-o", published.to_str().unwrap()];
    let (status, stdout, stderr) = adrc(&[&command, arguments].concat());
    assert_eq!(status, 0, "{arguments:?}: {stdout}{stderr}");
}

/// Compares the files of every view with golden files, and with their copies in `CUPC`.
fn compare(name: &str, published: &Path) {
    for folder in views(published) {
        for file in ["AppDialRules.xml", "DirLookupDialRules.xml"] {
            let found = fs::read(published.join(&folder).join(file)).unwrap();
            let copy = fs::read(published.join(&folder).join("CUPC").join(file)).unwrap();
            assert_eq!(found, copy, "{name}: {file} in CUPC");
            let below = folder.join(file);
            let golden = format!("tests/examples/golden/{name}/{}", below.display());
            adr_tests::golden(&golden, &found).unwrap();
        }
    }
}

/// The folder of the default view and of every site, relative to the published folder.
fn views(published: &Path) -> Vec<PathBuf> {
    let mut views = vec![PathBuf::new()];
    if let Ok(sites) = fs::read_dir(published.join("sites")) {
        views.extend(sites.map(|site| Path::new("sites").join(site.unwrap().file_name())));
    }
    views
}
