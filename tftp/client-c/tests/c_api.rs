//! The library as C, C++ and Python meet it: compiled, linked and run, and under valgrind.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests run compilers, and say what is wrong by failing"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};

const RULES: &[u8] =
    b"<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='9'/></DialRules>";

/// What the library needs of the system when it is linked statically: see
/// `rustc --print native-static-libs`.
const SYSTEM: [&str; 4] = ["-lpthread", "-ldl", "-lm", "-lgcc_s"];

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

/// A library that cargo made beside this test.
fn library(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    let places = [folder.join(name), folder.parent().unwrap().join(name)];
    places
        .into_iter()
        .find(|path| path.is_file())
        .expect("cargo makes the library before its tests")
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

/// Compiles the program as a language, and links it with the static library.
fn compiled(folder: &Path, compiler: &str, language: &[&str]) -> PathBuf {
    let program = folder.join("program");
    let mut command = Command::new(compiler);
    command.args(language).args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-I"]);
    command.arg(here("include")).arg(here("tests/programs/program.c"));
    command.args(["-x", "none"]).arg(library("libadrclient.a")).args(SYSTEM);
    run(command.arg("-o").arg(&program));
    program
}

#[test]
fn from_c() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(folder.path(), "cc", &["-std=gnu99"]);
    assert_eq!(run(Command::new(program).args([&serve(), "95551212"])), "fine\n");
}

#[test]
fn from_cplusplus() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(folder.path(), "c++", &["-std=gnu++11", "-x", "c++"]);
    assert_eq!(run(Command::new(program).args([&serve(), "95551212"])), "fine\n");
}

#[test]
fn with_the_shared_library() {
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

/// No byte is read that was not written, none is used after its end, and nothing is left behind.
#[test]
fn clean_under_valgrind() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(folder.path(), "cc", &["-std=gnu99"]);
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
fn from_python() {
    let dial = |arguments: &[&str]| {
        let mut python = Command::new("python3");
        python.arg(here("examples/dial.py")).arg(library("libadrclient.so")).arg(serve());
        run(python.args(arguments))
    };
    let said = dial(&["5551212", "911", "555-1212"]);
    assert_eq!(said, "generation 7\n95551212\n911\n555-1212\n");
    let said = dial(&["--clean", "tel:555\u{2011}1212;ext=7"]);
    assert_eq!(said, "generation 7\n95551212\n");
}

/// `ADR_BLESS=1` writes it again.
#[test]
fn the_header_is_current() {
    let mut cbindgen = Command::new("cbindgen");
    cbindgen
        .arg("--config")
        .arg(here("cbindgen.toml"))
        .arg(here("src/lib.rs").parent().unwrap().parent().unwrap());
    let made = run(&mut cbindgen);
    let path = here("include/adr_client.h");
    if std::env::var("ADR_BLESS").is_ok_and(|bless| bless == "1") {
        fs::write(&path, &made).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == made,
        "the header is not what cbindgen makes of the sources; `ADR_BLESS=1` writes it"
    );
}
