//! What every file of the repository must be.

use std::path::Path;

use crate::no_complaints;

/// Top-level folders that may hold code.
const FOLDERS: [&str; 4] = ["compiler", "tftp", "watcher", "tests"];

/// Files that may be longer than [`LINES`], each with the reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// Most lines of a source file.
const LINES: usize = 500;

/// What is written in place of work that is not done. In two parts, so that this file has none.
const UNFINISHED: [(&str, &str); 4] =
    [("todo", "!("), ("unimplemented", "!("), ("#[ign", "ore"), ("FIX", "ME")];

#[test]
fn sources_begin_with_what_they_are() {
    let headless =
        sources().filter(|(_, text)| !text.starts_with("//!") && !text.starts_with("#!"));
    complain(headless, "does not begin with a `//!` line");
}

#[test]
fn sources_are_short() {
    let long = |path: &str| LONG_FILES.iter().any(|(excepted, _)| *excepted == path);
    let too_long = sources().filter(|(path, text)| text.lines().count() > LINES && !long(path));
    complain(too_long, "is longer than 500 lines, and no exception says why");
    let stale =
        LONG_FILES.iter().filter(|(path, _)| adr_tests::text(path).lines().count() <= LINES);
    complain(stale.map(|(path, _)| ((*path).to_owned(), String::new())), "needs no exception");
}

#[test]
fn sources_are_finished() {
    let unfinished = |(_, text): &(String, String)| {
        let mut marks = UNFINISHED.iter();
        marks.any(|(head, tail)| text.contains(&format!("{head}{tail}")))
    };
    complain(sources().filter(unfinished), "has something unfinished in it");
}

#[test]
fn code_lies_in_the_house() {
    let outside = |(path, _): &(String, String)| {
        let top = path.split('/').next().unwrap_or_default();
        !FOLDERS.contains(&top)
    };
    complain(sources().filter(outside), "lies outside of the house");
}

#[test]
fn nothing_is_called_a_heap() {
    let heap = |(path, _): &(String, String)| {
        let stems = ["util", "utils", "common", "helper", "helpers", "misc"];
        Path::new(path).with_extension("").iter().any(|part| stems.iter().any(|stem| part == *stem))
    };
    complain(sources().filter(heap), "has a name that does not say what is in it");
}

#[test]
fn no_file_names_this_machine() {
    let places = machine_places();
    let names = |(_, text): &(String, String)| places.iter().any(|place| text.contains(place));
    complain(texts().filter(names), "names a folder of the machine it was written on");
}

/// The roof, the server and the suites may touch the world; see `clippy.toml`.
#[test]
fn the_core_allows_itself_nothing() {
    let core = |path: &str| {
        let roof = [
            "compiler/cli/",
            "tftp/client/",
            "tftp/daemon/",
            "tftp/server/",
            // opens what lies in a published folder, for all who read one; see decision 4
            "tftp/bundle/src/folder",
            "watcher/",
            "tests/",
        ];
        path.contains("/src/") && !roof.iter().any(|roof| path.starts_with(roof))
    };
    let allows = |text: &str| text.contains("clippy::disallowed") || text.contains("clippy::print");
    let loose = sources().filter(|(path, text)| core(path) && allows(text));
    complain(loose, "allows itself what the core must not do");
}

#[test]
fn scripts_stop_at_errors() {
    let script = |text: &str| {
        text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("bash"))
    };
    let careless =
        texts().filter(|(_, text)| script(text) && !text.contains("\nset -euo pipefail\n"));
    complain(careless, "is a script without `set -euo pipefail`");
}

/// The checkout, the home folder and the target folder of whoever runs this; short ones, such as
/// `/`, could stand in any text and are left out.
fn machine_places() -> Vec<String> {
    let variables = ["HOME", "CARGO_HOME", "CARGO_TARGET_DIR"];
    let variables = variables.iter().filter_map(|name| std::env::var(name).ok());
    let checkout = adr_tests::root().display().to_string();
    let mut places: Vec<_> = variables.chain([checkout]).filter(|place| place.len() > 4).collect();
    for place in &mut places {
        place.push('/');
    }
    places.push(["", "home", ""].join("/"));
    places.push(["", "Users", ""].join("/"));
    places
}

fn complain(files: impl Iterator<Item = (String, String)>, what: &str) {
    let complaints: Vec<_> = files.map(|(path, _)| format!("{path} {what}")).collect();
    no_complaints(&complaints);
}

fn sources() -> impl Iterator<Item = (String, String)> {
    texts().filter(|(path, _)| path.ends_with(".rs"))
}

/// Every file that is text, apart from data that fuzzing and recordings brought.
fn texts() -> impl Iterator<Item = (String, String)> {
    let files = adr_tests::files().into_iter();
    let written = files.filter(|(path, _)| !path.starts_with("tests/fuzz/corpus/"));
    written.filter_map(|(path, place)| Some((path, std::fs::read_to_string(place).ok()?)))
}
