//! Every finding has a name that reads well after "allow", and one page that explains it.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the pages from disk; a failure there fails the test"
)]

use std::collections::BTreeMap;
use std::path::Path;

use adr_language::{EntryFile, Level, Levels, ReadError, World, finding, findings, load, registry};

/// The folders that hold pages, seen from this crate.
const PAGES: [&str; 4] =
    ["src/pages", "../engine/src/xml/pages", "../cucm/src/pages", "../provision/src/pages"];

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
fn every_finding_has_a_page_and_every_page_a_finding() {
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
fn finding_page_is_long_enough_and_wraps_at_100_columns() {
    for finding in findings() {
        assert!(finding.page.len() > 80, "the page of {} is too short", finding.name);
        let long = finding.page.lines().find(|line| line.chars().count() > 100);
        assert_eq!(long, None, "{}", finding.name);
    }
}

/// Former names of findings, with the present names.
const RENAMED: [(&str, &str); 16] = [
    ("code-rewritten", "feature-code-rewritten"),
    ("erases-number", "many-numbers-become-one"),
    ("hash-comment", "wrong-comment-marker"),
    ("keep-with-change", "keep-with-other-action"),
    ("lenient-number", "number-not-decimal"),
    ("list-in-text", "list-in-dial-string"),
    ("matched-without-begins-with", "remove-matched-without-begins-with"),
    ("mergeable-rules", "redundant-rule"),
    ("network-of-everybody", "site-matches-all-clients"),
    ("no-consequence", "rule-without-action"),
    ("no-round-trip", "lookup-does-not-invert"),
    ("remove-above-digits", "remove-exceeds-digits"),
    ("same-network", "network-in-two-sites"),
    ("stray-bytes", "unsafe-bytes"),
    ("too-much-work", "expansion-too-large"),
    ("unused-network", "redundant-network"),
];

#[test]
fn renamed_finding_is_unknown_and_its_new_name_is_suggested() {
    for (old, new) in RENAMED {
        assert!(finding(old).is_none() && finding(new).is_some(), "{old}");
        assert_eq!(registry().suggest(old, &[]), Some(new));
        let error = Levels::default().set(old, Level::Deny, registry()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{old}`: no finding has this name; did you mean `{new}`?")
        );
    }
}

/// The one file `plan.adr`.
struct OneFile(&'static str);

impl World for OneFile {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.as_bytes().to_vec())
    }
}

#[test]
fn allow_of_a_renamed_finding_suggests_its_new_name() {
    let plan = OneFile(
        "emergency 911\n\
         application {\n\
           // allow(mergeable-rules): for its name\n\
           rule \"Emergency\" { begins-with 911; digits 3; keep }\n\
         }\n\
         test { dial 911 -> unchanged }\n",
    );
    let entry = EntryFile { path: "plan.adr".to_owned(), root: String::new() };
    let checked = load(&plan, &[entry]).check(&Levels::default());
    let found: Vec<_> =
        checked.report().diagnostics().iter().map(|it| (it.name, it.help.concat())).collect();
    assert_eq!(found, [("bad-allow", "did you mean `redundant-rule`?".to_owned())]);
}
