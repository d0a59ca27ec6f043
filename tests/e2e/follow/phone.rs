//! A softphone in C, which dials through the C API: compiled with a C compiler, and talked to line
//! by line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What the static library needs of the system.
const SYSTEM: [&str; 4] = ["-lpthread", "-ldl", "-lm", "-lgcc_s"];

/// Compiles the program into `folder`.
pub(crate) fn compile(folder: &Path) -> PathBuf {
    let border = adr_tests::root().join("tftp/client-c");
    let program = folder.join("phone");
    let mut compiler = Command::new("cc");
    compiler
        .args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(border.join("include"))
        .arg(border.join("tests/programs/phone.c"))
        .arg(library())
        .args(SYSTEM)
        .arg("-o")
        .arg(&program);
    let output = compiler.output().unwrap();
    assert!(output.status.success(), "{compiler:?}: {output:?}");
    program
}

/// The static library, which cargo makes for this suite because it depends on its crate.
fn library() -> PathBuf {
    let suite = std::env::current_exe().unwrap();
    suite.parent().unwrap().join("libadrclient.a")
}

/// Starts it in `folder`.
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

/// A generation, and what the phone dials by its rules or those of a later one.
pub(crate) fn dialed(phone: &mut Child, number: &str) -> (u64, String) {
    let asked = writeln!(phone.stdin.as_mut().unwrap(), "{number}");
    asked.unwrap();
    let mut line = String::new();
    // there is no second line before the next number
    let mut answer = BufReader::new(phone.stdout.as_mut().unwrap());
    answer.read_line(&mut line).unwrap();
    let (generation, result) =
        line.trim_end().split_once(' ').unwrap_or_else(|| panic!("the phone says `{line}`"));
    (generation.parse().unwrap(), result.to_owned())
}
