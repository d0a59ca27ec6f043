//! A dial plan of arbitrary bytes: no panic, valid spans, findings in every format, and files that
//! are read back unchanged.
#![no_main]

use adr_diagnostic::render::{Format, Options, render};
use adr_language::{EntryFile, Levels, ReadError, World, load, run_tests};
use libfuzzer_sys::fuzz_target;

/// A world with one dial plan.
struct Bytes<'b>(&'b [u8]);

impl World for Bytes<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match path {
            "main.adr" => Ok(self.0.to_vec()),
            _ => Err(ReadError { reason: "no such file".to_owned(), help: String::new() }),
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    let checked = load(&Bytes(bytes), &[entry]).check(&Levels::default());
    for found in checked.report().diagnostics() {
        for label in &found.labels {
            let text = checked.sources().get(label.span.source).text();
            assert!(text.get(label.span.range()).is_some(), "{found:?}");
        }
    }
    let options = Options {
        color: true,
        width: 80,
        version: "0",
        findings: adr_language::findings(),
        valid: None,
    };
    for format in [Format::Text, Format::Compact, Format::Sarif] {
        let _ = render(format, checked.report(), checked.sources(), &options);
    }
    assert_eq!(checked.plan().is_none(), checked.report().has_errors());
    if let Some(plan) = checked.plan() {
        plan.read_back(&plan.artifacts()).expect("the files are read back unchanged");
        let _ = run_tests(plan);
    }
});
