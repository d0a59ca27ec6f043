//! Runs the fenced blocks of the README, the guides and the reference.
//!
//! ````text
//! ```adr ok              must have no finding
//! ```adr error=NAME      must have exactly this finding; `finding=` for one that is not an error
//! ```adr file=plan.adr   is written to this file for the blocks below it on the page; also with
//!                        `xml`, `toml`, `json`, `csv` or `text` in place of `adr`
//! ```console             each line `$ adrc …` is run, and its output is compared
//! ```console HOST        the same on a host of the guide about several nodes
//! ```console svg=FILE    the same, and the session is drawn into FILE of docs/images
//! ````
//!
//! The blocks of a page share a temporary folder. A console block has the standard output, then the
//! standard error, and a last line such as `[exit 1]` unless the status is 0. `$ cat FILE` shows a
//! file. Other commands belong into `sh` blocks, which are not run. `ADR_BLESS=1` writes the
//! current output into the pages.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite runs the command, and a failure there fails the test"
)]

mod blocks;
mod cluster;
mod command_line;
mod console;
mod nodes;
mod pictures;
mod server_files;
mod terminal;

use std::fs;
use std::path::Path;
use std::process::Command;

use adr_kit::needs;
use adr_kit::process::other_under_test;
use blocks::{Block, blocks};
use cluster::Cluster;
use console::Output;
use nodes::Nodes;

/// Info strings of blocks that are not run.
const NOT_RUN: [&str; 13] =
    ["", "text", "ebnf", "sh", "toml", "xml", "json", "rust", "c", "python", "yaml", "html", "csv"];

#[test]
fn language_page_blocks_pass() {
    run("docs/reference/language.md");
}

#[test]
fn files_page_blocks_pass() {
    run("docs/reference/files.md");
}

#[test]
fn json_page_blocks_pass() {
    run("docs/reference/json.md");
}

#[test]
fn install_guide_blocks_pass() {
    run("docs/guides/install.md");
}

#[test]
fn administrator_guide_blocks_pass() {
    run("docs/guides/administrator.md");
}

#[test]
fn pipeline_guide_blocks_pass() {
    run("docs/guides/pipeline.md");
}

#[test]
fn analysis_guide_blocks_pass() {
    run("docs/guides/analysis.md");
}

#[test]
fn operator_guide_blocks_pass() {
    run("docs/guides/operator.md");
}

#[test]
fn provision_guide_blocks_pass() {
    run("docs/guides/provision.md");
}

#[test]
fn doctor_guide_blocks_pass() {
    run("docs/guides/doctor.md");
}

#[test]
fn cucm_guide_blocks_pass() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(folder.path());
    run_in(folder.path(), "docs/guides/cucm.md", &StandIn::Cluster(cluster));
}

#[test]
fn two_nodes_guide_blocks_pass() {
    let folder = tempfile::tempdir().unwrap();
    if let Some(nodes) = Nodes::start(folder.path()) {
        run_in(folder.path(), "docs/guides/two-nodes.md", &StandIn::Nodes(nodes));
    }
}

#[test]
fn readme_blocks_pass() {
    run("README.md");
}

