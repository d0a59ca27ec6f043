//! promtool, of Debian's package prometheus, which `tests/run` unpacks.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use adr_kit::optional::{has, is_command};

/// Whether promtool can be run; fails if it has to be there.
pub(crate) fn is_there() -> bool {
    has("promtool", unpacked().is_file() || is_command("promtool"))
}

fn unpacked() -> PathBuf {
    adr_tests::root().join("target/debian/prometheus/usr/bin/promtool")
}

/// Runs promtool in a folder with this input. Returns whether it succeeded, and what it wrote.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: &str) -> (bool, String) {
    let promtool = unpacked();
    let promtool = if promtool.exists() { promtool } else { "promtool".into() };
    let child = Command::new(promtool)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("promtool: {error}; tests/run unpacks it"));
    // promtool may not read it
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), text)
}
