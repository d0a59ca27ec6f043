//! Tests that need more than a plain machine offers, and the variables that control test runs.

use std::process::{Command, Stdio};

/// Returns from a test, and leaves it out, unless all of these commands can be started.
///
/// See [`leave_out`](crate::optional::leave_out).
#[macro_export]
macro_rules! needs {
    ($($command:literal),+ $(,)?) => {
        if !$crate::optional::has_commands(&[$($command),+]) {
            return;
        }
    };
}

/// Leaves the current test out, because this machine lacks what it needs.
///
/// Prints one line, `left out: TEST needs WHAT`. The caller returns, and the test passes. With
/// `ADR_ALL=1`, which `tests/run` sets, the test fails instead.
///
/// # Panics
///
/// With `ADR_ALL=1`.
pub fn leave_out(what: &str) {
    let thread = std::thread::current();
    let line = format!("left out: {} needs {what}", thread.name().unwrap_or("a test"));
    assert!(!is_set("ADR_ALL"), "{line}, and ADR_ALL=1 leaves nothing out");
    // past the capture of the test harness, which would swallow the line of a passing test
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
}

/// Whether this command can be started. If not, the current test is left out, see [`leave_out`].
#[must_use]
pub fn has_command(name: &str) -> bool {
    has(name, is_command(name))
}

/// Whether all of these commands can be started. If not, the current test is left out.
#[must_use]
pub fn has_commands(names: &[&str]) -> bool {
    names.iter().all(|name| has_command(name))
}

/// Returns `is_there`. If it is false, the current test is left out, see [`leave_out`].
#[must_use]
pub fn has(what: &str, is_there: bool) -> bool {
    if !is_there {
        leave_out(what);
    }
    is_there
}

/// Whether this command is a file in one of the folders of `PATH`.
#[must_use]
pub fn is_command(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        let file = folder.join(name);
        file.is_file() || file.with_extension("exe").is_file()
    })
}

/// Whether Python can import this module; `folder` is searched, too.
#[must_use]
pub fn is_python_module(name: &str, folder: &std::path::Path) -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", &format!("import {name}")]).env("PYTHONPATH", folder);
    // Python takes a folder `name` of the current folder for the module
    python.current_dir(std::env::temp_dir());
    python.stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

/// Whether this run has `ADR_LONG=1`: more clients, more rounds, more cases.
#[must_use]
pub fn is_long() -> bool {
    is_set("ADR_LONG")
}

/// The seed in `ADR_SEED`, which repeats a random run.
#[must_use]
pub fn seed() -> Option<u64> {
    std::env::var("ADR_SEED").ok()?.parse().ok()
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| value == "1")
}
