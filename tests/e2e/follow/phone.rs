//! A softphone in C that dials through the C API. It reads numbers and writes results line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The libraries of the system that the static library needs.
const SYSTEM_LIBRARIES: [&str; 4] = ["-lpthread", "-ldl", "-lm", "-lgcc_s"];

/// Compiles the softphone into `folder`, and returns its path.
pub(crate) fn compile(folder: &Path) -> PathBuf {
    let crate_folder = adr_tests::root().join("tftp/client-c");
    let program = folder.join("phone");
    let mut compiler = Command::new("cc");
    compiler
        .args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(crate_folder.join("include"))
        .arg(crate_folder.join("tests/programs/phone.c"))
        .arg(library())
        .args(SYSTEM_LIBRARIES)
        .arg("-o")
        .arg(&program);
    let output = compiler.output().unwrap();
    assert!(output.status.success(), "{compiler:?}: {output:?}");
    program
}

/// The static library. Cargo builds it beside this suite, which depends on its crate.
fn library() -> PathBuf {
    let suite = std::env::current_exe().unwrap();
    suite.parent().unwrap().join("libadrclient.a")
}

/// Starts the softphone in `folder`.
pub(crate) fn start(program: &Path, folder: &Path, server: &str) -> Child {
    let mut command = Command::new(program);
    command
        .args([server, "phone-cache"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Dials a number. Returns the generation that ran before, and the result, which rules of that
/// generation or of a later one gave.
pub(crate) fn dialed(phone: &mut Child, number: &str) -> (u64, String) {
    writeln!(phone.stdin.as_mut().unwrap(), "{number}").unwrap();
    let mut line = String::new();
    // the buffer loses nothing: the phone writes one line for each number
    let mut answer = BufReader::new(phone.stdout.as_mut().unwrap());
    answer.read_line(&mut line).unwrap();
    let (generation, result) =
        line.trim_end().split_once(' ').unwrap_or_else(|| panic!("the phone wrote `{line}`"));
    (generation.parse().unwrap(), result.to_owned())
}
