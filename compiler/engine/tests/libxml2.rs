//! The client reader agrees with libxml2, the real client's parser, on generated files: whether
//! they are well-formed, which rules count, and what every rule says.
//!
//! Where they differ, the reader rejects the file for one of the few reasons in [`UNCERTAIN`].
//! `ADR_LONG=1` makes fifty times as many files, `ADR_SEED` other ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    reason = "the suite builds and runs a C program; a failure there fails the test"
)]

mod cases;
mod corpus;
#[path = "libxml2/declared.rs"]
mod declared;
#[path = "libxml2/doctype.rs"]
mod doctype;
#[path = "libxml2/generate.rs"]
mod generate;
#[path = "libxml2/nested.rs"]
mod nested;
#[path = "libxml2/oracle.rs"]
mod oracle;
#[path = "libxml2/pieces.rs"]
mod pieces;

use std::collections::BTreeMap;

use adr_diagnostic::Sources;
use adr_engine::{Rule, apply, xml};
use adr_kit::needs;
use generate::{Random, grown, mutated};
use oracle::{Oracle, Seen};

/// Files that one process of the oracle reads.
const BATCH: usize = 2000;

/// Why the reader rejects files that libxml2 may read, with a file for each reason. The table of
/// docs/contributing/decisions/0006 groups these reasons.
const UNCERTAIN: [(&str, &str); 14] = [
    (
        "a name or a text is longer than every client reads",
        "<!DOCTYPE x SYSTEM 'LONG'><DialRules/>",
    ),
    (
        "a declaration contains a parameter entity",
        "<!DOCTYPE x[<!ENTITY % t 'CDATA'><!ENTITY % p '<!ATTLIST a b &#37;t; #IMPLIED>'>%p;]><DialRules/>",
    ),
    (
        "a parameter entity occurs twice in a row",
        "<!DOCTYPE x[<!ENTITY % p \"<!ENTITY a ''><!ENTITY b ''>\">%p;%p;]><DialRules/>",
    ),
    (
        "an entity inside an entity is not valid in a value",
        "<!DOCTYPE x[<!ENTITY e '&f;'><!ENTITY f '&#60;a/>'>]><DialRules>&e;<a b='&e;'/></DialRules>",
    ),
    (
        "an entity is used in values, and its text is not well-formed content",
        "<!DOCTYPE x[<!ENTITY e ']]>'>]><DialRules a='&e;'>&e;</DialRules>",
    ),
    (
        "an entity in content contains a carriage return",
        "<!DOCTYPE x[<!ENTITY e '&#13;'>]><DialRules>&e;</DialRules>",
    ),
    (
        "an undeclared entity comes after too many references",
        "<!DOCTYPE x SYSTEM 's'><DialRules>MANY</DialRules>",
    ),
    ("there are declarations after the document type", "<!DOCTYPE x>[<!ENTITY e ''>]><DialRules/>"),
    (
        "entities refer to entities deeper or more often than adrc follows",
        "<!DOCTYPE x[<!ENTITY a '&b;'><!ENTITY b '&c;'><!ENTITY c '&d;'><!ENTITY d '&e;'><!ENTITY e '&f;'>\
         <!ENTITY f '&g;'><!ENTITY g ''>]><DialRules a='&a;'/>",
    ),
    (
        "the address of this entity has characters that clients read differently",
        "<!DOCTYPE x[<!ENTITY % p SYSTEM 'a:b'>]><DialRules/>",
    ),
    (
        "these references expand to too much text",
        "<!DOCTYPE x[<!ENTITY e 'LONG'>]><DialRules>MUCH</DialRules>",
    ),
    (
        "this attribute name begins with a letter that clients classify differently",
        "<!DOCTYPE x[<!ATTLIST a b:\u{e9} CDATA ''>]><DialRules/>",
    ),
    (
        "not every client reads this encoding alike",
        "<?xml version='1.0' encoding='koi8-r'?><DialRules/>",
    ),
    ("this namespace prefix is declared twice", "<DialRules xmlns:x='' xmlns:x='u'/>"),
];

/// The text that the client passes to its parser; `None` when it passes none.
fn prepared(file: &[u8]) -> Option<Vec<u8>> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let text = file.split(|byte| *byte == 0).next().unwrap();
    let start = text.iter().position(|byte| !is_blank(byte))?;
    let end = text.iter().rposition(|byte| !is_blank(byte))?;
    Some(text[start..=end].to_vec())
}

/// How our reader and libxml2 differ about a file.
enum Difference {
    /// Our reader rejects the file although libxml2 may read it, for this reason.
    Uncertain(String),
    /// Anything else.
    Wrong(String),
}

fn difference(file: &[u8], theirs: &Seen) -> Option<Difference> {
    let read = xml::read_as_client(file);
    let ours = Seen { error: read.error, rules: read.rules };
    if ours == *theirs {
        return None;
    }
    if ours.error == Some(xml::ClientError::NotWellFormed)
        && let Some(reason) = uncertain(file)
    {
        return Some(Difference::Uncertain(reason));
    }
    let text = String::from_utf8_lossy(file);
    let reason = reason(file);
    Some(Difference::Wrong(format!(
        "{text}\n{text:?}\n  ours   {ours:?} {reason:?}\n  theirs {theirs:?}"
    )))
}

/// The label of a file that is not well-formed, and its help.
fn reason(file: &[u8]) -> Option<(String, Vec<String>)> {
    let text = String::from_utf8_lossy(file);
    let mut sources = Sources::new();
    let source = sources.add("file.xml", &*text);
    let report = xml::read_strict(source, &text, file).report;
    let mut found = report.diagnostics().iter();
    let found = found.find(|found| found.name == "not-well-formed")?;
    Some((found.labels.last()?.text.clone(), found.help.clone()))
}

