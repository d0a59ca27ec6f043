//! Renders findings, or test lines, as test cases in JUnit XML.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::{Diagnostic, Report, Severity, Sources};

/// The outcome of a test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed {
        /// The cause in one line.
        message: String,
        /// Details.
        detail: String,
    },
    /// It was not run, which is not a failure; the reason.
    Skipped(String),
    /// It could not run.
    Error {
        /// The cause in one line.
        message: String,
        /// Details.
        detail: String,
    },
}

/// One test case of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// The name of the test, in one line.
    pub name: String,
    /// The file in which it is written.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its outcome.
    pub outcome: Outcome,
}

/// Renders findings as a suite: one failed case for each error or warning, and one passed case for
/// each file without any.
pub(super) fn render(report: &Report, sources: &Sources) -> String {
    let counts = |found: &&Diagnostic| found.severity > Severity::Information;
    let mut cases: Vec<TestCase> =
        report.diagnostics().iter().filter(counts).map(|found| case(found, sources)).collect();
    for (_, source) in sources.iter() {
        if !cases.iter().any(|case| case.file == source.name()) {
            cases.push(TestCase {
                name: "no findings".into(),
                file: source.name().to_owned(),
                line: 1,
                outcome: Outcome::Passed,
            });
        }
    }
    junit_cases("adrc check", &cases)
}

/// The errors of a report as cases that could not run, for suites that a dial plan with errors
/// cannot fill.
#[must_use]
pub fn error_cases(report: &Report, sources: &Sources) -> Vec<TestCase> {
    let errors = report.diagnostics().iter().filter(|found| found.severity == Severity::Error);
    let error = |found| match case(found, sources) {
        TestCase { outcome: Outcome::Failed { message, detail }, name, file, line } => {
            TestCase { outcome: Outcome::Error { message, detail }, name, file, line }
        }
        case => case,
    };
    errors.map(error).collect()
}

fn case(found: &Diagnostic, sources: &Sources) -> TestCase {
    let place =
        found.span().map(|span| (sources.get(span.source).name(), sources.position(span).line));
    let (file, line) = place.unwrap_or(("", 1));
    TestCase {
        name: format!("{} at line {line}", found.name),
        file: file.to_owned(),
        line,
        outcome: Outcome::Failed {
            message: format!("{}: {}", found.severity.word(), found.message),
            detail: found.help.join("\n"),
        },
    }
}

/// Writes test cases as one JUnit document.
///
/// Characters that XML cannot contain become U+FFFD.
#[must_use]
pub fn junit_cases(suite: &str, cases: &[TestCase]) -> String {
    let count = |is: fn(&Outcome) -> bool| {
        cases.iter().filter(|case| is(&case.outcome)).count().to_string()
    };
    let tests = count(|_| true);
    let failures = count(|outcome| matches!(outcome, Outcome::Failed { .. }));
    let errors = count(|outcome| matches!(outcome, Outcome::Error { .. }));
    let totals = [("name", suite), ("tests", &tests), ("failures", &failures), ("errors", &errors)];
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let _ = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let _ =
        writer.create_element("testsuites").with_attributes(totals).write_inner_content(|writer| {
            let suite = writer.create_element("testsuite").with_attributes(totals);
            suite.write_inner_content(|writer| {
                cases.iter().try_for_each(|case| write_case(writer, case))
            })?;
            Ok(())
        });
    let mut out = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    out.push('\n');
    out
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &TestCase) -> std::io::Result<()> {
    let (name, file, line) = (xml_safe(&case.name), xml_safe(&case.file), case.line.to_string());
    let attributes = [("name", &*name), ("classname", &*file), ("file", &*file), ("line", &*line)];
    let element = writer.create_element("testcase").with_attributes(attributes);
    let (reason, message, detail) = match &case.outcome {
        Outcome::Passed => return element.write_empty().map(drop),
        Outcome::Skipped(reason) => {
            let message = xml_safe(reason);
            let skipped = |writer: &mut Writer<Vec<u8>>| {
                let skipped = writer.create_element("skipped");
                skipped.with_attributes([("message", &*message)]).write_empty().map(drop)
            };
            return element.write_inner_content(skipped).map(drop);
        }
        Outcome::Failed { message, detail } => ("failure", xml_safe(message), xml_safe(detail)),
        Outcome::Error { message, detail } => ("error", xml_safe(message), xml_safe(detail)),
    };
    let reason = |writer: &mut Writer<Vec<u8>>| {
        let reason = writer.create_element(reason).with_attributes([("message", &*message)]);
        reason.write_text_content(BytesText::new(&detail)).map(drop)
    };
    element.write_inner_content(reason).map(drop)
}

/// Replaces the characters that XML 1.0 forbids.
fn xml_safe(text: &str) -> String {
    let fits = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if fits(c) { c } else { '\u{fffd}' }).collect()
}
