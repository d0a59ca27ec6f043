//! Each finding has a fixture, in which adrc must report exactly the findings written beside its
//! lines; snapshots hold their texts.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "the suite reads fixtures from disk; a failure there fails the test"
)]

#[path = "findings/exports.rs"]
mod exports;
#[path = "findings/worlds.rs"]
mod worlds;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use adr_diagnostic::render::{Format, Options, render};
use adr_diagnostic::{Report, Severity, Sources};
use adr_engine::xml;
use adr_language::{
    Checked, EntryFile, Levels, World, finding, findings, load, not_a_deployed_file, shorten_report,
};
use worlds::{Files, Folder};

/// Findings that no short text can show; each has a test below instead.
const MADE_HERE: [&str; 12] = [
    "blank-file",
    "damaged-archive",
    "export-too-large",
    "file-too-large",
    "formatter-defect",
    "guessed-encoding",
    "more-findings",
    "not-a-deployed-file",
    "not-utf8",
    "too-many-errors",
    "too-many-files",
    "unreadable-file",
];

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suites/findings")
}

/// Checks a file. Notes are enabled if `shown` is a note.
fn checked(world: &dyn World, path: &str, shown: &str) -> Checked {
    let entry = EntryFile { path: path.to_owned(), root: String::new() };
    let levels = match finding(shown).map(|finding| finding.severity) {
        Some(Severity::Information) => Levels::default().with_notes(),
        _ => Levels::default(),
    };
    load(world, &[entry]).check(&levels)
}

/// The file, line and name of every finding, sorted.
type Places = Vec<(String, u32, String)>;

fn found(report: &Report, sources: &Sources) -> Places {
    let place = |found: &adr_diagnostic::Diagnostic| {
        let span = found.span().expect("a place");
        let file = sources.get(span.source).name().to_owned();
        (file, sources.position(span).line, found.name.to_owned())
    };
    let mut places: Places = report.diagnostics().iter().map(place).collect();
    places.sort();
    places
}

/// The expected findings that are written beside the lines.
fn expected(sources: &Sources) -> Places {
    let mut places = Places::new();
    for (_, source) in sources.iter() {
        for (at, line) in source.text().lines().enumerate() {
            let Some((_, mark)) = line.split_once("//~") else {
                continue;
            };
            let above = mark.chars().take_while(|c| *c == '^').count();
            let line = u32::try_from(at + 1 - above).unwrap();
            let names = mark.trim_start_matches('^').split_whitespace();
            places.extend(names.map(|name| (source.name().to_owned(), line, name.to_owned())));
        }
    }
    places.sort();
    places
}

/// A report in text format. Each line is cut off, because source text may be long.
fn rendered(report: &Report, sources: &Sources) -> String {
    let options =
        Options { color: false, width: 120, version: "0", findings: findings(), valid: None };
    render(Format::Text, report, sources, &options)
}

fn compare(name: &str, report: &Report, sources: &Sources) {
    let (expected, found) = (expected(sources), found(report, sources));
    assert_eq!(expected, found, "{name}: expected findings beside the lines, and actual findings");
    assert!(
        found.iter().any(|(_, _, found)| found == name),
        "the fixture of {name} does not have the finding"
    );
    insta::assert_snapshot!(name, rendered(report, sources));
}

/// The fixtures, by the finding that they show.
fn fixtures() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(suite()).unwrap().map(|entry| entry.unwrap().path());
    let mut fixtures: Vec<_> = entries
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    fixtures.sort();
    fixtures
}

#[test]
fn every_finding_has_a_fixture() {
    let mut shown: Vec<String> = fixtures().into_iter().map(|(name, _)| name).collect();
    shown.extend(MADE_HERE.map(str::to_owned));
    shown.sort();
    // adr-provision shows its findings in tests of its own
    let of_clients: HashSet<&str> = adr_provision::findings().iter().map(|it| it.name).collect();
    let names = findings().iter().map(|finding| finding.name);
    let names: Vec<&str> = names.filter(|name| !of_clients.contains(name)).collect();
    assert_eq!(shown, names);
}

