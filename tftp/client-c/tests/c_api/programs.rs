//! A program that uses every function, linked in each way, and loading at run time.

use std::process::Command;

use adr_kit::needs;

use crate::harness::{VALGRIND, compile, here, library, link_shared_library, run, serve};

const PROGRAM: &str = "tests/programs/program.c";

#[test]
fn c_program_links_statically_and_runs() {
    needs!("cc");
    let folder = tempfile::tempdir().unwrap();
    let program = compile(folder.path(), PROGRAM, "cc", &["-std=gnu99"]);
    assert_eq!(run(Command::new(program).args([&serve(), "95551212"])), "fine\n");
}

#[test]
fn cplusplus_program_links_statically_and_runs() {
    needs!("c++");
    let folder = tempfile::tempdir().unwrap();
    let program = compile(folder.path(), PROGRAM, "c++", &["-std=gnu++11", "-x", "c++"]);
    assert_eq!(run(Command::new(program).args([&serve(), "95551212"])), "fine\n");
}

#[test]
fn c_program_links_dynamically_and_runs() {
    needs!("cc");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let shared = library("libadrclient.so");
    let mut command = Command::new("cc");
    command.args(["-std=gnu99", "-Wall", "-I"]).arg(here("include")).arg(here(PROGRAM));
    run(command.arg(&shared).arg("-lpthread").arg("-o").arg(&program));
    link_shared_library(folder.path());
    let mut program = Command::new(program);
    program.env("LD_LIBRARY_PATH", folder.path());
    assert_eq!(run(program.args([&serve(), "95551212"])), "fine\n");
}

/// No use of uninitialized or freed memory, and no leak.
#[test]
fn c_program_has_no_memory_errors() {
    needs!("cc", "valgrind");
    let folder = tempfile::tempdir().unwrap();
    let program = compile(folder.path(), PROGRAM, "cc", &["-std=gnu99"]);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(VALGRIND);
    assert_eq!(run(valgrind.arg(program).args([&serve(), "95551212"])), "fine\n");
}

#[test]
fn library_can_be_loaded_and_unloaded() {
    needs!("cc");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("loading");
    let mut command = Command::new("cc");
    command.args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-I"]).arg(here("include"));
    command.arg(here("tests/programs/loading.c")).args(["-lpthread", "-ldl"]);
    run(command.arg("-o").arg(&program));
    let output = run(Command::new(program).arg(library("libadrclient.so")).arg(serve()));
    assert_eq!(output, "fine\n");
}
