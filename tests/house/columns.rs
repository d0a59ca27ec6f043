//! Comments and Markdown are at most 100 columns wide.

use std::sync::LazyLock;

use regex::Regex;

use crate::no_complaints;
use crate::tree::prose;

/// Maximum width of a line of prose.
const COLUMNS: usize = 100;

/// Targets of links and bare URLs, which cannot be wrapped.
static TARGETS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\([^)]*\)|<?[a-z]+://[^\s>)]+>?").expect("a pattern"));

#[test]
fn line_of_prose_has_at_most_100_columns() {
    let complaints = |(path, text): (String, String)| {
        let wide = wide_lines(&path, &text);
        let complaint = move |(line, columns)| {
            format!("{path}:{line}: {columns} columns; wrap the line at {COLUMNS}")
        };
        wide.into_iter().map(complaint).collect::<Vec<_>>()
    };
    no_complaints(&prose().flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn wide_line_in_a_table_code_or_link_is_allowed() {
    let wide = "word ".repeat(30);
    let address = format!("https://example.com/{}", "a".repeat(100));
    let link = format!("a [link]({})", "a".repeat(100));
    let page = format!("{wide}\n| {wide} |\n```\n{wide}\n```\n{address}\n{link}\n");
    assert_eq!(wide_lines("page.md", &page), [(1, 149)]);
    assert_eq!(wide_lines("code.rs", &format!("let x;\n    /// {wide}")), [(2, 157)]);
    assert_eq!(wide_lines("code.rs", &format!("let x = \"{wide}\";")), []);
}

/// Line numbers and widths of prose that is wider than [`COLUMNS`].
fn wide_lines(path: &str, text: &str) -> Vec<(usize, usize)> {
    let mark = match path.rsplit('.').next() {
        Some("md") => "",
        Some("rs" | "c" | "h") => "//",
        Some("toml" | "yml" | "yaml") => "#",
        _ if text.starts_with("#!") => "#",
        _ => return Vec::new(),
    };
    let mut in_code = false;
    let mut wide = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix(mark) else {
            in_code = false;
            continue;
        };
        let rest = rest.trim_start_matches(['/', '!', '#', ' ']);
        if rest.starts_with("```") {
            in_code = !in_code;
        }
        let shown = TARGETS.replace_all(line.trim_end(), "");
        let columns = shown.chars().count();
        if columns > COLUMNS && !in_code && !rest.starts_with('|') {
            wide.push((at + 1, columns));
        }
    }
    wide
}
