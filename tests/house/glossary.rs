//! Terms of the glossary are defined once and used, and links to the glossary lead to a term.

use std::collections::BTreeSet;

use crate::no_complaints;
use crate::tree::texts;

/// The page that defines the terms: a heading of level 3 or more for each, or a table row that
/// begins with the term.
const GLOSSARY: &str = "docs/glossary.md";

#[test]
fn glossary_term_is_used_in_the_docs() {
    let pages: Vec<_> = pages().filter(|(path, _)| path != GLOSSARY).collect();
    let is_used = |term: &str| {
        let term = term.to_lowercase();
        pages.iter().any(|(_, text)| flat(text).contains(&term))
    };
    let unused = glossary().into_iter().flat_map(|text| terms(&text)).filter(|(_, term)| {
        // A row may define several terms: `manifest, signature` or `generation (number)`.
        !term.split([',', '(', '/']).next().is_some_and(|term| is_used(term.trim()))
    });
    let complaint =
        |(line, term)| format!("{GLOSSARY}:{line}: no page uses `{term}`; remove the term");
    no_complaints(&unused.map(complaint).collect::<Vec<_>>());
}

#[test]
fn glossary_term_is_defined_once() {
    let mut seen = BTreeSet::new();
    let twice = glossary().into_iter().flat_map(|text| terms(&text));
    let twice = twice.filter(|(_, term)| !seen.insert(term.to_lowercase()));
    let complaint = |(line, term)| {
        format!("{GLOSSARY}:{line}: `{term}` is defined before; keep one of the two")
    };
    no_complaints(&twice.map(complaint).collect::<Vec<_>>());
}

#[test]
fn link_to_the_glossary_leads_to_a_term() {
    let terms: Vec<_> = glossary().into_iter().flat_map(|text| terms(&text)).collect();
    let anchors: BTreeSet<_> = terms.iter().map(|(_, term)| anchor(term)).collect();
    let mut complaints = Vec::new();
    for (path, text) in pages() {
        for (at, line) in text.lines().enumerate() {
            for rest in line.split("glossary.md#").skip(1) {
                let name = rest.split([')', ' ', '"', '`']).next().unwrap_or_default();
                if !anchors.contains(name) {
                    let place = format!("{path}:{}", at + 1);
                    complaints.push(format!("{place}: {GLOSSARY} has no term `{name}`; define it"));
                }
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn terms_of_headings_and_tables_are_found() {
    let page = "# Glossary\n## Groups\n### dial plan\n\n| term | meaning |\n|---|---|\n| `generation` | text |\n";
    let terms: Vec<_> = terms(page).into_iter().map(|(_, term)| term).collect();
    assert_eq!(terms, ["dial plan", "generation"]);
    assert_eq!(anchor("Dial plan (`x`)"), "dial-plan-x");
}

fn glossary() -> Option<String> {
    pages().find(|(path, _)| path == GLOSSARY).map(|(_, text)| text)
}

fn pages() -> impl Iterator<Item = (String, String)> {
    texts().filter(|(path, _)| {
        path.ends_with(".md") && (path.starts_with("docs/") || !path.contains('/'))
    })
}

/// Line number and text of every term that the page defines.
fn terms(page: &str) -> Vec<(usize, String)> {
    let term = |(at, line): (usize, &str)| {
        let heading = line.strip_prefix("###").map(|rest| rest.trim_start_matches('#'));
        let cell = line.strip_prefix("| ").and_then(|row| row.split(" |").next());
        let listed = cell.filter(|cell| *cell != "term");
        Some((at + 1, heading.or(listed)?.trim().replace(['`', '*'], "")))
    };
    page.lines().enumerate().filter_map(term).collect()
}

/// The anchor that GitHub gives a heading.
fn anchor(term: &str) -> String {
    let kept = term.to_lowercase().replace(' ', "-");
    kept.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_')).collect()
}

/// Lower case, with each run of white space as one space.
fn flat(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
