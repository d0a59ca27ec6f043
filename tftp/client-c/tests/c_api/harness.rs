//! A server, compilers, and the libraries that cargo built.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};

const RULES: &[u8] =
    b"<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='9'/></DialRules>";

/// The libraries of the system that the static library needs: see
/// `rustc --print native-static-libs`.
pub(crate) const SYSTEM_LIBRARIES: [&str; 4] = ["-lpthread", "-ldl", "-lm", "-lgcc_s"];

/// Warnings that fail the compilation, and the folder of the header.
pub(crate) const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-g"];

/// Options by which valgrind fails at a memory error or a leak.
pub(crate) const VALGRIND: [&str; 5] = [
    "-q",
    "--leak-check=full",
    "--show-leak-kinds=definite,indirect",
    "--errors-for-leak-kinds=definite,indirect",
    "--error-exitcode=9",
];

/// Serves generation 7 until the test ends.
pub(crate) fn serve() -> String {
    serve_generation(Arc::new(AtomicU64::new(7)))
}

/// Serves the generation of this number until the test ends. It announces nothing.
pub(crate) fn serve_generation(generation: Arc<AtomicU64>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let path = head.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
            let (status, body) = file(path, generation.load(Ordering::SeqCst))
                .map_or((404, Vec::new()), |body| (200, body));
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    url
}

fn file(path: &str, generation: u64) -> Option<Vec<u8>> {
    let names = [
        ("CUPC/AppDialRules.xml", RULES),
        ("CUPC/DirLookupDialRules.xml", b"<DialRules/>".as_slice()),
    ];
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation,
        tool: None,
        views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
        files: names.iter().map(|(path, bytes)| ManifestFile::of(path, bytes)).collect(),
    };
    if path == Manifest::FILE_NAME {
        return Some(manifest.to_json().into_bytes());
    }
    names.iter().find(|(name, _)| *name == path).map(|(_, bytes)| bytes.to_vec())
}

pub(crate) fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A library that cargo built beside this test.
pub(crate) fn library(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    let candidates = [folder.join(name), folder.parent().unwrap().join(name)];
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .expect("cargo builds the library before its tests")
}

pub(crate) fn run(command: &mut Command) -> String {
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

/// Compiles a source, and links it with the static library.
pub(crate) fn compile(folder: &Path, source: &str, compiler: &str, language: &[&str]) -> PathBuf {
    let program = folder.join("program");
    let mut command = Command::new(compiler);
    command.args(language).args(WARNINGS).arg("-I").arg(here("include")).arg(here(source));
    command.args(["-x", "none"]).arg(library("libadrclient.a")).args(SYSTEM_LIBRARIES);
    run(command.arg("-o").arg(&program));
    program
}

/// The name by which programs find the shared library.
pub(crate) const SHARED_NAME: &str = "libadrclient.so.0";

/// Makes the shared library available in a folder under the name by which programs find it.
pub(crate) fn link_shared_library(folder: &Path) {
    std::os::unix::fs::symlink(library("libadrclient.so"), folder.join(SHARED_NAME)).unwrap();
}
