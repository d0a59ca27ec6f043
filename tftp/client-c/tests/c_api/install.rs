//! Installing the library, and the programs of the docs, which are compiled against what was
//! installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use adr_kit::needs;

use crate::harness::{SHARED_NAME, WARNINGS, here, library, run, serve};

/// Installs the library that cargo built into a folder.
fn install(folder: &Path) {
    let mut install = Command::new(here("install"));
    install.env("PREFIX", folder).env("BUILT", library("libadrclient.so").parent().unwrap());
    run(install.env_remove("LIBDIR").env_remove("DESTDIR"));
}

/// What pkg-config says about the installed library.
fn flags(folder: &Path, options: &[&str]) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command.env("PKG_CONFIG_PATH", folder.join("lib/pkgconfig")).args(options).arg("adrclient");
    run(&mut command).split_whitespace().map(str::to_owned).collect()
}

#[test]
fn example_compiles_with_pkg_config_and_dials() {
    needs!("cc", "pkg-config");
    let folder = tempfile::tempdir().unwrap();
    install(folder.path());
    let program = folder.path().join("dial");
    let mut command = Command::new("cc");
    command.arg("-std=c99").args(WARNINGS).arg(here("examples/dial.c"));
    command.args(flags(folder.path(), &["--cflags", "--libs"])).arg("-o").arg(&program);
    run(&mut command);
    let mut dial = Command::new(&program);
    dial.env("LD_LIBRARY_PATH", folder.path().join("lib"));
    assert_eq!(run(dial.args([&serve(), "555-1212", "911"])), "95551212\n911\n");
}

#[test]
fn example_links_statically_with_pkg_config() {
    needs!("cc", "pkg-config");
    let folder = tempfile::tempdir().unwrap();
    install(folder.path());
    let lib = folder.path().join("lib");
    fs::remove_file(lib.join("libadrclient.so")).unwrap();
    let program = folder.path().join("dial");
    let mut command = Command::new("cc");
    command.arg(here("examples/dial.c"));
    command.args(flags(folder.path(), &["--cflags", "--libs", "--static"]));
    run(command.arg("-o").arg(&program));
    assert_eq!(run(Command::new(&program).args([&serve(), "5551212"])), "95551212\n");
}

#[test]
fn installed_library_has_its_names() {
    let folder = tempfile::tempdir().unwrap();
    install(folder.path());
    let lib = folder.path().join("lib");
    let file = format!("{SHARED_NAME}.{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(fs::read_link(lib.join(SHARED_NAME)).unwrap().to_str(), Some(file.as_str()));
    assert_eq!(fs::read_link(lib.join("libadrclient.so")).unwrap().to_str(), Some(SHARED_NAME));
    let text = fs::read_to_string(lib.join("pkgconfig/adrclient.pc")).unwrap();
    assert!(text.contains(&format!("Version: {}\n", env!("CARGO_PKG_VERSION"))), "{text}");
    assert!(!text.contains('@'), "{text}");
    let header = fs::read_to_string(folder.path().join("include/adr_client.h")).unwrap();
    assert_eq!(header, fs::read_to_string(here("include/adr_client.h")).unwrap());
}

/// The examples in C of the guide and of the header: each is the body of a function.
#[test]
fn examples_of_the_docs_compile() {
    needs!("cc");
    let guide = fs::read_to_string(here("../../docs/guides/softphone.md")).unwrap();
    let mut examples: Vec<String> = guide
        .split("```c\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect();
    let header = fs::read_to_string(here("include/adr_client.h")).unwrap();
    let example: Vec<&str> = header
        .lines()
        .take_while(|line| *line != " */")
        .filter_map(|line| line.strip_prefix(" *   "))
        .collect();
    examples.push(example.join("\n"));
    assert!(examples.len() > 2, "the guide has examples");
    for example in examples {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("example.c");
        let declares_core = example.contains("adr_core *core");
        let parameter = if declares_core { "void" } else { "adr_core *core" };
        let code = format!(
            "#include <adr_client.h>\n#include <stdio.h>\n#include <string.h>\n\
             void example({parameter});\nvoid example({parameter}) {{\n{example}\n}}\n"
        );
        fs::write(&source, code).unwrap();
        let mut command = Command::new("cc");
        command.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-pedantic", "-c"]);
        command.arg("-I").arg(here("include")).arg(&source);
        run(command.arg("-o").arg(folder.path().join("example.o")));
    }
}
