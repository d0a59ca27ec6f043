//! A snapshot of every format.

use adr_diagnostic::render::{Format, render, summary};
use adr_diagnostic::{Report, Sources};

use super::report::{options, rich, written};

#[test]
fn every_format_renders_the_report() {
    for format in Format::ALL {
        insta::assert_snapshot!(format.name(), written(format, false));
    }
}

#[test]
fn text_is_colored_on_request() {
    let text = written(Format::Text, true).replace('\x1b', "␛");
    insta::assert_snapshot!("text_in_color", text);
}

#[test]
fn empty_report_renders_nothing_for_people() {
    for format in Format::ALL {
        let text = render(format, &Report::new(), &Sources::new(), &options(false));
        let is_document = matches!(format, Format::Json | Format::Sarif | Format::Junit);
        assert_eq!(text.is_empty(), !is_document, "{format:?}: {text}");
    }
}

#[test]
fn summary_counts_by_severity() {
    assert_eq!(summary(&rich().0).as_deref(), Some("2 errors, 1 warning, 1 note"));
    assert_eq!(summary(&Report::new()), None);
}
