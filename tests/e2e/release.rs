//! What a release consists of, built from what this run has built, and read by the programs that
//! people use: wheel, installer for Windows, manifests, container, and the workflow that publishes.

mod container;
mod installer;
mod manifests;
mod wheel;
mod workflow;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use adr_kit::optional;

/// The time of all files in a package, in seconds since 1970.
const EPOCH: &str = "1764072000";

/// A script of the folder `.ci`, with the time that all packages of this suite have.
fn script(name: &str) -> Command {
    let mut command = Command::new(adr_tests::root().join(".ci").join(name));
    command.env("SOURCE_DATE_EPOCH", EPOCH);
    command
}

/// The standard output of a command that succeeds.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The standard error of a command that fails.
fn failure(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(!output.status.success(), "{command:?}\n{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The folder of an archive with this program, as `.ci/package` packs it.
fn archive(target: &str, program: &Path, sandbox: &Path) -> PathBuf {
    let built = sandbox.join("built");
    fs::create_dir(&built).unwrap();
    fs::copy(program, built.join(program.file_name().unwrap())).unwrap();
    let mut package = script("package");
    package.arg(target).arg(sandbox.join("archives")).env("CARGO_TARGET_DIR", sandbox);
    run(package.env("BUILT", &built).env("ADRC", adr_tests::adrc_path()));
    let name = format!("adrc-{}-{target}", env!("CARGO_PKG_VERSION"));
    sandbox.join("packages").join(target).join(name)
}

/// The folder into which `tests/run` installs programs from PyPI.
fn tools() -> PathBuf {
    adr_tests::root().join("target/python-tools")
}

/// Whether a module of [`tools`] is installed. If not, the current test is left out.
fn has_tool(module: &str) -> bool {
    let name = format!("{module}, which tests/run installs");
    optional::has_command("python3")
        && optional::has(&name, optional::is_python_module(module, &tools()))
}

/// Python with the modules of [`tools`].
fn python() -> Command {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", tools()).env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// A YAML file as JSON.
fn yaml(path: &Path) -> serde_json::Value {
    const PROGRAM: &str = "import sys, json; from ruamel.yaml import YAML; \
        json.dump(YAML(typ='safe', pure=True).load(open(sys.argv[1], encoding='utf-8')), sys.stdout)";
    serde_json::from_str(&run(python().args(["-c", PROGRAM]).arg(path))).unwrap()
}

/// Fails unless the file keeps a schema that check-jsonschema brings.
fn assert_schema(schema: &str, path: &Path) {
    run(python().args(["-m", "check_jsonschema", "--builtin-schema", schema]).arg(path));
}

/// Prints a line past the capture of the test harness: what a passing test did not try.
fn say(line: &str) {
    let thread = std::thread::current();
    let line = format!("{}: {line}\n", thread.name().unwrap_or("a test"));
    let _ = std::io::stderr().write_all(line.as_bytes());
}
