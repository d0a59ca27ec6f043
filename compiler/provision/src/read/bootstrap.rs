//! Reads `jabber-bootstrap.properties`: lines `Name: value`.

use std::collections::HashMap;

use adr_diagnostic::{SourceId, visible};

use super::limited_report::LimitedReport;
use super::text::Decoded;
use super::{ClientFile, MAX_VALUES, encoding_findings, lines};
use crate::finding::{BAD_BOOTSTRAP_LINE, CLIENT_FILE_TOO_LARGE, REPEATED_PARAMETER};
use crate::observed::{Content, Parameter};

/// What the installer writes in place of a value that was not given to it.
const NOT_SPECIFIED: &str = "NOT_SPECIFIED";

/// Longest name of a parameter, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// Whether a text looks like a bootstrap file: its first line is `Name: value`.
pub(super) fn is_bootstrap(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    parameter(first).is_some_and(|(name, _)| name.is_ascii()) || first.trim() == NOT_SPECIFIED
}

/// Reads the text of a bootstrap file.
pub(super) fn read(name: &str, decoded: &Decoded, source: SourceId) -> ClientFile {
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut places = HashMap::new();
    let mut report = LimitedReport::default();
    for line in lines(&decoded.text) {
        let (text, place) = (line.text.trim(), line.span(source));
        // an unset parameter can be without its name
        if text.is_empty() || text.starts_with(['#', '!']) || text == NOT_SPECIFIED {
            continue;
        }
        let Some((name, value)) = parameter(text) else {
            let found = BAD_BOOTSTRAP_LINE.found("this line is not `Name: value`").at(place);
            report.push(found.with_help("write a name, a colon and the value"));
            continue;
        };
        if parameters.len() == MAX_VALUES {
            let message = format!("there are more than {MAX_VALUES} parameters");
            report.push(CLIENT_FILE_TOO_LARGE.found(message).at(place));
            break;
        }
        if let Some(first) = places.insert(name.to_lowercase(), place) {
            let message = format!("`{}` is set a second time", visible(name));
            let found = REPEATED_PARAMETER.found(message).at(place);
            report.push(found.at(first).with_label("the first time"));
        }
        let value = (value != NOT_SPECIFIED).then(|| value.to_owned());
        parameters.push(Parameter { group: None, name: name.to_owned(), value, span: place });
    }
    let mut found = encoding_findings(name, decoded, source);
    found.append(report.into_report());
    let content = Some(Content::Bootstrap(parameters));
    ClientFile { name: name.to_owned(), content, report: found }
}

/// Name and value of a line.
fn parameter(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim();
    let is_name = (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let has_control = value.contains(|character: char| character.is_control() && character != '\t');
    (is_name && !has_control).then(|| (name, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn line_is_name_and_value() {
        assert_eq!(parameter("TFTP: 10.1.1.1 "), Some(("TFTP", "10.1.1.1")));
        assert_eq!(parameter("LogDirectory:C:\\a:b"), Some(("LogDirectory", "C:\\a:b")));
        assert_eq!(parameter("Empty:"), Some(("Empty", "")));
        for bad in ["TFTP=10.1.1.1", ": a", "a b: c", "", "a: \0"] {
            assert_eq!(parameter(bad), None, "{bad}");
        }
    }
}
