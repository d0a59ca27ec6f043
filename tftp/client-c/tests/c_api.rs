//! The library from C, C++ and Python: programs are compiled, linked and run, also under valgrind.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests run compilers; a failure there fails the test"
)]

use adr_kit::needs;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};

const RULES: &[u8] =
    b"<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='9'/></DialRules>";

/// The libraries of the system that the static library needs: see
/// `rustc --print native-static-libs`.
const SYSTEM_LIBRARIES: [&str; 4] = ["-lpthread", "-ldl", "-lm", "-lgcc_s"];

/// Serves generation 7 until the test ends.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let path = head.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
            let (status, body) = file(path).map_or((404, Vec::new()), |body| (200, body));
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    url
}

fn file(path: &str) -> Option<Vec<u8>> {
    let names = [
        ("CUPC/AppDialRules.xml", RULES),
        ("CUPC/DirLookupDialRules.xml", b"<DialRules/>".as_slice()),
    ];
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation: 7,
        tool: String::new(),
        views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
        files: names.iter().map(|(path, bytes)| ManifestFile::of(path, bytes)).collect(),
    };
    if path == Manifest::FILE_NAME {
        return Some(manifest.to_json().into_bytes());
    }
    names.iter().find(|(name, _)| *name == path).map(|(_, bytes)| bytes.to_vec())
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A library that cargo built beside this test.
fn library(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    let candidates = [folder.join(name), folder.parent().unwrap().join(name)];
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .expect("cargo builds the library before its tests")
}

fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; `tests/run` installs it"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Compiles the test program in a language, and links it with the static library.
fn compile(folder: &Path, compiler: &str, language: &[&str]) -> PathBuf {
    let program = folder.join("program");
    let mut command = Command::new(compiler);
    command.args(language).args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-I"]);
    command.arg(here("include")).arg(here("tests/programs/program.c"));
    command.args(["-x", "none"]).arg(library("libadrclient.a")).args(SYSTEM_LIBRARIES);
    run(command.arg("-o").arg(&program));
    program
}

#[test]
fn c_program_links_statically_and_runs() {
    needs!("cc");
    let folder = tempfile::tempdir().unwrap();
    let program = compile(folder.path(), "cc", &["-std=gnu99"]);
    assert_eq!(run(Command::new(program).args([&serve(), "95551212"])), "fine\n");
}

#[test]
fn cplusplus_program_links_statically_and_runs() {
    needs!("c++");
    let folder = tempfile::tempdir().unwrap();
    let program = compile(folder.path(), "c++", &["-std=gnu++11", "-x", "c++"]);
    assert_eq!(run(Command::new(program).args([&serve(), "95551212"])), "fine\n");
}

#[test]
fn c_program_links_dynamically_and_runs() {
    needs!("cc");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let shared = library("libadrclient.so");
    let mut command = Command::new("cc");
    command
        .args(["-std=gnu99", "-Wall", "-I"])
        .arg(here("include"))
        .arg(here("tests/programs/program.c"));
    run(command.arg(&shared).arg("-lpthread").arg("-o").arg(&program));
    let mut program = Command::new(program);
    program.env("LD_LIBRARY_PATH", shared.parent().unwrap());
    assert_eq!(run(program.args([&serve(), "95551212"])), "fine\n");
}

/// No use of uninitialized or freed memory, and no leak.
#[test]
fn c_program_has_no_memory_errors() {
    needs!("cc", "valgrind");
    let folder = tempfile::tempdir().unwrap();
    let program = compile(folder.path(), "cc", &["-std=gnu99"]);
    let mut valgrind = Command::new("valgrind");
    valgrind.args([
        "-q",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite,indirect",
        "--error-exitcode=9",
    ]);
    valgrind.args(["--show-leak-kinds=definite,indirect"]);
    assert_eq!(run(valgrind.arg(program).args([&serve(), "95551212"])), "fine\n");
}

#[test]
fn python_example_dials_and_cleans() {
    needs!("python3");
    let dial = |arguments: &[&str]| {
        let mut python = Command::new("python3");
        python.arg(here("examples/dial.py")).arg(library("libadrclient.so")).arg(serve());
        run(python.args(arguments))
    };
    let output = dial(&["5551212", "911", "555-1212"]);
    assert_eq!(output, "generation 7\n95551212\n911\n555-1212\n");
    let output = dial(&["--clean", "tel:555\u{2011}1212;ext=7"]);
    assert_eq!(output, "generation 7\n95551212\n");
}

/// `ADR_BLESS=1` writes the header.
#[test]
fn header_matches_the_sources() {
    needs!("cbindgen");
    let mut cbindgen = Command::new("cbindgen");
    cbindgen
        .arg("--config")
        .arg(here("cbindgen.toml"))
        .arg(here("src/lib.rs").parent().unwrap().parent().unwrap());
    let generated = run(&mut cbindgen);
    let path = here("include/adr_client.h");
    if std::env::var("ADR_BLESS").is_ok_and(|bless| bless == "1") {
        fs::write(&path, &generated).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == generated,
        "the header differs from what cbindgen generates from the sources; `ADR_BLESS=1` writes it"
    );
}
