//! Recognizes files that `adrc import` cannot read because they are not XML files for clients.

use adr_diagnostic::{Diagnostic, Finding, SourceId};

use crate::load::is_utf16;
use crate::parse::foreign::{FETCH_AGAIN, Foreign, first_line};
use crate::parse::parse;

/// Every kind of finding about files to import.
pub(crate) static FINDINGS: &[&Finding] = &[&NOT_A_DEPLOYED_FILE];

static NOT_A_DEPLOYED_FILE: Finding = Finding::error(
    "not-a-deployed-file",
    "a file to import is not an XML file for clients",
    include_str!("pages/not-a-deployed-file.md"),
);

/// Recognizes a file that is not an XML file for clients. `None` if the file is not recognized;
/// then the error of reading it as a client says more.
///
/// `text` is the text of `source`: the file itself, or its lossy conversion if it is not UTF-8.
///
/// ```
/// use adr_diagnostic::Sources;
/// use adr_language::not_a_deployed_file;
///
/// let mut sources = Sources::new();
/// let text = "{ \"rules\": [] }\n";
/// let source = sources.add("rules.json", text);
/// let found = not_a_deployed_file(source, text, text.as_bytes()).unwrap();
/// assert_eq!(found.message, "this is JSON, not an XML file for clients");
/// ```
#[must_use]
pub fn not_a_deployed_file(source: SourceId, text: &str, file: &[u8]) -> Option<Diagnostic> {
    let (what, help) = if is_utf16(file) {
        ("UTF-16", "save the file as UTF-8, and import that")
    } else if let Some(foreign) = Foreign::of(text) {
        let help = match foreign {
            Foreign::WebPage => FETCH_AGAIN,
            Foreign::Axl | Foreign::Json => {
                "import the rules themselves by `adrc import cucm://HOST`"
            }
            Foreign::Table => "`adrc import --csv FILE` says which columns of dial rules it lacks",
        };
        (foreign.what(), help)
    } else if !parse(source, text).0.items.is_empty() {
        ("a rule source", "use it directly; `adrc check` reads it")
    } else {
        return None;
    };
    let message = format!("this is {what}, not an XML file for clients");
    let found = NOT_A_DEPLOYED_FILE.found(message);
    Some(found.at(first_line(source, text)).with_help(help))
}
