//! Rules for every file of the repository: place, name, first line, length, and content.

use std::path::Path;

use crate::no_complaints;
use crate::tree::{sources, texts};

/// Top-level folders that may hold code.
const FOLDERS: [&str; 4] = ["compiler", "tftp", "watcher", "tests"];

/// Maximum number of lines of a source file.
const LINES: usize = 400;

/// Markers of unfinished work, each in two parts, so that this file does not contain them.
const UNFINISHED: [(&str, &str); 4] =
    [("todo", "!("), ("unimplemented", "!("), ("#[ign", "ore"), ("FIX", "ME")];

#[test]
fn source_begins_with_a_doc_comment() {
    let without_head =
        sources().filter(|(_, text)| !text.starts_with("//!") && !text.starts_with("#!"));
    complain(without_head, "begin with a `//!` line that describes the file");
}

#[test]
fn source_has_at_most_400_lines() {
    let too_long = sources().filter(|(_, text)| text.lines().count() > LINES);
    complain(too_long, "longer than 400 lines; move a part of it to a file of its own");
}

#[test]
fn source_has_no_marker_of_unfinished_work() {
    let unfinished = |(_, text): &(String, String)| {
        let mut marks = UNFINISHED.iter();
        marks.any(|(head, tail)| text.contains(&format!("{head}{tail}")))
    };
    complain(sources().filter(unfinished), "contains unfinished work; finish it or remove it");
}

#[test]
fn source_is_in_one_of_the_four_folders() {
    let outside = |(path, _): &(String, String)| {
        let top = path.split('/').next().unwrap_or_default();
        !FOLDERS.contains(&top)
    };
    complain(sources().filter(outside), "move it to `compiler`, `tftp`, `watcher` or `tests`");
}

#[test]
fn source_file_has_a_specific_name() {
    let vague = |(path, _): &(String, String)| {
        let stems = ["util", "utils", "common", "helper", "helpers", "misc"];
        Path::new(path).with_extension("").iter().any(|part| stems.iter().any(|stem| part == *stem))
    };
    complain(sources().filter(vague), "name the file after what is in it");
}

#[test]
fn text_has_no_path_of_this_machine() {
    let places = machine_places();
    let names = |(_, text): &(String, String)| places.iter().any(|place| text.contains(place));
    complain(texts().filter(names), "contains a path of this machine; write a relative path");
}

/// Only the command, the server, the client, the watcher and the tests may use disk, network, clock
/// and environment; see `clippy.toml`.
#[test]
fn core_crate_allows_no_access_to_the_world() {
    let core = |path: &str| {
        let worldly = [
            "compiler/cli/",
            "tftp/client/",
            "tftp/cluster/",
            "tftp/daemon/",
            "tftp/server/",
            // open files for all other crates; see decision 4
            "tftp/bundle/src/disk.rs",
            "tftp/bundle/src/folder",
            "tftp/bundle/src/platform",
            "watcher/",
            "tests/",
        ];
        path.contains("/src/") && !worldly.iter().any(|folder| path.starts_with(folder))
    };
    let allows = |text: &str| text.contains("clippy::disallowed") || text.contains("clippy::print");
    let violations = sources().filter(|(path, text)| core(path) && allows(text));
    complain(violations, "remove the `allow`: the core takes what it needs as values (decision 4)");
}

#[test]
fn bash_script_stops_at_errors() {
    let script = |text: &str| {
        text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("bash"))
    };
    let violations =
        texts().filter(|(_, text)| script(text) && !text.contains("\nset -euo pipefail\n"));
    complain(violations, "write `set -euo pipefail` on a line of its own");
}

/// The checkout, the home folder and the target folder of this run. Paths of up to four bytes, such
/// as `/`, occur in any text and are left out.
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
    let complaints: Vec<_> = files.map(|(path, _)| format!("{path}:1: {what}")).collect();
    no_complaints(&complaints);
}
