//! Asks libxml2, through a small C program that the test builds.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use adr_engine::{Rule, xml::ClientError};
use tempfile::TempDir;

/// What a client would see of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) error: Option<ClientError>,
    pub(crate) rules: Vec<Rule>,
}

/// The built program, and its folder.
pub(crate) struct Oracle {
    folder: TempDir,
}

impl Oracle {
    /// Builds the program; needs a C compiler and the headers of libxml2.
    pub(crate) fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flags = Command::new("xml2-config").args(["--cflags", "--libs"]).output();
        let Ok(flags) = flags else {
            panic!("xml2-config is missing: install libxml2-dev, or run tests/run");
        };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libxml2/client.c");
        let built = Command::new("cc")
            .args(["-std=c99", "-O1", "-Wall", "-Werror", "-o"])
            .arg(folder.path().join("client"))
            .arg(source)
            .args(String::from_utf8(flags.stdout).unwrap().split_whitespace())
            .status()
            .expect("cc is missing: install build-essential, or run tests/run");
        assert!(built.success(), "the oracle does not build");
        Self { folder }
    }

    /// What a client would see of each file.
    pub(crate) fn ask(&self, files: &[Vec<u8>]) -> Vec<Seen> {
        let mut process = Command::new(self.folder.path().join("client"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = process.stdin.take().unwrap();
        let mut output = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for file in files {
                    let length = u32::try_from(file.len()).unwrap();
                    input.write_all(&length.to_ne_bytes()).unwrap();
                    input.write_all(file).unwrap();
                }
            });
            process.stdout.take().unwrap().read_to_end(&mut output).unwrap();
        });
        assert!(process.wait().unwrap().success(), "the oracle failed");
        let mut rest = output.as_slice();
        let answers = files.iter().map(|_| seen(&mut rest)).collect();
        assert!(rest.is_empty(), "one answer for each file");
        answers
    }
}

fn seen(rest: &mut &[u8]) -> Seen {
    let error = match take(rest, 1)[0] {
        0 => {
            return Seen { error: Some(ClientError::NotWellFormed), rules: Vec::new() };
        }
        1 => None,
        _ => Some(ClientError::WrongRoot),
    };
    let count = number(rest);
    let rules = (0..count).map(|_| rule(rest)).collect();
    Seen { rules: if error.is_none() { rules } else { Vec::new() }, error }
}

fn rule(rest: &mut &[u8]) -> Rule {
    let [begins_with, digits, remove, prefix] = [(); 4].map(|()| {
        let length = number(rest);
        String::from_utf8(take(rest, length).to_vec()).unwrap()
    });
    Rule::from_deployed(&begins_with, atoi(&digits), atoi(&remove), &prefix)
}

fn number(rest: &mut &[u8]) -> usize {
    let bytes = take(rest, 4).try_into().unwrap();
    usize::try_from(u32::from_ne_bytes(bytes)).unwrap()
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> &'b [u8] {
    let (taken, after) = rest.split_at(length);
    *rest = after;
    taken
}

/// The function `atoi` of C, implemented independently of the reader.
fn atoi(text: &str) -> i32 {
    let text = text.trim_start_matches(|c: char| " \t\n\u{b}\u{c}\r".contains(c));
    let signed = text.starts_with(['+', '-']);
    let digits = text[usize::from(signed)..]
        .find(|c: char| !c.is_ascii_digit())
        .map_or(text, |at| &text[..at + usize::from(signed)]);
    digits.parse().unwrap_or(0)
}
