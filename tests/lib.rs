//! Shared by the suites of this folder: the files of the repository, the command under test, and
//! golden files.
//!
//! `README.md` beside this file describes the folders. `ADR_BLESS=1` rewrites golden files. Read
//! `git diff` afterwards: a golden file shows that something changed, not that it is right.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    reason = "suites read the repository and run the command; a failure there fails the test"
)]

#[path = "benches/chart.rs"]
pub mod chart;
pub mod load;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use adr_kit::process::other_under_test;
use serde_json::Value;
use walkdir::{DirEntry, WalkDir};

/// Names of folders that builds and runs create.
const GENERATED_FOLDERS: [&str; 4] = [".git", "artifacts", "coverage", "published"];

/// The folder that holds the workspace's `Cargo.toml`.
#[must_use]
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// Every file that belongs to the project, sorted: relative path with `/`, and the path on disk.
#[must_use]
pub fn files() -> Vec<(String, PathBuf)> {
    let walk = WalkDir::new(root()).sort_by_file_name().into_iter();
    walk.filter_entry(|entry| !is_generated(entry))
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| Some((relative(entry.path())?, entry.into_path())))
        .collect()
}

/// The text of a project file by its relative path.
///
/// # Panics
///
/// If the file does not exist or is not UTF-8.
#[must_use]
pub fn text(relative: &str) -> String {
    fs::read_to_string(root().join(relative))
        .unwrap_or_else(|error| panic!("cannot read `{relative}`: {error}"))
}

/// The crates of the workspace: `packages` of `cargo metadata`.
///
/// # Panics
///
/// If cargo cannot read the manifests.
#[must_use]
pub fn packages() -> Vec<Value> {
    let arguments = ["metadata", "--format-version=1", "--no-deps", "--offline"];
    let output = cargo().args(arguments).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    metadata["packages"].as_array().cloned().unwrap_or_default()
}

/// The command `adrc`, built from this tree, or the one of `ADR_COMMAND`, in `folder`. Its time is
/// noon of 25 November 2025, and no variable sets colors.
///
/// # Panics
///
/// If `adrc` does not build.
#[must_use]
pub fn adrc(folder: &Path) -> Command {
    let mut command = other_under_test().unwrap_or_else(|| Command::new(adrc_path()));
    command
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", "1764072000")
        .env("ADRC_USER", "alice")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

/// The path of the built command `adrc`.
///
/// # Panics
///
/// If `adrc` does not build.
#[must_use]
pub fn adrc_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(build_adrc)
}

/// A library of the client core, such as `libadrclient.so`, that cargo has built for other tests,
/// or builds now.
///
/// In the folder `deps`, which every build writes. The file above it is as old as the last build of
/// the package alone.
///
/// # Panics
///
/// If the library does not build.
#[must_use]
pub fn client_library(name: &str) -> PathBuf {
    let library = adrc_path().with_file_name("deps").join(name);
    if !library.is_file() {
        let built = cargo().args(["build", "--package", "adr-client-c"]).status();
        assert!(built.is_ok_and(|it| it.success()), "cargo cannot build `{name}`");
    }
    library
}

/// A Windows program under wine, which ends after ten minutes: wine may wait for a window that no
/// display shows.
#[must_use]
pub fn wine() -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", "600", "wine"]).env("WINEDEBUG", "-all");
    command
}

/// Whether this run rewrites golden files (`ADR_BLESS=1`).
#[must_use]
pub fn blessing() -> bool {
    std::env::var_os("ADR_BLESS").is_some_and(|value| value == "1")
}

/// Compares `found` with the golden file `relative`, or with [`blessing`] writes that file.
///
/// # Errors
///
/// A message with the first line that differs.
pub fn golden(relative: &str, found: &[u8]) -> Result<(), String> {
    let path = root().join(relative);
    if blessing() {
        return write(&path, found).map_err(|error| format!("cannot write `{relative}`: {error}"));
    }
    let expected = fs::read(&path).map_err(|error| format!("cannot read `{relative}`: {error}"))?;
    if expected == found {
        return Ok(());
    }
    Err(format!(
        "`{relative}` differs from the current output: {}; run again with ADR_BLESS=1 and read the diff",
        first_difference(&expected, found)
    ))
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

fn first_difference(expected: &[u8], found: &[u8]) -> String {
    let (expected, found) = (String::from_utf8_lossy(expected), String::from_utf8_lossy(found));
    let mut pairs = expected.lines().zip(found.lines()).enumerate();
    match pairs.find(|(_, (old, new))| old != new) {
        Some((at, (old, new))) => format!("line {}: `{old}` became `{new}`", at + 1),
        None => format!("{} lines became {}", expected.lines().count(), found.lines().count()),
    }
}

fn is_generated(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.file_type().is_dir()
        && (GENERATED_FOLDERS.contains(&name.as_ref()) || name.starts_with("target"))
}

fn relative(path: &Path) -> Option<String> {
    let below = path.strip_prefix(root()).ok()?;
    Some(below.to_str()?.replace('\\', "/"))
}

fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root());
    command
}

/// Builds `adrc` with cargo, so that a suite that runs alone tests this tree and not an older
/// binary.
///
/// With the features of `cargo test --workspace`, after which there is nothing left to build.
fn build_adrc() -> PathBuf {
    let arguments = ["build", "--workspace", "--bins", "--examples", "--message-format=json"];
    let output = cargo().args(arguments).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut executables = messages.filter(|message| message["target"]["name"] == "adrc");
    executables
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("adr-cli has an executable")
}
