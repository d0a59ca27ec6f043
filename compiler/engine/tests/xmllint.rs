//! The client reader agrees with libxml2, which the real client is built on, about files that nobody
//! recorded: whether they are well-formed, and what every rule says. `xmllint` is the second oracle.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the suite writes files and starts xmllint; what fails there fails the test"
)]

#[allow(dead_code, reason = "only the files of the recordings are needed here")]
mod corpus;
#[path = "xmllint/generate.rs"]
mod generate;
#[path = "xmllint/pieces.rs"]
mod pieces;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use adr_engine::{Rule, xml};
use generate::{Random, grown, mutated};

/// Files that one call of xmllint reads.
const BATCH: usize = 500;

/// Names of encodings with their closing quote, as the recordings and the grammar have them.
const ENCODINGS: [&[u8]; 8] = [
    b"UTF-8\"",
    b"utf-8\"",
    b"UTF-8'",
    b"utf-8'",
    b"us-ascii'",
    b"ISO-8859-1'",
    b"ISO-8859-1\"",
    b"US-ASCII\"",
];

/// What separates fields and files of the answers; no piece of the generator holds them.
const FIELD: &str = "␟";
const END: &str = "␞";

/// What libxml2 says of a file: nothing when it is not well-formed.
type Answer = Option<Seen>;

/// The root, how many rules are kept, and the first rules.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    root: String,
    rules: usize,
    first: Vec<Rule>,
}

/// Rules whose values are compared; the rest is counted.
const COMPARED: usize = 3;

/// An XPath expression whose text is everything that is compared.
fn expression() -> String {
    let kept = "/*/*[local-name()='DialRule'][@*[local-name()='NumDigits']]\
                [@*[local-name()='DigitsToRemove']][@*[local-name()='PrefixWith']]";
    let mut text = format!("concat(local-name(/*),'{FIELD}',count({kept})");
    for at in 1..=COMPARED {
        for name in ["BeginsWith", "NumDigits", "DigitsToRemove", "PrefixWith"] {
            write!(
                text,
                ",'{FIELD}',string({kept}[{at}]/@*[local-name()='{name}'][1])"
            )
            .unwrap();
        }
    }
    text + &format!(",'{END}')")
}

/// C's `atoi`, as an oracle that shares nothing with the reader's.
fn atoi(text: &str) -> i32 {
    let text = text.trim_start_matches(|c: char| " \t\n\u{b}\u{c}\r".contains(c));
    let signed = text.starts_with(['+', '-']);
    let digits = text[usize::from(signed)..]
        .find(|c: char| !c.is_ascii_digit())
        .map_or(text, |at| &text[..at + usize::from(signed)]);
    digits.parse().unwrap_or(0)
}

fn answer(text: &str) -> Seen {
    let fields: Vec<&str> = text.trim_start_matches('\n').split(FIELD).collect();
    let rules: usize = fields[1].parse().unwrap();
    let rule = |values: &[&str]| {
        Rule::as_client_reads(values[0], atoi(values[1]), atoi(values[2]), values[3])
    };
    Seen {
        root: fields[0].to_owned(),
        rules,
        first: fields[2..]
            .chunks(4)
            .take(rules.min(COMPARED))
            .map(rule)
            .collect(),
    }
}

/// Asks xmllint about many files. A good file after each of them says where an answer ends.
fn ask(folder: &Path, files: &[Vec<u8>]) -> Vec<Answer> {
    let good = folder.join("end.xml");
    std::fs::write(&good, "<end/>").unwrap();
    let mut command = Command::new("xmllint");
    command.args(["--nonet", "--memory", "--dtdattr", "--xpath", &expression()]);
    for (at, file) in files.iter().enumerate() {
        let path = folder.join(format!("{at}.xml"));
        std::fs::write(&path, file).unwrap();
        command.arg(path).arg(&good);
    }
    let output = String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned();
    let mut answers = Vec::new();
    let mut last = None;
    for text in output.split(END).filter(|text| !text.trim().is_empty()) {
        let seen = answer(text);
        if seen.root == "end" {
            answers.push(last.take());
        } else {
            last = Some(seen);
        }
    }
    assert_eq!(answers.len(), files.len(), "one answer a file");
    answers
}

/// What the client does before its parser sees the text; `None` where the parser is not asked.
fn prepared(file: &[u8]) -> Option<Vec<u8>> {
    let text = file.split(|byte| *byte == 0).next().unwrap();
    let text = text.trim_ascii_start();
    let end = text
        .iter()
        .rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))?;
    // a form feed is not trimmed by the client
    let is_plain = !file.contains(&0x0c);
    // which other names of encodings are known is the affair of each system's converter
    let encoding = file.windows(9).position(|word| word == b"encoding=");
    let is_known = encoding.is_none_or(|at| {
        let value = file.get(at + 10..).unwrap_or_default();
        ENCODINGS.iter().any(|name| value.starts_with(name))
    });
    (is_plain && is_known).then(|| text[..=end].to_vec())
}

/// How our reader and libxml2 differ about a file.
fn difference(file: &[u8], theirs: &Answer) -> Option<String> {
    let ours = xml::read_as_client(file);
    let said = match theirs {
        None => (Some(xml::ClientError::NotWellFormed), 0, &[][..]),
        Some(seen) if seen.root != "DialRules" => (Some(xml::ClientError::WrongRoot), 0, &[][..]),
        Some(seen) => (None, seen.rules, &seen.first[..]),
    };
    let first = &ours.rules[..ours.rules.len().min(COMPARED)];
    let given = (ours.error, ours.rules.len(), first);
    (given != said).then(|| {
        let text = String::from_utf8_lossy(file);
        format!("{text:?}\n  ours   {given:?}\n  theirs {said:?}")
    })
}

/// Compares files that `make` gives; every difference is shown.
fn compare(name: &str, files: usize, mut make: impl FnMut(&mut Random) -> Vec<u8>) {
    assert!(
        Command::new("xmllint").arg("--version").output().is_ok(),
        "xmllint is missing: install libxml2-utils, or let tests/run do it"
    );
    let factor = std::env::var("ADR_XMLLINT_FACTOR").map_or(1, |factor| factor.parse().unwrap());
    let seed = std::env::var("ADR_XMLLINT_SEED").map_or(0x5eed, |seed| seed.parse().unwrap());
    let mut random = Random::new(seed);
    let folder = tempfile::Builder::new().prefix(name).tempdir().unwrap();
    let mut differences = Vec::new();
    let mut well_formed = 0;
    for _ in 0..(files * factor).div_ceil(BATCH) {
        let files: Vec<Vec<u8>> = std::iter::from_fn(|| Some(make(&mut random)))
            .filter_map(|file| prepared(&file))
            .take(BATCH)
            .collect();
        let answers = ask(folder.path(), &files);
        well_formed += answers.iter().flatten().count();
        let pairs = files.iter().zip(&answers);
        differences.extend(pairs.filter_map(|(file, theirs)| difference(file, theirs)));
    }
    assert!(
        well_formed * 20 > files * factor,
        "too few well-formed files to mean anything: {well_formed}"
    );
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn agrees_on_changed_recordings() {
    let recorded = corpus::recorded();
    compare("mutated", 6000, |random| {
        mutated(&recorded[random.below(recorded.len())].file, random)
    });
}

#[test]
fn agrees_on_grown_files() {
    compare("grown", 6000, grown);
}
