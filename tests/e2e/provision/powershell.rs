//! PowerShell scripts, parsed by tree-sitter.

use std::process::Command;

use super::random_profile::Random;
use super::{EVERYTHING, profile, profiles, run, write};
use adr_kit::optional::{has, is_python_module};

/// Parses each script below the current folder; prints the ones that it cannot parse.
const PARSE: &str = r#"
import pathlib, sys
import tree_sitter, tree_sitter_powershell
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
count = 0
for path in sorted(pathlib.Path(".").rglob("*.ps1")):
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), f"{path}: no byte order mark"
    count += 1
    if parser.parse(data[3:]).root_node.has_error:
        print(f"error in {path}")
assert not parser.parse(b"if ($x { 'a }").root_node.has_error is False, "the parser accepts everything"
print(count)
"#;

#[test]
fn powershell_scripts_parse_without_errors() {
    let modules = adr_tests::root().join("target/python");
    if !has(
        "tree_sitter_powershell for Python",
        is_python_module("tree_sitter_powershell", &modules),
    ) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::of_run();
    let texts = (0..profiles()).map(|_| random.profile()).chain([EVERYTHING.to_owned()]);
    let mut written = 0;
    for (at, text) in texts.enumerate() {
        let below = folder.path().join(at.to_string());
        written += write(&below, &profile(&text), ".ps1").len();
    }
    assert!(written >= 2 * profiles());
    let mut python = Command::new("python3");
    python.args(["-c", PARSE]).env("PYTHONPATH", modules).current_dir(folder.path());
    let (succeeded, text) = run(&mut python);
    assert!(succeeded, "{text}");
    assert_eq!(text.trim(), written.to_string());
}
