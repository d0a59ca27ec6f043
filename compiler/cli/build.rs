//! Passes the commit of this tree, its date, and the compiler to `adrc --version`.
//!
//! `ADRC_COMMIT` names the commit of a tree without git, for example of a tarball, and
//! `SOURCE_DATE_EPOCH` its time. Without either, the version says that the commit is not known.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "cargo passes folders in the environment, and git knows the commit"
)]

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// This folder as git names it, unless the tree is part of another repository.
const FOLDER: &str = "compiler/cli/";

/// Digits of the commit that the version shows.
const DIGITS: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ADRC_COMMIT");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let checkout = Checkout::find();
    let commit = variable("ADRC_COMMIT").or_else(|| checkout.as_ref().map(|it| it.commit.clone()));
    let seconds = variable("SOURCE_DATE_EPOCH").or_else(|| checkout.map(|it| it.seconds));
    let commit = match (commit, seconds.as_deref().and_then(date)) {
        (Some(commit), Some(date)) => format!("{} of {date}", short(&commit)),
        (Some(commit), None) => short(&commit).to_owned(),
        (None, _) => "not known".to_owned(),
    };
    println!("cargo::rustc-env=ADRC_BUILT_FROM={commit}");
    println!("cargo::rustc-env=ADRC_BUILT_BY={}", compiler());
}

/// The commit that git has checked out.
struct Checkout {
    commit: String,
    seconds: String,
}

impl Checkout {
    /// Asks git, and lets cargo run this script again after the next commit.
    fn find() -> Option<Self> {
        if git(&["rev-parse", "--show-prefix"])? != FOLDER {
            return None;
        }
        for file in ["HEAD", "logs/HEAD"] {
            let path = git(&["rev-parse", "--git-path", file]).filter(|it| Path::new(it).exists());
            if let Some(path) = path {
                println!("cargo::rerun-if-changed={path}");
            }
        }
        let line = git(&["show", "--no-patch", "--format=%H %ct", "HEAD"])?;
        let (commit, seconds) = line.split_once(' ')?;
        Some(Self { commit: commit.to_owned(), seconds: seconds.to_owned() })
    }
}

/// The line that git prints; `None` without git, or if it fails.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The first line of `rustc --version`: a build repeats the bytes only with the same compiler.
fn compiler() -> String {
    let output =
        env::var_os("RUSTC").and_then(|it| Command::new(it).arg("--version").output().ok());
    let text = output.and_then(|it| String::from_utf8(it.stdout).ok()).unwrap_or_default();
    text.lines().next().unwrap_or("not known").to_owned()
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty() && !value.contains(char::is_control))
}

fn short(commit: &str) -> &str {
    commit.get(..DIGITS).unwrap_or(commit)
}

/// The day of these seconds since 1970, in UTC.
fn date(seconds: &str) -> Option<String> {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds.parse().ok()?))?;
    let text = humantime::format_rfc3339_seconds(time).to_string();
    text.split_once('T').map(|(day, _)| day.to_owned())
}
