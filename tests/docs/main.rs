//! Every fenced block of the pages that a user reads is run.
//!
//! ````text
//! ```adr ok              checks without a finding
//! ```adr error=NAME      has exactly this finding; `finding=` for one that is not an error
//! ```adr file=plan.adr   is written to that file, for the blocks below it on the page; also
//!                        with `xml` or `toml` in front
//! ```console             each `$ adrc …` line is run and compared with the lines below it
//! ```console svg=FILE    is also drawn as a terminal session, into FILE of docs/images
//! ````
//!
//! A page has one temporary folder. A console block holds standard output and then standard error,
//! and a last line `[exit 1]` where the status is not 0. `$ cat FILE` shows a file. Other commands
//! are not run, and belong into `sh` blocks. `ADR_BLESS=1` writes the present output.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite runs the command and says what is wrong by failing"
)]

mod blocks;
mod command_line;
mod console;
mod pictures;
mod terminal;

use std::fs;
use std::path::Path;

use blocks::{Block, blocks};
use console::Output;

/// Info strings of blocks that are not run.
const NOT_RUN: [&str; 11] =
    ["", "text", "ebnf", "sh", "toml", "xml", "json", "rust", "c", "yaml", "html"];

#[test]
fn language() {
    run("docs/reference/language.md");
}

#[test]
fn files() {
    run("docs/reference/files.md");
}

#[test]
fn json_documents() {
    run("docs/reference/json.md");
}

#[test]
fn administrator() {
    run("docs/guides/administrator.md");
}

#[test]
fn pipeline() {
    run("docs/guides/pipeline.md");
}

#[test]
fn analysis() {
    run("docs/guides/analysis.md");
}

#[test]
fn operator() {
    run("docs/guides/operator.md");
}

#[test]
fn readme() {
    run("README.md");
}

/// The page of settings, without the lines that need a certificate, is a valid settings file.
#[test]
fn documented_settings_are_accepted() {
    let page = adr_tests::text("docs/reference/settings.md");
    let block = blocks(&page).into_iter().find(|block| block.info == "toml").unwrap();
    let lines = block.text.lines();
    let lines = lines.filter(|line| !line.starts_with("https") && !line.starts_with("tls"));
    let settings: String = lines.map(|line| format!("{line}\n")).collect();
    let folder = tempfile::tempdir().unwrap();
    let plan =
        "emergency 112\napplication {\n  rule \"a\" { begins-with 5; digits 7; prefix 9 }\n}\n";
    write(&folder.path().join("rules/plan.adr"), plan).unwrap();
    write(&folder.path().join("adrc.toml"), &settings).unwrap();
    fs::create_dir(folder.path().join("tftproot")).unwrap();
    let mut command = adr_tests::adrc(folder.path());
    let output = command.args(["serve", "--config", "adrc.toml", "--check"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Every row of "How do I say": the rules compile, and the number comes out as the last column
/// says.
#[test]
fn rows_of_how_do_i_say_hold() {
    let page = adr_tests::text("docs/reference/language.md");
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

/// Blocks of pages that are not run have an info string that a reader's tools know.
#[test]
fn info_strings_are_known() {
    let pages = adr_tests::files().into_iter().map(|(path, _)| path);
    let pages = pages.filter(|path| path.starts_with("docs/") && path.ends_with(".md"));
    for page in pages {
        for block in blocks(&adr_tests::text(&page)) {
            let language = block.info.split(' ').next().unwrap_or_default();
            let is_known = ["adr", "console"].contains(&language) || NOT_RUN.contains(&language);
            assert!(is_known, "{page}:{}: `{}`", block.line, block.info);
        }
    }
}

/// Both commands that the README promises are in it, each on a line of its own.
#[test]
fn readme_has_the_two_commands() {
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
    let folder = tempfile::tempdir().unwrap();
    let text = adr_tests::text(page);
    let blocks = blocks(&text);
    assert!(blocks.len() > 2, "{page} has no blocks");
    let mut blessed = text.clone();
    let mut failures = Vec::new();
    for block in &blocks {
        match run_block(block, folder.path()) {
            Ok(Some(now)) => blessed = blessed.replacen(block.text, &now, 1),
            Ok(None) => {}
            Err(error) => failures.push(format!("{page}:{}: {error}", block.line)),
        }
    }
    if adr_tests::blessing() && blessed != text {
        fs::write(adr_tests::root().join(page), blessed).unwrap();
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// Runs a block; gives its present text if this run blesses.
fn run_block(block: &Block<'_>, folder: &Path) -> Result<Option<String>, String> {
    let (language, rest) = block.info.split_once(' ').unwrap_or((block.info, ""));
    match (language, rest.split_once('=')) {
        ("console", Some(("svg", file))) => draw(block, folder, file),
        ("console", None) => {
            let now = console::transcript(block.text, folder, Output::Plain)?;
            console::compare(block.text, &now)
        }
        ("adr" | "xml" | "toml", Some(("file", name))) => {
            write(&folder.join(name), block.text).map(|()| None)
        }
        ("adr", Some(("error" | "finding", name))) => findings(block.text, &[name]).map(|()| None),
        ("adr", None) if rest == "ok" => findings(block.text, &[]).map(|()| None),
        _ if NOT_RUN.contains(&block.info) => Ok(None),
        _ => Err(format!("unknown info string `{}`", block.info)),
    }
}

/// Runs a session, and draws it into a file of `docs/images`.
fn draw(block: &Block<'_>, folder: &Path, file: &str) -> Result<Option<String>, String> {
    let now = console::transcript(block.text, folder, Output::Colored)?;
    let blessed = console::compare(block.text, &now)?;
    let commands = now.lines().filter_map(|line| line.strip_prefix("$ "));
    let title = format!("Terminal session: {}", commands.collect::<Vec<_>>().join(", "));
    adr_tests::golden(&format!("docs/images/{file}"), terminal::svg(&title, &now).as_bytes())?;
    Ok(blessed)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().expect("a path below the temporary folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| error.to_string())
}

/// Checks a text by itself and compares the names of its findings.
fn findings(text: &str, expected: &[&str]) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    write(&folder.path().join("block.adr"), text)?;
    let mut command = adr_tests::adrc(folder.path());
    let output = command.args(["check", "block.adr", "--format", "json"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let found = report["findings"].as_array().ok_or("no findings in the report")?;
    // notes are allowed in a good plan
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
