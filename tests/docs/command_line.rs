//! The page of the command line, generated from the help of every command.

use std::fmt::Write;

/// Name of the page below the root.
const PAGE: &str = "docs/reference/command-line.md";

const HEAD: &str = include_str!("command_line.md");

#[test]
fn command_line_page_equals_the_help_of_every_command() {
    adr_tests::golden(PAGE, page().as_bytes()).unwrap();
}

fn page() -> String {
    let overview = help(&[]);
    let commands = commands(&overview);
    assert!(commands.len() > 20, "{commands:?}");
    let mut page = format!("{HEAD}\n## adrc\n\n```text\n{overview}```\n");
    for command in commands {
        let _ = write!(page, "\n## adrc {command}\n\n```text\n{}```\n", help(&[&command]));
    }
    page
}

/// The help that a command prints, without blanks at the ends of lines.
fn help(command: &[&str]) -> String {
    let mut process = adr_tests::adrc(adr_tests::root());
    let output = process.env_remove("COLUMNS").args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().fold(String::new(), |all, line| all + line.trim_end() + "\n")
}

/// The names of commands in the overview: the first word of each line that is indented by two.
fn commands(overview: &str) -> Vec<String> {
    let lines = overview.lines().take_while(|line| !line.starts_with("Options:"));
    let lines = lines.filter_map(|line| line.strip_prefix("  "));
    let names = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let names = names.filter(|line| line.contains("  "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}