#[test]
fn source_fixture_has_exactly_the_findings_beside_its_lines() {
    for (name, path) in fixtures() {
        let (folder, entry) = match path.extension().and_then(|extension| extension.to_str()) {
            Some("xml" | "csv" | "txt") => continue,
            Some(_) => (suite(), format!("{name}.adr")),
            None => (path, "main.adr".to_owned()),
        };
        let checked = checked(&Folder(folder), &entry, &name);
        // one fixture shows one note; its other notes are ignored
        let mut report = checked.report().clone();
        report.retain(|found| found.severity > Severity::Information || found.name == name);
        compare(&name, &report, checked.sources());
    }
}

#[test]
fn deployed_fixture_has_the_finding_of_its_name() {
    for (name, path) in fixtures() {
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let mut sources = Sources::new();
        let source = sources.add(format!("{name}.xml"), text.as_str());
        let (strict, _) = xml::check(source, &text, &bytes);
        let names: Vec<&str> = strict.report.diagnostics().iter().map(|found| found.name).collect();
        assert_eq!(names, [name.as_str()]);
        insta::assert_snapshot!(name, rendered(&strict.report, &sources));
    }
}

/// The names of the findings of a dial plan of one file in memory, or of none.
fn names_of(files: &[(&str, &[u8])]) -> Vec<&'static str> {
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    let checked = checked(&Files(files.collect()), "main.adr", "");
    assert!(checked.plan().is_none(), "an error leaves no dial plan");
    checked.report().diagnostics().iter().map(|found| found.name).collect()
}

#[test]
fn missing_file_is_unreadable() {
    assert_eq!(names_of(&[]), ["unreadable-file"]);
}

#[test]
fn file_to_import_of_another_kind_is_recognized() {
    let rules = "<?xml version=\"1.0\"?>\n<DialRules></DialRules>\n";
    let utf16 = |mark: &str| -> Vec<u8> {
        let text = format!("{mark}{rules}");
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let soap_1_2 =
        "<?xml version=\"1.0\"?>\n<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\">";
    for (expected, file) in [
        (Some("a response of AXL (SOAP)"), include_str!("soap-answer.xml").into()),
        (Some("a response of AXL (SOAP)"), soap_1_2.into()),
        (Some("a web page"), "\u{feff}<HTML><body>Sign in".into()),
        (Some("JSON"), "[{\"digits\": 7}]".into()),
        (Some("a table with a separator between its columns"), "a,b,c\n1,2,3\n".into()),
        (Some("UTF-16"), utf16("")),
        (Some("UTF-16"), utf16("\u{feff}")),
        (Some("a rule source"), include_str!("example.adr").into()),
        (None, "<DialRules>".into()),
        (None, rules.into()),
        (None, "hello\n".into()),
        (None, Vec::new()),
    ] {
        let file: Vec<u8> = file;
        let text = String::from_utf8_lossy(&file).into_owned();
        let mut sources = Sources::new();
        let source = sources.add("file", text.as_str());
        let found = not_a_deployed_file(source, &text, &file);
        let message = found.map(|found| found.message);
        let expected = expected.map(|what| format!("this is {what}, not an XML file for clients"));
        assert_eq!(message, expected, "{text}");
    }
}

#[test]
fn file_with_invalid_utf8_is_rejected() {
    assert_eq!(names_of(&[("main.adr", b"// caf\xe9\nlet a = 9\n")]), ["not-utf8"]);
}

#[test]
fn utf_16_without_byte_order_mark_causes_one_finding() {
    let text = "emergency 911\napplication {\n  rule \"Local\" { digits 7; prefix 9 }\n}\n";
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
        assert_eq!(names_of(&[("main.adr", &bytes)]), ["not-utf8"]);
    }
}

