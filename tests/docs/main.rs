//! Every fenced block of the pages that a user reads is run.
//!
//! ````text
//! ```adr ok              checks without a finding
//! ```adr error=NAME      has exactly this finding; `finding=` for one that is no error
//! ```adr file=plan.adr   is written to that file, for the blocks below it on the page
//! ```console             each `$ adrc …` line is run; what follows it is what comes out
//! ```
//! ````
//!
//! A page has one temporary folder. A console block sees standard output and standard error together, and a last line
//! `[exit 1]` where the status is not 0. `$ cat FILE` shows a file. Other commands are not run, and stand in `sh` blocks.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite runs the command and says what is wrong by failing"
)]

mod blocks;
mod console;

use std::fs;
use std::path::Path;

use blocks::{Block, blocks};

/// Info strings of blocks that are not for `adrc`.
const NOT_RUN: [&str; 8] = ["", "text", "ebnf", "sh", "toml", "xml", "json", "rust"];

#[test]
fn language() {
    run("docs/language.md");
}

/// Every row of "How do I say": the rules compile, and the number comes out as the last column
/// says.
#[test]
fn what_the_language_page_says_is_so() {
    let page = adr_tests::text("docs/language.md");
    let (_, table) = page.split_once("\n## How do I say\n").expect("the heading");
    let (table, _) = table.split_once("\n## ").expect("a heading after it");
    let rows: Vec<&str> = table.lines().filter(|line| line.contains("| `")).collect();
    assert!(rows.len() > 10, "{} rows", rows.len());
    let folder = tempfile::tempdir().unwrap();
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [_, written, test] = cells.as_slice() else {
            panic!("a row has three cells: {row}");
        };
        let lines: Vec<&str> = written.split("<br>").map(|line| line.trim_matches('`')).collect();
        let (rules, lets): (Vec<&str>, Vec<&str>) =
            lines.into_iter().partition(|line| line.starts_with("rule"));
        let test = test.trim_end_matches('|').trim().trim_matches('`');
        let plan = format!(
            "{}\napplication {{\n{}\n}}\ntest {{\n{test}\n}}\n",
            lets.join("\n"),
            rules.join("\n")
        );
        fs::write(folder.path().join("plan.adr"), &plan).unwrap();
        let mut command = adr_tests::adrc(folder.path());
        let output = command.args(["test", "plan.adr"]).output().unwrap();
        assert!(
            output.status.success(),
            "{row}\n{plan}{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn operations() {
    run("docs/operations.md");
}

#[test]
fn readme() {
    run("README.md");
}

#[test]
fn the_page_of_findings_has_blocks_that_are_known() {
    let text = adr_tests::text("docs/lints.md");
    for block in blocks(&text) {
        let known = block.info.starts_with("adr") || NOT_RUN.contains(&block.info);
        assert!(known, "docs/lints.md:{}: `{}`", block.line, block.info);
    }
}

/// Both commands that the README promises are in it, as they are.
#[test]
fn the_readme_tells_the_two_commands() {
    let text = adr_tests::text("README.md");
    for command in
        ["cargo run --release -- compile rules/examples/company -o published", "tests/run"]
    {
        assert!(text.lines().any(|line| line == command), "`{command}` is not in the README");
    }
    assert!(adr_tests::root().join("rules/examples/company").is_dir());
    assert!(adr_tests::root().join("tests/run").is_file());
}

fn run(page: &str) {
    let room = tempfile::tempdir().unwrap();
    let text = adr_tests::text(page);
    let blocks = blocks(&text);
    assert!(blocks.len() > 2, "{page} has no blocks");
    let mut blessed = text.clone();
    let mut complaints = Vec::new();
    for block in &blocks {
        match run_block(block, room.path()) {
            Ok(Some(now)) => blessed = blessed.replacen(block.text, &now, 1),
            Ok(None) => {}
            Err(error) => complaints.push(format!("{page}:{}: {error}", block.line)),
        }
    }
    if adr_tests::blessing() && blessed != text {
        fs::write(adr_tests::root().join(page), blessed).unwrap();
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Runs a block; gives the text that should stand there when this run blesses.
fn run_block(block: &Block<'_>, room: &Path) -> Result<Option<String>, String> {
    let (language, rest) = block.info.split_once(' ').unwrap_or((block.info, ""));
    match (language, rest.split_once('=')) {
        ("console", _) => console::run(block.text, room),
        ("adr", Some(("file", name))) => write(&room.join(name), block.text).map(|()| None),
        ("adr", Some(("error" | "finding", name))) => findings(block.text, &[name]).map(|()| None),
        ("adr", None) if rest == "ok" => findings(block.text, &[]).map(|()| None),
        _ if NOT_RUN.contains(&block.info) => Ok(None),
        _ => Err(format!("nobody knows what to do with `{}`", block.info)),
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().expect("a path below the temporary folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| error.to_string())
}

/// Checks a text by itself and compares the names of its findings.
fn findings(text: &str, expected: &[&str]) -> Result<(), String> {
    let room = tempfile::tempdir().map_err(|error| error.to_string())?;
    write(&room.path().join("block.adr"), text)?;
    let mut command = adr_tests::adrc(room.path());
    let output = command.args(["check", "block.adr", "--format", "json"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let found = report["findings"].as_array().ok_or("no findings in the report")?;
    // what is only worth knowing may be found in a good plan
    let names: Vec<_> = found
        .iter()
        .filter(|finding| finding["severity"] != "information")
        .filter_map(|finding| finding["name"].as_str())
        .collect();
    if names == expected {
        return Ok(());
    }
    Err(format!("expected {expected:?}, found {}", report["findings"]))
}
