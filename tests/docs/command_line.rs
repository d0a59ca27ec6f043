//! The page of the command line, from the help of every command and the pages that it is made from.

use std::fs;

/// Name of the page below the root.
const PAGE: &str = "docs/reference/command-line.md";

/// Folder of the pages of the commands, below the root.
const PAGES: &str = "compiler/cli/src/help";

const HEAD: &str = include_str!("command_line.md");

#[test]
fn command_line_page_equals_the_help_of_every_command() {
    adr_tests::golden(PAGE, page().as_bytes()).unwrap();
}

fn page() -> String {
    let mut files: Vec<String> = fs::read_dir(adr_tests::root().join(PAGES))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    files.sort_by_key(|name| name.trim_end_matches(".md").to_owned());
    assert!(files.len() > 20, "{files:?}");
    files.iter().fold(HEAD.to_owned(), |page, file| page + "\n" + &command(file))
}

/// The page of a command, with its options before its examples, and its links as on this page.
fn command(file: &str) -> String {
    let text = adr_tests::text(&format!("{PAGES}/{file}"));
    let (title, _) = text.split_once('\n').unwrap();
    let name = title.trim_start_matches("# ");
    let help = help(name);
    let (about, _) = help.split_once('\n').unwrap();
    let (_, options) = help.split_once("\nUsage: ").unwrap();
    let (options, _) = options.split_once("\nExamples:\n").unwrap();
    // those of adrc, which its own part of the page lists
    let (options, _) = options.split_once("\nGlobal options:\n").unwrap_or((options, ""));
    let (description, sections) = text[title.len()..].split_once("\n## ").unwrap();
    let (sections, related) = sections.split_once("\n## See also\n").unwrap();
    let sections = sections.replace("\n## ", "\n### ");
    format!(
        "## {name}\n\n{about}\n\n{}\n\n```text\nUsage: {}\n```\n\n### {sections}\nSee also\n{}.\n",
        description.trim(),
        options.trim_end(),
        links(related)
    )
}

/// The help of a command, without blanks at the ends of lines.
fn help(command: &str) -> String {
    let mut process = adr_tests::adrc(adr_tests::root());
    let words = command.split(' ').skip(1).chain(["--help"]);
    let output = process.env_remove("COLUMNS").args(words).output().unwrap();
    assert!(output.status.success(), "{command}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().fold(String::new(), |all, line| all + line.trim_end() + "\n")
}

/// Names of commands and of pages below `docs`, as links.
fn links(names: &str) -> String {
    let names = names.split_whitespace().collect::<Vec<_>>().join(" ");
    let links = names.split(", ").map(|name| match name.strip_prefix("docs/") {
        Some(page) => {
            let title = adr_tests::text(name);
            let title = title.lines().next().unwrap().trim_start_matches("# ");
            format!("[{title}](../{page})")
        }
        None => format!("[adrc {name}](#adrc-{})", name.replace(' ', "-")),
    });
    links.collect::<Vec<_>>().join(",\n")
}