#[test]
fn file_of_another_kind_causes_one_finding() {
    for (expected, text) in [
        ("not-a-rule-source", include_str!("soap-answer.xml")),
        ("not-a-rule-source", "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n"),
        ("not-a-rule-source", "\u{feff}[\n  {\"digits\": 7}\n]\n"),
        ("not-a-rule-source", "{}\n"),
        ("not-a-rule-source", "Name,Begins,Digits,Remove,Prefix\nLocal,,7,0,9\nLong,,10,0,91\n"),
        ("not-a-rule-source", "Name;Begins;Digits\r\nLocal;;7\r\n"),
        ("not-a-rule-source", "Name\tBegins\tDigits\nLocal\t\t7\n"),
        ("xml-source", "<?xml version=\"1.0\"?>\n<DialRules>\n</DialRules>\n"),
    ] {
        assert_eq!(names_of(&[("main.adr", text.as_bytes())]), [expected], "{text}");
    }
}

/// The conflict may be anywhere in the file, and one of its markers may be deleted already.
#[test]
fn merge_conflict_causes_one_finding() {
    let lines: Vec<&str> = include_str!("example.adr").lines().collect();
    for at in 0..=lines.len() {
        let (before, after) = (lines[..at].join("\n"), lines[at..].join("\n"));
        for conflict in [
            "<<<<<<< HEAD\nlet a = 1\n=======\nlet a = 2\n>>>>>>> feature",
            "<<<<<<< HEAD\r\nlet a = 1\r\n||||||| base\r\n=======\r\n>>>>>>> feature\r",
            "let a = 1\n=======\nlet a = 2",
            ">>>>>>> feature",
        ] {
            let text = format!("{before}\n{conflict}\n{after}\n");
            let names = names_of(&[("main.adr", text.as_bytes())]);
            assert_eq!(names, ["merge-conflict"], "{text}");
        }
    }
}

/// Every rule below a stray `}` is outside of its list; only the brace is reported.
#[test]
fn stray_brace_before_other_items_causes_one_finding() {
    let rule = |at: usize| format!("  rule \"r{at}\" {{ begins-with {at}; digits 7; prefix 9 }}\n");
    let rules: String = (1..=300).map(rule).collect();
    for list in [
        "application {",
        "lookup {",
        "group \"Out\" {",
        "site \"Dallas\" {\n  clients 10.0.0.0/8\n  application {",
    ] {
        let first = "  rule \"r0\" { digits 5; prefix 9 } }\n";
        let end = if list.starts_with("site") { "}\n}\n" } else { "}\n" };
        let text = format!("emergency 911\n{list}\n{first}{rules}{end}");
        assert_eq!(names_of(&[("main.adr", text.as_bytes())]), ["stray-brace"], "{list}");
        let two = text.replace("\"r9\" {", "\"r9\" { {");
        let names = names_of(&[("main.adr", two.as_bytes())]);
        assert_eq!(names, ["stray-brace", "stray-brace"], "{list}");
    }
}

/// An interrupted write leaves NUL bytes at the end of a file.
#[test]
fn run_of_an_invisible_character_causes_one_finding() {
    let text = format!("emergency 911\napplication {{ }}\n{}", "\0".repeat(5_000));
    assert_eq!(names_of(&[("main.adr", text.as_bytes())]), ["control-character"]);
}

/// Names that look alike must not be different names.
#[test]
fn invisible_character_in_a_name_is_rejected() {
    for character in
        ['\u{200b}', '\u{200d}', '\u{ad}', '\u{2060}', '\u{feff}', '\u{fe0f}', '\u{3164}']
    {
        for text in [
            format!("application {{ rule \"Lo{character}cal\" {{ digits 7; prefix 9 }} }}\n"),
            format!("emergency 911\nsite \"Dal{character}las\" {{ clients 10.0.0.0/8 }}\n"),
            format!("group \"Out{character}\" {{ }}\napplication {{ use \"Out{character}\" }}\n"),
        ] {
            let names = names_of(&[("main.adr", text.as_bytes())]);
            assert_eq!(names, ["bad-name"], "{text:?}");
        }
    }
}

