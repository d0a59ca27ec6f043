//! Reads a deployed file as input: every deviation from what adrc writes is a finding with a
//! place.

use std::collections::HashMap;

use adr_diagnostic::{Diagnostic, Report, SourceId, Span};

use super::client::{ATTRIBUTES, ClientFile, integer, read_as_client};
use super::doctype::Doctype;
use super::document::{Element, Visitor, read};
use super::findings::{
    DOCTYPE_REFUSED, DUPLICATE_ROW, EMPTY_FILE, MISSING_ATTRIBUTE, NAMESPACE_PREFIX,
    NOT_A_DIAL_STRING, NOT_WELL_FORMED, NUMBER_NOT_DECIMAL, NUMBER_OUT_OF_RANGE,
    TEXT_BETWEEN_RULES, UNKNOWN_ATTRIBUTE, UNKNOWN_ELEMENT, UNSAFE_BYTES, WRONG_ROOT,
};
use super::malformed::{Malformed, Reason, uncertain};
use super::names::{declared_prefix, split};
use super::tag::Attribute;
use super::text::{TextError, prepare};
use crate::dial_string::DialString;
use crate::list::RuleList;
use crate::rule::{Rule, RuleError};

/// The consequence of every invalid file.
const NO_RULES: &str = "a client reads no rules at all and leaves every number unchanged";

/// Unknown attributes of one rule that are reported one by one.
const UNKNOWN_LIMIT: usize = 10;

/// The help where clients differ.
const CLIENTS_DIFFER: &str =
    "some clients read this and others do not, so adrc counts the file as invalid";

/// A deployed file, read strictly.
#[derive(Clone, Debug)]
pub struct StrictFile {
    /// The rules; `None` when a finding is an error.
    pub list: Option<RuleList>,
    /// The place of each rule.
    pub spans: Vec<Span>,
    /// Every deviation, in order.
    pub report: Report,
    /// Whether the file declares a document type, whose entities and defaults may change the rules.
    pub has_doctype: bool,
}

/// Reads a deployed file both ways: strictly, as input for adrc, and as a client does.
///
/// `text` is the source's text: the file itself, or its lossy reading where it is not UTF-8, in
/// which case places are approximate.
#[must_use]
pub fn check(source: SourceId, text: &str, file: &[u8]) -> (StrictFile, ClientFile) {
    (read_strict(source, text, file), read_as_client(file))
}

/// Reads a deployed file as input for adrc.
///
/// If there is a list, a client reads exactly the same rules from the file.
#[must_use]
pub fn read_strict(source: SourceId, text: &str, file: &[u8]) -> StrictFile {
    let mut reader = Reader {
        source,
        text,
        offset: 0,
        rules: Vec::new(),
        spans: Vec::new(),
        rows: Vec::new(),
        row: 0,
        report: Report::new(),
        has_doctype: false,
    };
    reader.report_stray_bytes(file);
    match prepare(file) {
        Ok(prepared) => {
            reader.offset = prepared.offset;
            if let Err(Malformed { at, reason }) = read(&prepared.text, &mut reader) {
                reader.report_malformed(at, reason);
            }
        }
        Err(TextError::Empty) => {
            reader.push(EMPTY_FILE.found(format!("the file is empty: {NO_RULES}")), 0);
        }
        Err(TextError::Blank) => {
            reader.report_malformed(0, Reason::certain("the file has only white space"));
        }
        Err(TextError::NotEncoded(at)) => {
            reader.report_malformed(at, Reason::certain("this byte is not in the file's encoding"));
        }
        Err(TextError::Encoding) => reader.report_malformed(0, uncertain::ENCODING),
    }
    reader.report_duplicates();
    reader.keep_root_findings();
    let list = (!reader.report.has_errors()).then(|| RuleList::new(reader.rules).ok()).flatten();
    let Reader { spans, report, has_doctype, .. } = reader;
    StrictFile { list, spans, report, has_doctype }
}

struct Reader<'s> {
    source: SourceId,
    text: &'s str,
    /// Offset of the prepared text in the file.
    offset: usize,
    rules: Vec<Rule>,
    spans: Vec<Span>,
    /// The row of each rule in the file, from 1.
    rows: Vec<u32>,
    /// Rows read so far.
    row: u32,
    report: Report,
    has_doctype: bool,
}

