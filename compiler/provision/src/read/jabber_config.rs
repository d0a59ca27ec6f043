//! Reads `jabber-config.xml` and configuration files of groups:
//! `<config><Group><Name>value</Name>…`.

use std::collections::HashMap;

use adr_diagnostic::{Report, SourceId, Span, visible};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use thiserror::Error;

use super::limited_report::LimitedReport;
use super::text::Decoded;
use super::{ClientFile, MAX_VALUES, encoding_findings, span};
use crate::finding::{BAD_JABBER_CONFIG, REPEATED_PARAMETER};
use crate::observed::{Content, Parameter};

/// The name of the file of all users on the TFTP server.
const GLOBAL_FILE: &str = "jabber-config.xml";

/// The name of standard input. Its file counts as that of all users.
const STANDARD_INPUT: &str = "-";

/// Deepest nesting of elements. Parameters are on the third level; some have elements inside.
const MAX_DEPTH: usize = 32;

/// Largest file, in bytes. The vendor's largest examples have a few kilobytes.
const MAX_CONFIG_BYTES: usize = 4 * 1024 * 1024;

/// Why a text is not a configuration file.
#[derive(Debug, PartialEq, Eq, Error)]
enum Damage {
    #[error("the file has {given} bytes, and the limit is {MAX_CONFIG_BYTES}")]
    TooLarge { given: usize },
    #[error("the root element is `{}`, not `config`", visible(.0))]
    Root(String),
    #[error("this is not well-formed XML")]
    Malformed,
    #[error("the file ends inside an element, or has none")]
    Cut,
    #[error("the file declares a document type")]
    Doctype,
    #[error("the entity `{}` is not defined", visible(.0))]
    Entity(String),
    #[error("elements are nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("there are more than {MAX_VALUES} parameters")]
    TooMany,
    #[error("there is content outside the root element")]
    OutsideRoot,
}

/// Reads the text of a configuration file.
pub(super) fn read(name: &str, decoded: &Decoded, source: SourceId) -> ClientFile {
    let mut report = encoding_findings(name, decoded, source);
    let mut parsing = Parsing::default();
    if let Err((at, damage)) = parsing.read(&decoded.text) {
        let found = BAD_JABBER_CONFIG.found(format!("`{name}`: {damage}"));
        let found = found.at(span(source, at, at));
        report.push(found.with_help("clients ignore the whole file; `xmllint` shows the mistake"));
    }
    let parameters: Vec<Parameter> =
        parsing.parameters.into_iter().map(|raw| raw.at(source)).collect();
    report.append(repeated(&parameters));
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let is_global = name == STANDARD_INPUT || file.eq_ignore_ascii_case(GLOBAL_FILE);
    let content = Some(Content::Configuration { is_global, parameters });
    ClientFile { name: name.to_owned(), content, report }
}

/// Parameters that are set twice, in whatever groups.
fn repeated(parameters: &[Parameter]) -> Report {
    let mut places: HashMap<String, Span> = HashMap::new();
    let mut report = LimitedReport::default();
    for Parameter { name, span, .. } in parameters {
        if let Some(first) = places.insert(name.to_lowercase(), *span) {
            let message = format!("`{}` is set a second time", visible(name));
            let found = REPEATED_PARAMETER.found(message).at(*span);
            report.push(found.at(first).with_label("the first time"));
        }
    }
    report.into_report()
}

/// A parameter with the bytes of its element.
#[derive(Debug, PartialEq, Eq)]
struct RawParameter {
    group: String,
    name: String,
    value: String,
    bytes: (usize, usize),
}

impl RawParameter {
    fn at(self, source: SourceId) -> Parameter {
        let (start, end) = self.bytes;
        let value = Some(self.value.trim().to_owned());
        Parameter {
            group: Some(self.group),
            name: self.name,
            value,
            span: span(source, start, end),
        }
    }
}

/// The document up to a place.
#[derive(Debug, Default)]
struct Parsing {
    /// Names of the open elements: the root, the group, the parameter, and elements inside it.
    open: Vec<String>,
    /// Whether a root element was seen.
    has_root: bool,
    /// Text and start of the open parameter.
    value: String,
    start: usize,
    parameters: Vec<RawParameter>,
}

