//! Every finding has a name that reads well after "allow", and one page that explains it.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test lists the pages on disk, and what fails there fails the test"
)]

use std::collections::BTreeMap;
use std::path::Path;

use adr_language::findings;

/// The folders that hold pages, seen from this crate.
const PAGES: [&str; 2] = ["src/pages", "../engine/src/xml/pages"];

/// The text of every page, by the name of its file without `.md`.
fn pages() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = BTreeMap::new();
    for folder in PAGES {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(pages.insert(name, text), None, "two pages: {}", path.display());
        }
    }
    pages
}

#[test]
fn names_are_kebab_case_and_unique() {
    let names: Vec<&str> = findings().iter().map(|finding| finding.name).collect();
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    for name in names {
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{name}"
        );
    }
}

#[test]
fn finding_has_the_page_of_its_name_and_page_has_a_finding() {
    let of_findings = findings().iter().map(|it| (it.name.to_owned(), it.page.to_owned()));
    assert_eq!(of_findings.collect::<BTreeMap<_, _>>(), pages());
}

#[test]
fn headline_is_lower_case_without_final_stop() {
    for finding in findings() {
        assert!(
            finding.headline.starts_with(|c: char| c.is_lowercase() || "`$".contains(c)),
            "{}",
            finding.name
        );
        assert!(!finding.headline.ends_with('.'), "{}", finding.name);
    }
}

#[test]
fn page_is_long_enough_and_wraps_at_100_columns() {
    for finding in findings() {
        assert!(finding.page.len() > 80, "{} is hardly explained", finding.name);
        let long = finding.page.lines().find(|line| line.chars().count() > 100);
        assert_eq!(long, None, "{}", finding.name);
    }
}
