//! Names from paths, manifests and records reach a terminal escaped.

use std::fs;
use std::path::Path;

const PLAN: &str = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";

/// Runs a command and returns all that it writes.
fn output(folder: &Path, words: &[&str]) -> String {
    let output = adr_tests::adrc(folder).args(words).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}

fn assert_escaped(folder: &Path, words: &[&str]) {
    let text = output(folder, words);
    let is_harmless = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
    assert!(text.chars().all(is_harmless), "{words:?}: {text:?}");
    assert!(text.contains("[31m"), "{words:?}: {text:?}");
}

#[test]
fn control_characters_of_paths_and_manifests_are_escaped() {
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path();
    let (plan, published) = ("p\u{1b}[31m.adr", "out\u{1b}[31m");
    fs::write(folder.join(plan), PLAN).unwrap();
    for words in [
        &["compile", plan, "-o", published][..],
        &["check", plan],
        &["check", "nowhere\u{1b}[31m.adr"],
        &["dial", plan, "5551212", "--trace"],
        &["test", "no\u{1b}[31mwhere"],
        &["check", published],
        &["serve", published, "--check"],
    ] {
        assert_escaped(folder, words);
    }
    fs::rename(folder.join(published), folder.join("out")).unwrap();
    let generation = folder.join("out/generations/1");
    let poison = |file: &str, from: &str, to: &str| {
        let text = fs::read_to_string(generation.join(file)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(generation.join(file), text.replace(from, to)).unwrap();
    };
    poison("record.json", "\"tool\":\"", "\"tool\":\"\\u001b[31m");
    assert_escaped(folder, &["check", "out"]);
    poison("record.json", "\"user\":\"", "\"user\":\"\\u001b[31m");
    assert_escaped(folder, &["history", "--publish", "out"]);
    poison("manifest.json", "\"path\": \"", "\"path\": \"\\u001b[31m");
    assert_escaped(folder, &["check", "out"]);
    assert_escaped(folder, &["serve", "out", "--check"]);
}