impl Visitor for Reader<'_> {
    fn doctype(&mut self, at: usize) {
        self.has_doctype = true;
        self.push(
            DOCTYPE_REFUSED.found("the file declares a document type").with_help("remove it"),
            at,
        );
    }

    fn element(&mut self, element: &Element<'_>, _: &Doctype) {
        let Element { depth, name, at, attributes } = *element;
        match depth {
            0 if name != "DialRules" => {
                self.push(wrong_root(name), at);
            }
            0 => {}
            1 if name == "DialRule" => self.read_rule(at, attributes),
            1 if split(name).1 == "DialRule" => self.report_prefix(name, at),
            _ => {
                let message =
                    format!("`{}` is not a rule, and clients ignore it", name.escape_debug());
                self.push(
                    UNKNOWN_ELEMENT
                        .found(message)
                        .with_help("write `DialRule` directly inside the root"),
                    at,
                );
            }
        }
    }

    fn text(&mut self, _depth: usize, at: usize) {
        self.push(
            TEXT_BETWEEN_RULES.found("there is text between the rules").with_help("remove it"),
            at,
        );
    }
}

/// The finding about a file with another root, with a guess at what the file is.
fn wrong_root(name: &str) -> Diagnostic {
    let local = name.rsplit(':').next().unwrap_or(name);
    let (what, help) = match local.to_ascii_lowercase().as_str() {
        "envelope" => (
            ", as in an answer of AXL (SOAP)",
            "fetch `AppDialRules.xml` from CUCM's TFTP server; clients do not read AXL",
        ),
        "html" => {
            (", as in a web page", "fetch the file again; a web server sent this page in its place")
        }
        _ => ("", "write `<DialRules>`"),
    };
    let name = name.escape_debug();
    WRONG_ROOT.found(format!("the root element is `{name}`{what}: {NO_RULES}")).with_help(help)
}