/// The block of the settings page is a valid settings file, except for lines that need a
/// certificate or a cluster.
#[test]
fn documented_settings_are_accepted() {
    let page = adr_tests::text("docs/reference/settings.md");
    let block = blocks(&page).into_iter().find(|block| block.info == "toml").unwrap();
    let lines = block.text.lines();
    let needs_more = |line: &str| ["https", "tls", "follow"].iter().any(|it| line.starts_with(it));
    let lines = lines.filter(|line| !needs_more(line));
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

/// Every row of "How do I say": its rules compile, and the test in its last column passes.
#[test]
fn row_of_how_do_i_say_passes_its_test() {
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

/// A typo in an info string would otherwise exclude the block from the tests.
#[test]
fn every_info_string_is_known() {
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

/// The softphone guide shows Python; the suite of `adr-client-c` runs the class that it uses.
#[test]
fn python_of_the_softphone_guide_compiles() {
    needs!("python3");
    let page = adr_tests::text("docs/guides/softphone.md");
    let block = blocks(&page).into_iter().find(|block| block.info == "python").unwrap();
    let check = "import sys; compile(sys.argv[1], 'softphone.md', 'exec')";
    let output = Command::new("python3").args(["-c", check, block.text]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The README has a command that compiles an example and one that runs the tests.
#[test]
fn readme_has_the_two_commands() {
    let text = adr_tests::text("README.md");
    for command in
        ["cargo run --release -- compile rules/examples/company -o published", "tests/run"]
    {
        assert!(
            text.lines().any(|line| line == command),
            "README.md does not have the line `{command}`"
        );
    }
    assert!(adr_tests::root().join("rules/examples/company").is_dir());
    assert!(adr_tests::root().join("tests/run").is_file());
}

/// What the commands of a page talk to.
enum StandIn {
    None,
    Cluster(Cluster),
    Nodes(Nodes),
}

impl StandIn {
    /// A text of the page with the addresses of the stand-ins.
    fn actual(&self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Cluster(cluster) => cluster.actual(text),
            Self::Nodes(nodes) => nodes.actual(text),
        }
    }

    /// Runs the commands of a block, and returns it with their current output.
    fn transcript(&self, text: &str, host: &str, folder: &Path) -> Result<String, String> {
        match self {
            Self::Nodes(nodes) => nodes.transcript(text, host),
            Self::None => console::transcript(text, folder, Output::Plain),
            Self::Cluster(cluster) => {
                let now = console::transcript(&cluster.actual(text), folder, Output::Plain)?;
                Ok(cluster.written(&now))
            }
        }
    }
}

/// Runs the blocks of a page.
fn run(page: &str) {
    run_in(tempfile::tempdir().unwrap().path(), page, &StandIn::None);
}

/// Runs the blocks of a page in a folder, with something to talk to.
fn run_in(folder: &Path, page: &str, stand_in: &StandIn) {
    let text = adr_tests::text(page);
    let blocks = blocks(&text);
    assert!(blocks.len() > 2, "{page} has too few blocks");
    let mut blessed = text.clone();
    let mut failures = Vec::new();
    for block in &blocks {
        match run_block(block, folder, stand_in) {
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

/// Runs a block. With `ADR_BLESS=1`, returns its current text if it differs.
fn run_block(
    block: &Block<'_>,
    folder: &Path,
    stand_in: &StandIn,
) -> Result<Option<String>, String> {
    let (language, rest) = block.info.split_once(' ').unwrap_or((block.info, ""));
    match (language, rest.split_once('=')) {
        ("console", Some(("svg", file))) => draw(block, folder, file),
        ("console", None) => {
            console::compare(block.text, &stand_in.transcript(block.text, rest, folder)?)
        }
        ("adr" | "xml" | "toml" | "json" | "csv" | "text", Some(("file", name))) => {
            write(&folder.join(name), &stand_in.actual(block.text)).map(|()| None)
        }
        ("adr", Some(("error" | "finding", name))) => findings(block.text, &[name]).map(|()| None),
        ("adr", None) if rest == "ok" => findings(block.text, &[]).map(|()| None),
        _ if NOT_RUN.contains(&block.info) => Ok(None),
        _ => Err(format!("unknown info string `{}`", block.info)),
    }
}

/// Runs a session and draws it into a file of `docs/images`.
fn draw(block: &Block<'_>, folder: &Path, file: &str) -> Result<Option<String>, String> {
    let now = console::transcript(block.text, folder, Output::Colored)?;
    let blessed = console::compare(block.text, &now)?;
    let commands = now.lines().filter_map(|line| line.strip_prefix("$ "));
    let title = format!("Terminal session: {}", commands.collect::<Vec<_>>().join(", "));
    // the colors of findings are those of the system that the command was built for
    if other_under_test().is_some() {
        return Ok(blessed);
    }
    adr_tests::golden(&format!("docs/images/{file}"), terminal::svg(&title, &now).as_bytes())?;
    Ok(blessed)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().expect("a path below the temporary folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| error.to_string())
}

/// Checks a text as a file of its own, and compares the names of its findings.
fn findings(text: &str, expected: &[&str]) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    write(&folder.path().join("block.adr"), text)?;
    let mut command = adr_tests::adrc(folder.path());
    let output = command.args(["check", "block.adr", "--format", "json"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let found = report["findings"].as_array().ok_or("no findings in the report")?;
    // notes are allowed
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
