//! Console blocks: commands with what comes out of them.

use std::fmt::Write;
use std::path::Path;

/// Runs every command of a block in `room` and compares what came out; when blessing, gives the
/// block as it is now.
pub(crate) fn run(block: &str, room: &Path) -> Result<Option<String>, String> {
    let mut now = String::new();
    for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let _ = writeln!(now, "$ {line}");
        now += &output(line, room)?;
    }
    if now == block {
        return Ok(None);
    }
    if adr_tests::blessing() {
        return Ok(Some(now));
    }
    Err(format!("now comes out:\n{now}"))
}

fn output(line: &str, room: &Path) -> Result<String, String> {
    let words = words(line);
    match words.split_first() {
        Some((command, arguments)) if command == "adrc" => adrc(arguments, room),
        Some((command, [file])) if command == "cat" => {
            std::fs::read_to_string(room.join(file)).map_err(|error| format!("{file}: {error}"))
        }
        _ => Err(format!("`{line}` is neither `adrc …` nor `cat FILE`")),
    }
}

fn adrc(arguments: &[String], room: &Path) -> Result<String, String> {
    let output = adr_tests::adrc(room).args(arguments).output();
    let output = output.map_err(|error| error.to_string())?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text += &String::from_utf8_lossy(&output.stderr);
    let status = output.status.code().unwrap_or(-1);
    if status != 0 {
        let _ = writeln!(text, "[exit {status}]");
    }
    Ok(text)
}

/// Splits at spaces; `"…"` and `'…'` keep theirs.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ' ') if !word.is_empty() => words.push(std::mem::take(&mut word)),
            (None, ' ') => {}
            _ => word.push(c),
        }
    }
    words
}
