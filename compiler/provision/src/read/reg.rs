//! Reads `.reg` files, as `regedit` and `reg export` write them and as people edit them.
//!
//! `regedit` skips a line that it does not understand, and reports success. Here every such line is
//! a finding.

mod line;
mod value;

use std::iter::Peekable;

use adr_diagnostic::{Diagnostic, SourceId, Span};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::limited_report::LimitedReport;
use super::relevance::is_relevant;
use super::text::Decoded;
use super::{ClientFile, Line, MAX_VALUES, encoding_findings, lines, rejected, span};
use crate::finding::{BAD_REGISTRY_HEADER, BAD_REGISTRY_LINE, CLIENT_FILE_TOO_LARGE};
use crate::observed::{Change, Content, Hive, RegistryChange};
use line::{KeyLine, Problem, RegLine};

/// The first line of a file of Windows 2000 and later.
const VERSION_5: &str = "Windows Registry Editor Version 5.00";

/// The first line of a file of Windows NT 4 and 95, whose texts are in the code page of the PC.
const VERSION_4: &str = "REGEDIT4";

/// The version of a file decides how `hex(1):` and its like are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Four,
    Five,
}

/// Whether a text begins with a header.
pub(super) fn is_reg(text: &str) -> bool {
    text.starts_with("Windows Registry Editor") || text.starts_with("REGEDIT")
}

/// Reads the text of a `.reg` file.
pub(super) fn read(name: &str, decoded: &Decoded, source: SourceId) -> ClientFile {
    let mut lines = lines(&decoded.text).peekable();
    let first = lines.find(|line| !line.text.trim().is_empty());
    let version = match first.map(|line| line.text.trim()) {
        Some(VERSION_5) => Version::Five,
        Some(VERSION_4) => Version::Four,
        _ => {
            let place = first.map_or(span(source, 0, 0), |line| line.span(source));
            let message = format!("`{name}` does not begin with `{VERSION_5}` or `{VERSION_4}`");
            let found = BAD_REGISTRY_HEADER.found(message).at(place);
            return rejected(name, [found.with_help(HEADER_HELP)].into_iter().collect());
        }
    };
    let mut reader = Reader {
        source,
        version,
        code_page: code_page(decoded.encoding),
        key: None,
        changes: Vec::new(),
        report: LimitedReport::default(),
        is_full: false,
    };
    while let Some(line) = lines.next() {
        reader.add(line, &mut lines);
    }
    let mut report = encoding_findings(name, decoded, source);
    report.append(reader.report.into_report());
    let content = Some(Content::Registry(reader.changes));
    ClientFile { name: name.to_owned(), content, report }
}

const HEADER_HELP: &str = "regedit imports nothing from it; export the key again";

/// The encoding of bytes in `hex(1):` of a file of version 4.
fn code_page(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16LE || encoding == UTF_16BE { WINDOWS_1252 } else { encoding }
}

struct Reader {
    source: SourceId,
    version: Version,
    code_page: &'static Encoding,
    /// The key that the values are in; `None` before the first key, and after a key that cannot be
    /// read or was removed.
    key: Option<OpenKey>,
    changes: Vec<RegistryChange>,
    report: LimitedReport,
    /// Whether the finding about too many values was reported.
    is_full: bool,
}

/// The key of the lines that follow.
struct OpenKey {
    hive: Hive,
    path: String,
    is_relevant: bool,
    /// Whether the line of the key removed it.
    is_removed: bool,
}

impl Reader {
    /// Adds a line, and the lines that continue it.
    fn add<'t>(&mut self, line: Line<'t>, more: &mut Peekable<impl Iterator<Item = Line<'t>>>) {
        let place = line.span(self.source);
        let (text, place) = match value::continues(line.text) {
            true => self.joined(line, more),
            false => (line.text.trim().to_owned(), place),
        };
        match RegLine::parse(&text) {
            Ok(RegLine::Blank) => {}
            Ok(RegLine::Key(key)) => self.key(key, place),
            Ok(RegLine::Value { name, data }) => self.value(name, data, place),
            Err(problem) => {
                if text.starts_with('[') {
                    self.key = None;
                }
                self.bad_line(&problem, place);
            }
        }
    }

    /// A value that is continued on further lines, and its place. A line that begins a key or a
    /// value does not continue it.
    fn joined<'t>(
        &mut self,
        first: Line<'t>,
        more: &mut Peekable<impl Iterator<Item = Line<'t>>>,
    ) -> (String, Span) {
        let mut text = value::without_continuation(first.text).to_owned();
        let mut place = first.span(self.source);
        let continues = |line: &Line<'_>| !line.text.trim_start().starts_with(['[', '"', '@']);
        while let Some(line) = more.next_if(continues) {
            let next = line.text.trim();
            if next.starts_with(';') {
                continue;
            }
            place = place.to(line.span(self.source));
            text.push_str(value::without_continuation(next));
            if !value::ends_with_continuation(next) {
                break;
            }
        }
        (text.trim().to_owned(), place)
    }

    fn key(&mut self, key: KeyLine, place: Span) {
        let KeyLine { hive, path, removes } = key;
        let is_relevant = is_relevant(&path, removes);
        if is_relevant {
            let change = if removes { Change::Remove } else { Change::Create };
            self.push(RegistryChange {
                hive: hive.clone(),
                key: path.clone(),
                change,
                span: place,
            });
        }
        self.key = Some(OpenKey { hive, path, is_relevant, is_removed: removes });
    }

    fn value(&mut self, name: String, data: &str, place: Span) {
        let data = match value::parse(data, self.version == Version::Five, self.code_page) {
            Ok(data) => data,
            Err(problem) => return self.bad_line(&problem, place),
        };
        let Some(key) = &self.key else {
            return self.bad_line(&Problem::OutsideKey, place);
        };
        if key.is_removed {
            return self.bad_line(&Problem::InRemovedKey, place);
        }
        if !key.is_relevant {
            return;
        }
        let change = match data {
            Some(data) => Change::Set { name, data, only_if_absent: false },
            None => Change::Unset { name },
        };
        let (hive, key) = (key.hive.clone(), key.path.clone());
        self.push(RegistryChange { hive, key, change, span: place });
    }

    fn push(&mut self, change: RegistryChange) {
        if self.changes.len() < MAX_VALUES {
            self.changes.push(change);
        } else if !self.is_full {
            self.is_full = true;
            let message = format!("there are more than {MAX_VALUES} keys and values of the client");
            self.report.push(CLIENT_FILE_TOO_LARGE.found(message).at(change.span));
        }
    }

    fn bad_line(&mut self, problem: &Problem, place: Span) {
        let found: Diagnostic = BAD_REGISTRY_LINE.found(problem.to_string()).at(place);
        self.report.push(found.with_help(problem.help()));
    }
}
