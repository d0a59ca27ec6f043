//! Random reports: no format panics, and each is complete and safe for terminals.

use adr_diagnostic::render::{Format, render};
use adr_diagnostic::{Applicability, Diagnostic, Edit, Fix, Report, Severity, Sources, Span};
use proptest::prelude::*;
use serde_json::Value;

use super::report::options;

/// A control character that a terminal acts on.
const BEL: char = '\u{7}';

/// Messages, names and texts with characters that terminals and documents treat specially.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-z0-9 {};\"]{0,12}",
        2 => prop::sample::select(vec!["\n", "\r\n", "\r", "\t", "\u{1b}[31m", "\u{7}", "\0", "::", "%0A", "]]>", "<&>", "é", "😀", "\u{202e}"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn sources() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((text(), text()), 1..3)
}

type Place = (prop::sample::Index, prop::sample::Index, prop::sample::Index, String);

fn place() -> impl Strategy<Value = Place> {
    (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        text(),
    )
}

fn span(texts: &[(String, String)], ids: &[adr_diagnostic::SourceId], place: &Place) -> Span {
    let at = place.0.index(texts.len());
    let text = &texts[at].1;
    let offset =
        |index: &prop::sample::Index| text.floor_char_boundary(index.index(text.len() + 1)) as u32;
    let (a, b) = (offset(&place.1), offset(&place.2));
    Span::new(ids[at], a.min(b), a.max(b))
}

prop_compose! {
    fn report()(
        texts in sources(),
        found in prop::collection::vec(
            (0..3_u8, text(), prop::collection::vec(place(), 0..4), prop::collection::vec(text(), 0..3), prop::option::of(place())),
            0..5,
        ),
    ) -> (Report, Sources) {
        let mut sources = Sources::new();
        let ids: Vec<_> = texts.iter().map(|(name, text)| sources.add(name.as_str(), text.as_str())).collect();
        let report = found.into_iter().map(|(severity, message, places, help, fix)| {
            let severity = [Severity::Information, Severity::Warning, Severity::Error][usize::from(severity)];
            let mut found = Diagnostic::new("some-name", severity, message);
            for place in &places {
                found = found.at(span(&texts, &ids, place)).with_label(place.3.clone());
            }
            found.help = help;
            found.witness = fix.as_ref().map(|place| place.3.clone());
            found.fix = fix.map(|place| Fix {
                message: place.3.clone(),
                edits: vec![Edit { span: span(&texts, &ids, &place), replacement: place.3.clone() }],
                applicability: Applicability::Unsafe,
            });
            found
        });
        (report.collect(), sources)
    }
}

/// Line and column by counting characters from the start.
fn counted(text: &str, offset: usize) -> (u64, u64) {
    let before = &text[..offset];
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() as u64 + 1;
    (line, column)
}

proptest! {
    /// Lines of some thousand characters, of one byte or of several, so that columns are counted in
    /// blocks.
    #[test]
    fn column_of_a_long_line_is_the_number_of_characters_before(
        lines in prop::collection::vec((0..5_000_usize, "[a-e€é\u{1f600}]{1,40}"), 1..4),
        places in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
    ) {
        let long = |(length, piece): &(usize, String)| -> String {
            piece.chars().cycle().take(*length).chain(['\n']).collect()
        };
        let text: String = lines.iter().map(long).collect();
        let mut sources = Sources::new();
        let id = sources.add("long.adr", text.as_str());
        for place in places {
            let offset = text.floor_char_boundary(place.index(text.len() + 1));
            let position = sources.get(id).position(u32::try_from(offset).unwrap());
            let found = (u64::from(position.line), u64::from(position.column));
            prop_assert_eq!(found, counted(&text, offset));
        }
    }

    #[test]
    fn no_format_panics_or_emits_terminal_controls((report, sources) in report()) {
        for format in Format::ALL {
            let written = render(format, &report, &sources, &options(false));
            prop_assert!(written.is_empty() || written.ends_with('\n'));
            if matches!(format, Format::Text | Format::Compact | Format::Github) {
                let raw = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
                prop_assert!(!written.contains(raw), "{format:?}: {written:?}");
            }
        }
        let colored = render(Format::Text, &report, &sources, &options(true));
        prop_assert!(!colored.contains(BEL), "{colored:?}");
    }

    #[test]
    fn compact_has_one_line_for_each_finding((report, sources) in report()) {
        for format in [Format::Compact, Format::Ndjson, Format::Github] {
            let written = render(format, &report, &sources, &options(false));
            prop_assert_eq!(written.lines().count(), report.diagnostics().len(), "{:?}: {}", format, written);
        }
    }

    #[test]
    fn json_contains_the_whole_report((report, sources) in report()) {
        let document: Value = serde_json::from_str(&render(Format::Json, &report, &sources, &options(false))).unwrap();
        let lines = render(Format::Ndjson, &report, &sources, &options(false));
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let findings = document["findings"].as_array().unwrap();
        prop_assert_eq!(&document["valid"], &Value::Bool(!report.has_errors()));
        prop_assert_eq!((findings.len(), lines.len()), (report.diagnostics().len(), report.diagnostics().len()));
        for ((found, json), line) in report.diagnostics().iter().zip(findings).zip(&lines) {
            prop_assert_eq!(json["message"].as_str(), Some(found.message.as_str()));
            prop_assert_eq!(&json["line"], &line["line"]);
            if let Some(span) = found.span() {
                let (row, column) = counted(sources.get(span.source).text(), span.start as usize);
                prop_assert_eq!((json["line"].as_u64(), json["column"].as_u64()), (Some(row), Some(column)));
            }
        }
    }
}

#[test]
fn line_of_ten_megabytes_is_shown_in_part() {
    let mut sources = Sources::new();
    let id = sources.add("one-line.adr", "x".repeat(10 << 20));
    let found =
        Diagnostic::error("bad-number", "not a number").at(Span::new(id, 5 << 20, (5 << 20) + 3));
    let report: Report = [found].into_iter().collect();
    let written = render(Format::Text, &report, &sources, &options(false));
    assert!(written.contains("^^^") && written.len() < 10_000, "{}", written.len());
}