impl Parsing {
    fn read(&mut self, text: &str) -> Result<(), (usize, Damage)> {
        if text.len() > MAX_CONFIG_BYTES {
            return Err((0, Damage::TooLarge { given: text.len() }));
        }
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        let offset = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
        loop {
            let at = offset(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(quick_xml::Error::Syntax(_)) => return Err((at, Damage::Cut)),
                Err(_) => return Err((offset(reader.error_position()), Damage::Malformed)),
            };
            let end = offset(reader.buffer_position());
            let is_over = self.add(event, (at, end)).map_err(|damage| (at, damage))?;
            if is_over {
                return Ok(());
            }
        }
    }

    /// Adds an event; returns true at the end.
    fn add(&mut self, event: Event<'_>, (at, end): (usize, usize)) -> Result<bool, Damage> {
        match event {
            Event::Start(start) => self.start(start.name().as_ref(), at)?,
            Event::Empty(start) => {
                self.start(start.name().as_ref(), at)?;
                self.end(end)?;
            }
            Event::End(_) => self.end(end)?,
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => self.reference(&reference)?,
            Event::DocType(_) => return Err(Damage::Doctype),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if self.open.is_empty() && self.has_root => return Ok(true),
            Event::Eof => return Err(Damage::Cut),
        }
        Ok(false)
    }

    fn start(&mut self, name: &str, at: usize) -> Result<(), Damage> {
        match self.open.len() {
            0 if self.has_root => return Err(Damage::OutsideRoot),
            0 if name != "config" => return Err(Damage::Root(name.to_owned())),
            2 => {
                self.value.clear();
                self.start = at;
            }
            depth if depth >= MAX_DEPTH => return Err(Damage::TooDeep),
            _ => {}
        }
        self.has_root = true;
        self.open.push(name.to_owned());
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), Damage> {
        let name = self.open.pop();
        let (Some(name), [_, group]) = (name, self.open.as_slice()) else {
            return Ok(());
        };
        if self.parameters.len() == MAX_VALUES {
            return Err(Damage::TooMany);
        }
        let (group, value) = (group.clone(), std::mem::take(&mut self.value));
        self.parameters.push(RawParameter { group, name, value, bytes: (self.start, end) });
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Damage> {
        match self.open.len() {
            0 if !text.trim().is_empty() => return Err(Damage::OutsideRoot),
            3 => self.value.push_str(text),
            _ => {}
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), Damage> {
        let unknown = || Damage::Entity(reference.to_string());
        if let Some(character) = reference.resolve_char_ref().map_err(|_| unknown())? {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        let text = resolve_predefined_entity(reference).ok_or_else(unknown)?;
        self.text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Damage, Parsing};

    fn parse(text: &str) -> Result<Vec<(String, String, String)>, Damage> {
        let mut parsing = Parsing::default();
        parsing.read(text).map_err(|(_, damage)| damage)?;
        let parameters = parsing.parameters.into_iter();
        Ok(parameters.map(|it| (it.group, it.name, it.value)).collect())
    }

    #[test]
    fn parameters_are_on_the_third_level() {
        let text = "<?xml version=\"1.0\"?><config version=\"1.0\"><!-- a --><Client>\
                    <TftpServer1>10.1.1.1</TftpServer1></Client><Policies><A>&amp;&#x41;</A><B/>\
                    <C><![CDATA[<]]></C><D><E>x</E></D></Policies></config>";
        let read = parse(text).unwrap();
        let read: Vec<_> =
            read.iter().map(|(g, n, v)| (g.as_str(), n.as_str(), v.as_str())).collect();
        assert_eq!(
            read,
            [
                ("Client", "TftpServer1", "10.1.1.1"),
                ("Policies", "A", "&A"),
                ("Policies", "B", ""),
                ("Policies", "C", "<"),
                ("Policies", "D", ""),
            ]
        );
    }

    #[test]
    fn damaged_file_is_an_error() {
        assert_eq!(parse(""), Err(Damage::Cut));
        assert_eq!(parse("<config><Client>"), Err(Damage::Cut));
        assert_eq!(parse("<config></Client></config>"), Err(Damage::Malformed));
        assert_eq!(parse("<Config/>"), Err(Damage::Root("Config".to_owned())));
        assert_eq!(parse("<!DOCTYPE config><config/>"), Err(Damage::Doctype));
        assert_eq!(parse("<config>&x;</config>"), Err(Damage::Entity("x".to_owned())));
        assert_eq!(parse("<config/><config/>"), Err(Damage::OutsideRoot));
        assert_eq!(parse("<config/>x"), Err(Damage::OutsideRoot));
        assert_eq!(parse(&"<config>".repeat(40)), Err(Damage::TooDeep));
    }
}