fn uncertain(file: &[u8]) -> Option<String> {
    let (reason, help) = reason(file)?;
    let is_said = help.iter().any(|line| line.contains("some clients read this"));
    is_said.then_some(reason)
}

/// Compares files that `make` gives; every difference is shown.
fn compare(files: usize, mut make: impl FnMut(&mut Random) -> Vec<u8>) -> Outcome {
    let is_long = std::env::var_os("ADR_LONG").is_some_and(|value| value == "1");
    let files = if is_long { files * 50 } else { files };
    let seed = std::env::var("ADR_SEED").map_or(0x5eed, |seed| seed.parse().unwrap());
    let mut random = Random::new(seed);
    let oracle = Oracle::build();
    let (mut valid, mut wrong) = (0, Vec::new());
    let mut reasons = BTreeMap::<String, usize>::new();
    for _ in 0..files.div_ceil(BATCH) {
        let files: Vec<Vec<u8>> = std::iter::from_fn(|| Some(make(&mut random)))
            .filter_map(|file| prepared(&file))
            .take(BATCH)
            .collect();
        for (file, theirs) in files.iter().zip(oracle.ask(&files)) {
            valid += usize::from(theirs.error.is_none());
            match difference(file, &theirs) {
                None => {}
                Some(Difference::Uncertain(reason)) => *reasons.entry(reason).or_default() += 1,
                Some(Difference::Wrong(what)) => wrong.push(what),
            }
        }
    }
    wrong.sort_by_key(String::len);
    let shown = wrong[..wrong.len().min(20)].join("\n\n");
    assert!(wrong.is_empty(), "{} differences:\n{shown}", wrong.len());
    eprintln!("{files} files, {valid} valid, uncertain {reasons:?}");
    assert!(valid * 20 > files, "too few valid files for a comparison: {valid}");
    let is_listed = |reason: &String| UNCERTAIN.iter().any(|(listed, _)| listed == reason);
    let unlisted = reasons.keys().find(|reason| !is_listed(reason));
    assert_eq!(unlisted, None, "the reason is not listed");
    Outcome { files, uncertain: reasons.values().sum() }
}

struct Outcome {
    files: usize,
    uncertain: usize,
}

impl Outcome {
    /// Checks that at most one file in `times` is uncertain.
    fn rarely_uncertain(&self, times: usize) {
        let Self { files, uncertain } = *self;
        assert!(uncertain * times < files, "uncertain about {uncertain} of {files} files");
    }
}

#[test]
fn every_listed_reason_rejects_its_file() {
    for (reason, file) in UNCERTAIN {
        let file = file
            .replace("LONG", &"x".repeat(if file.contains("MUCH") { 20_000 } else { 60_000 }))
            .replace("MUCH", &"<a b='&e;'/>".repeat(1000))
            .replace("MANY", &"&e;".repeat(2000));
        assert_eq!(uncertain(file.as_bytes()).as_deref(), Some(reason));
        let read = xml::read_as_client(file.as_bytes());
        assert_eq!(read.error, Some(xml::ClientError::NotWellFormed), "{reason}");
    }
}

#[test]
fn libxml2_agrees_on_cases() {
    needs!("cc", "xml2-config");
    let cases = cases::all();
    let files: Vec<_> = cases.iter().map(|(_, file, _)| file.clone().into_bytes()).collect();
    for ((name, file, makes), seen) in cases.iter().zip(Oracle::build().ask(&files)) {
        let result = |rules: &[Rule]| apply(rules, b"123").result.into_owned();
        match makes {
            cases::Makes::Of123(expected) => {
                assert_eq!(seen.error, None, "{name}: {file}");
                assert_eq!(result(&seen.rules), expected.as_bytes(), "{name}: {file}");
            }
            cases::Makes::Invalid if seen.error.is_some() => {}
            cases::Makes::Invalid => {
                assert!(uncertain(file.as_bytes()).is_some(), "{name} is valid: {file}");
            }
        }
    }
}

#[test]
fn libxml2_reads_recordings_as_the_client_did() {
    needs!("cc", "xml2-config");
    let recorded = corpus::recorded();
    let recorded: Vec<_> = recorded
        .iter()
        .filter_map(|recorded| Some((recorded, prepared(&recorded.file)?)))
        .collect();
    let files: Vec<_> = recorded.iter().map(|(_, file)| file.clone()).collect();
    for ((recorded, _), seen) in recorded.iter().zip(Oracle::build().ask(&files)) {
        let error = seen.error.map_or(0, |error| u64::from(error.code()));
        let given = (seen.error.is_none(), error, seen.rules.len());
        let expected = (recorded.valid, recorded.error, recorded.rules);
        assert_eq!(given, expected, "{}", recorded.name);
        for (number, expected) in &recorded.apply {
            assert_eq!(*apply(&seen.rules, number).result, **expected, "{}", recorded.name);
        }
    }
}

#[test]
fn reader_agrees_on_changed_recordings() {
    needs!("cc", "xml2-config");
    let recorded = corpus::recorded();
    let outcome =
        compare(6000, |random| mutated(&recorded[random.below(recorded.len())].file, random));
    outcome.rarely_uncertain(500);
}

#[test]
fn reader_agrees_on_grown_files() {
    needs!("cc", "xml2-config");
    compare(6000, grown).rarely_uncertain(500);
}

#[test]
fn reader_agrees_on_files_with_declarations() {
    needs!("cc", "xml2-config");
    compare(20_000, declared::file).rarely_uncertain(15);
}

#[test]
fn reader_agrees_on_files_with_nested_entities() {
    needs!("cc", "xml2-config");
    compare(6000, nested::nested).rarely_uncertain(2);
}