/// A report of `errors` failing tests in the last lines, after `warnings` rules that never win.
fn long_report(warnings: usize, errors: usize) -> Checked {
    let rule = |at: usize| format!("  rule \"{at}\" {{ begins-with 5; digits 7; prefix 9 }}\n");
    let rules: String = (0..=warnings).map(rule).collect();
    let tests = "  dial 5551212 -> 8\n".repeat(errors);
    let text = format!("emergency 911\napplication {{\n{rules}}}\ntest {{\n{tests}}}\n");
    let files = HashMap::from([("main.adr".to_owned(), text.into_bytes())]);
    checked(&Files(files), "main.adr", "")
}

#[test]
fn long_report_shows_the_most_severe_findings_and_counts_the_others() {
    let limit = adr_language::limits::FINDINGS_PER_FILE;
    let checked = long_report(300, 2);
    let report = checked.report();
    let all = |name: &str| report.diagnostics().iter().filter(|it| it.name == name).count();
    assert_eq!(all("failed-test"), 2);
    let shown = shorten_report(report);
    let shown = shown.diagnostics();
    assert_eq!(shown.len(), limit + 1);
    let tests = shown.iter().filter(|found| found.name == "failed-test");
    assert_eq!(tests.count(), 2);
    let more: Vec<_> = shown.iter().filter(|found| found.name == "more-findings").collect();
    let [more] = more[..] else {
        panic!("{} lines about the others", more.len());
    };
    assert_eq!(more.severity, Severity::Warning);
    let others = report.diagnostics().len() - limit;
    assert!(
        more.message.starts_with(&format!("{others} more findings in this file, not shown: ")),
        "{}",
        more.message
    );
    let few = long_report(10, 2);
    assert_eq!(shorten_report(few.report()), *few.report());
    let failing = long_report(0, 150);
    let shown = shorten_report(failing.report());
    assert_eq!(shown.worst(), Some(Severity::Error));
    assert_eq!(
        shown.diagnostics().last().map(|found| found.message.as_str()),
        Some("50 more findings in this file, not shown: 50 failed-test")
    );
}

#[test]
fn empty_file_is_rejected() {
    for text in [&b""[..], b"\n", b" \t\r\n\n"] {
        assert_eq!(names_of(&[("main.adr", text)]), ["blank-file"]);
    }
    let included = [("main.adr", &b"include \"site.adr\"\n"[..]), ("site.adr", b"")];
    assert_eq!(names_of(&included), ["blank-file"]);
    for text in ["// nothing yet\n", "application { }\n"] {
        let files = HashMap::from([("main.adr".to_owned(), text.as_bytes().to_vec())]);
        let checked = checked(&Files(files), "main.adr", "blank-file");
        assert!(checked.report().is_empty() && checked.into_plan().is_some());
    }
}

#[test]
fn file_above_the_size_limit_is_rejected() {
    let large = vec![b'\n'; usize::try_from(adr_language::limits::FILE_BYTES).unwrap() + 1];
    assert_eq!(names_of(&[("main.adr", &large)]), ["file-too-large"]);
}

#[test]
fn errors_above_the_limit_are_counted() {
    let limit = adr_language::limits::ERRORS_PER_FILE;
    let exactly = "let\n".repeat(limit);
    assert!(!names_of(&[("main.adr", exactly.as_bytes())]).contains(&"too-many-errors"));
    let names = names_of(&[("main.adr", (exactly + "let\n").as_bytes())]);
    assert_eq!((names.len(), names.last()), (limit + 1, Some(&"too-many-errors")));
}

#[test]
fn plan_with_too_many_files_is_rejected() {
    let ten = |name: &str| format!("include \"{name}\"\n").repeat(10);
    let chain: Vec<(String, String)> =
        (0..4).map(|at| (format!("{at}.adr"), ten(&format!("{}.adr", at + 1)))).collect();
    let mut files: Vec<(&str, &[u8])> =
        chain.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    files.push(("4.adr", b""));
    files.push(("main.adr", b"include \"0.adr\"\n"));
    assert!(names_of(&files).contains(&"too-many-files"));
}