impl Reader<'_> {
    fn read_rule(&mut self, at: usize, attributes: &[Attribute<'_>]) {
        self.row = self.row.saturating_add(1);
        let number = self.row;
        self.check_attribute_names(attributes, number);
        let value = |name: &str| attributes.iter().find(|attribute| attribute.name == name);
        for name in ATTRIBUTES.iter().filter(|name| value(name).is_none()) {
            let message = format!("this rule has no attribute `{name}`");
            self.push(MISSING_ATTRIBUTE.found(message).with_rule(number), at);
        }
        let [begins_with, Some(digits), Some(remove), Some(prefix)] = ATTRIBUTES.map(value) else {
            return;
        };
        if let Some(begins_with) = begins_with {
            self.check_dial_string(begins_with, number);
        }
        self.check_dial_string(prefix, number);
        self.check_number(digits, number);
        self.check_number(remove, number);
        let rule = Rule::from_deployed(
            begins_with.map_or("", |attribute| &attribute.value),
            integer(&digits.value),
            integer(&remove.value),
            &prefix.value,
        );
        match rule.check() {
            Err(error @ (RuleError::Digits | RuleError::Remove | RuleError::RemoveAboveDigits)) => {
                self.push(
                    NUMBER_OUT_OF_RANGE.found(error.to_string()).with_rule(number),
                    digits.at,
                );
            }
            Ok(()) | Err(RuleError::BeginsWith(_) | RuleError::Prefix(_)) => {}
        }
        self.rules.push(rule);
        self.spans.push(self.span(at));
        self.rows.push(number);
    }

    fn check_attribute_names(&mut self, attributes: &[Attribute<'_>], number: u32) {
        let names = |name: &str| ATTRIBUTES.contains(&name);
        let (prefixed, unknown) = attributes
            .iter()
            .filter(|attribute| !names(attribute.name))
            .partition::<Vec<_>, _>(|attribute| {
                declared_prefix(attribute.name).is_none() && names(split(attribute.name).1)
            });
        for attribute in prefixed {
            self.report_prefix(attribute.name, attribute.at);
        }
        for (at, attribute) in unknown.iter().take(UNKNOWN_LIMIT + 1).enumerate() {
            let name = attribute.name.escape_debug();
            let message = match unknown.len() - at {
                more @ 2.. if at == UNKNOWN_LIMIT => {
                    format!("clients ignore `{name}` and {} more attributes", more - 1)
                }
                _ => format!("clients ignore `{name}`"),
            };
            let found = UNKNOWN_ATTRIBUTE.found(message).with_rule(number);
            self.push(found, attribute.at);
        }
    }

    /// Reports a name that clients know without its prefix.
    fn report_prefix(&mut self, name: &str, at: usize) {
        let (_, local) = split(name);
        let message = format!(
            "clients read `{}` as `{local}` where its prefix is declared",
            name.escape_debug()
        );
        self.push(NAMESPACE_PREFIX.found(message).with_help(format!("write `{local}`")), at);
    }

    fn check_dial_string(&mut self, attribute: &Attribute<'_>, number: u32) {
        if let Err(error) = DialString::new(&attribute.value) {
            let message = format!("in `{}`: {error}", attribute.name);
            self.push(NOT_A_DIAL_STRING.found(message).with_rule(number), attribute.at);
        }
    }

    fn check_number(&mut self, attribute: &Attribute<'_>, number: u32) {
        let value = integer(&attribute.value);
        if value.to_string() != *attribute.value {
            let message = format!("a client reads `{}` as {value}", attribute.value.escape_debug());
            let found = NUMBER_NOT_DECIMAL.found(message).with_rule(number);
            self.push(
                found.with_help(format!("write `{}=\"{value}\"` if that is meant", attribute.name)),
                attribute.at,
            );
        } else if attribute.name == "NumDigits" && value == 0 {
            let found =
                NUMBER_NOT_DECIMAL.found("a client reads a number of digits of 0 as any length");
            self.push(found.with_rule(number), attribute.at);
        }
    }

    fn report_malformed(&mut self, at: usize, reason: Reason) {
        let message = format!("the file is not well-formed: {NO_RULES}");
        self.rules.clear();
        let mut found = self.placed(NOT_WELL_FORMED.found(message), at).with_label(reason.label);
        if !reason.is_certain {
            found = found.with_help(CLIENTS_DIFFER);
        }
        self.report.push(found);
    }

    fn report_stray_bytes(&mut self, file: &[u8]) {
        let mut stray = |at: Option<usize>, what: &str| {
            if let Some(at) = at {
                self.push(UNSAFE_BYTES.found(format!("the file has {what}")), at);
            }
        };
        stray(file.starts_with(b"\xef\xbb\xbf").then_some(0), "a byte order mark");
        stray(memchr::memchr(b'\r', file), "a carriage return");
        stray(memchr::memchr(0, file), "a NUL, where clients stop reading");
    }

    /// A file with another root is not a rule file: keeps only the findings about the root and
    /// about well-formedness.
    fn keep_root_findings(&mut self) {
        let is_wrong_root = |found: &Diagnostic| found.name == WRONG_ROOT.name;
        if self.report.diagnostics().iter().any(is_wrong_root) {
            self.report.retain(|found| is_wrong_root(found) || found.name == NOT_WELL_FORMED.name);
        }
    }

    fn report_duplicates(&mut self) {
        let mut first = HashMap::new();
        let repeated = self.rules.iter().enumerate().filter_map(|(at, rule)| {
            let before = *first.entry(rule).or_insert(at);
            (before != at).then_some((at, before))
        });
        for (at, before) in repeated {
            let found = DUPLICATE_ROW.found(format!("this rule repeats row {}", self.rows[before]));
            let number = self.rows[at];
            self.report.push(
                found
                    .with_rule(number)
                    .at(self.spans[at])
                    .at(self.spans[before])
                    .with_label("first here"),
            );
        }
    }

    fn push(&mut self, found: Diagnostic, at: usize) {
        let found = self.placed(found, at);
        self.report.push(found);
    }

    fn placed(&self, found: Diagnostic, at: usize) -> Diagnostic {
        found.at(self.span(at))
    }

    /// The place of an offset of the prepared text: up to the next white space or `>`.
    fn span(&self, at: usize) -> Span {
        let start = self.text.floor_char_boundary((at + self.offset).min(self.text.len()));
        let rest = &self.text[start..];
        let length = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
        let number = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(self.source, number(start), number(start + length))
    }
}
