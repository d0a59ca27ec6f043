//! Reads what a PC has: `.reg` exports, Registry.pol, the bootstrap file, and configuration files.
//!
//! The format follows from the content, and for damaged files from the name. Lines that Windows
//! skips silently are findings with their place. All readers take time in proportion to the size.

mod bootstrap;
mod jabber_config;
mod limited_report;
mod reg;
mod registry_pol;
mod registry_values;
mod relevance;
mod text;

use adr_diagnostic::{Report, SourceId, Sources, Span};

pub use registry_values::{RawValue, read_registry};
pub(crate) use relevance::is_below;

use crate::finding::{CLIENT_FILE_TOO_LARGE, UNKNOWN_CLIENT_FILE};
use crate::observed::Content;
use text::Decoded;

/// Largest file that is read, in bytes. An export of `HKEY_CURRENT_USER` has about 20 MB.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Most lines of a file.
pub const MAX_LINES: usize = 2_000_000;

/// Most keys and values of the client in one file, and most parameters.
pub const MAX_VALUES: usize = 10_000;

/// Most findings about lines of one file. They have one cause usually.
pub const MAX_LINE_FINDINGS: usize = 50;

/// What a text of a PC is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextFormat {
    /// An export of the registry.
    Reg,
    /// `jabber-bootstrap.properties`.
    Bootstrap,
    /// `jabber-config.xml`, or a group's configuration file.
    JabberConfig,
}

/// A file of a PC, and the findings about it.
#[derive(Clone, Debug)]
pub struct ClientFile {
    /// The name under which it was read.
    pub name: String,
    /// What it holds; `None` if the format is unknown or the file is too large.
    pub content: Option<Content>,
    /// What is wrong with the file. If it has errors, the content may be incomplete.
    pub report: Report,
}

/// Reads a file of a PC. Its text is added to `sources` under `name`; for the binary Registry.pol,
/// this is a listing with one line for each entry.
///
/// ```
/// use adr_diagnostic::Sources;
/// use adr_provision::{Content, read_client_file};
///
/// let text = "Windows Registry Editor Version 5.00\r\n\r\n\
///     [HKEY_CURRENT_USER\\Software\\Cisco Systems, Inc.\\Client Services Framework\\AdminData]\r\n\
///     \"TftpServer1\"=\"10.1.1.1\"\r\n";
/// let file = read_client_file("pc.reg", text.as_bytes(), &mut Sources::new());
/// assert!(file.report.is_empty());
/// assert!(matches!(file.content, Some(Content::Registry(changes)) if changes.len() == 2));
/// ```
#[must_use]
pub fn read_client_file(name: &str, bytes: &[u8], sources: &mut Sources) -> ClientFile {
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("`{name}` has {} bytes; the limit is {MAX_FILE_BYTES}", bytes.len());
        let source = sources.add(name, "");
        let found = CLIENT_FILE_TOO_LARGE.found(message).at(Span::new(source, 0, 0));
        return rejected(name, Report::from_iter([found.with_help(EXPORT_ONE_KEY)]));
    }
    if registry_pol::is_registry_pol(name, bytes) {
        return registry_pol::read(name, bytes, sources);
    }
    let decoded = text::decode(bytes);
    let source = sources.add(name, decoded.text.as_str());
    if decoded.text.bytes().filter(|byte| *byte == b'\n').count() > MAX_LINES {
        let message = format!("`{name}` has more than {MAX_LINES} lines");
        let found = CLIENT_FILE_TOO_LARGE.found(message).at(Span::new(source, 0, 0));
        return rejected(name, Report::from_iter([found.with_help(EXPORT_ONE_KEY)]));
    }
    match recognize(name, &decoded.text) {
        Some(TextFormat::Reg) => reg::read(name, &decoded, source),
        Some(TextFormat::JabberConfig) => jabber_config::read(name, &decoded, source),
        Some(TextFormat::Bootstrap) => bootstrap::read(name, &decoded, source),
        None => {
            let message = format!("`{name}` is not a file that adrc reads here");
            let found = UNKNOWN_CLIENT_FILE.found(message).at(Span::new(source, 0, 0));
            let help = "name a `.reg` export, a `Registry.pol`, `jabber-bootstrap.properties`, or \
                        `jabber-config.xml`";
            rejected(name, Report::from_iter([found.with_help(help)]))
        }
    }
}

const EXPORT_ONE_KEY: &str =
    "export only the keys `Client Services Framework` of the user, with `reg export`";

/// The format of a text: by its content, else by its name.
fn recognize(name: &str, text: &str) -> Option<TextFormat> {
    let start = text.trim_start();
    if reg::is_reg(start) {
        return Some(TextFormat::Reg);
    }
    if start.starts_with('<') {
        return Some(TextFormat::JabberConfig);
    }
    let name = name.to_ascii_lowercase();
    let is = |ending: &str| name.ends_with(ending);
    if is(".reg") {
        return Some(TextFormat::Reg);
    }
    if is(".xml") {
        return Some(TextFormat::JabberConfig);
    }
    (is(".properties") || bootstrap::is_bootstrap(start)).then_some(TextFormat::Bootstrap)
}

fn rejected(name: &str, report: Report) -> ClientFile {
    ClientFile { name: name.to_owned(), content: None, report }
}

/// The place of a part of a text.
fn span(source: SourceId, start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(source, offset(start), offset(end))
}

/// A line of a text, without its line end, and where it begins.
#[derive(Clone, Copy, Debug)]
struct Line<'t> {
    start: usize,
    text: &'t str,
}

impl Line<'_> {
    /// The place of the line, without spaces around it.
    fn span(self, source: SourceId) -> Span {
        let before = self.text.len() - self.text.trim_start().len();
        let text = self.text.trim();
        span(source, self.start + before, self.start + before + text.len())
    }
}

/// The lines of a text. A line ends with LF, CR LF or a lone CR.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let ending = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        let line = Line { start, text: &rest[..end] };
        start += (end + ending).min(rest.len());
        Some(line)
    })
}

/// Findings about the encoding of a text.
fn encoding_findings(name: &str, decoded: &Decoded, source: SourceId) -> Report {
    decoded.findings(name, span(source, 0, 0))
}
