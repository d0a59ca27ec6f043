//! Every finding has a name that reads well after "allow", and a page that explains it.

use adr_language::findings;

#[test]
fn names_are_kebab_case_and_given_once() {
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
fn pages_explain() {
    for finding in findings() {
        assert!(
            finding.headline.starts_with(|c: char| c.is_lowercase() || "`$".contains(c)),
            "{}",
            finding.name
        );
        assert!(!finding.headline.ends_with('.'), "{}", finding.name);
        assert!(finding.page.len() > 80, "{} is hardly explained", finding.name);
        assert!(finding.page.lines().all(|line| line.chars().count() <= 130), "{}", finding.name);
    }
}
