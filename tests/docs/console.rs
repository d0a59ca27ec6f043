//! Console blocks: commands and their output.

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::terminal;

/// How the commands of a block are run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// Without colors.
    Plain,
    /// With escape sequences for colors.
    Colored,
}

/// Runs every command of a block in `folder`, and returns the block with their current output.
pub(crate) fn transcript(block: &str, folder: &Path, output: Output) -> Result<String, String> {
    let mut now = String::new();
    for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let _ = writeln!(now, "$ {line}");
        now += &run(line, folder, output)?;
    }
    Ok(now)
}

/// Compares a block with the current output of its commands. With `ADR_BLESS=1`, returns the
/// current text if it differs.
pub(crate) fn compare(block: &str, now: &str) -> Result<Option<String>, String> {
    let now = terminal::without_escapes(now);
    if now == block {
        return Ok(None);
    }
    if adr_tests::blessing() {
        return Ok(Some(now));
    }
    Err(format!("the output is now:\n{now}"))
}

/// Runs the command of a line in `folder`.
pub(crate) fn run(line: &str, folder: &Path, output: Output) -> Result<String, String> {
    let words = words(line);
    match words.split_first() {
        Some((command, arguments)) if command == "adrc" => adrc(arguments, folder, output),
        Some((command, [file])) if command == "cat" => {
            read(&folder.join(file)).map_err(|error| format!("{file}: {error}"))
        }
        _ => Err(format!("`{line}` is neither `adrc …` nor `cat FILE`")),
    }
}

/// Reads a file. A folder that was published on Windows has no links: its files are in the
/// generation that the file `current` names.
fn read(path: &Path) -> io::Result<String> {
    let in_generation = path.ancestors().skip(1).find_map(|folder| {
        let generation = std::fs::read_to_string(folder.join("current")).ok()?;
        let name = path.strip_prefix(folder).ok()?;
        std::fs::read_to_string(folder.join(generation.trim_end()).join(name)).ok()
    });
    in_generation.map_or_else(|| std::fs::read_to_string(path), Ok)
}

fn adrc(arguments: &[String], folder: &Path, output: Output) -> Result<String, String> {
    let mut command = adr_tests::adrc(folder);
    if output == Output::Colored {
        command.env("CLICOLOR_FORCE", "1");
    }
    command.args(arguments);
    self::output(command)
}

/// Runs a command: its standard output, its standard error, and its status unless that is 0.
pub(crate) fn output(mut command: Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text += &String::from_utf8_lossy(&output.stderr);
    let status = output.status.code().unwrap_or(-1);
    if status != 0 {
        let _ = writeln!(text, "[exit {status}]");
    }
    Ok(text)
}

/// Splits a line at spaces outside of `"…"` and `'…'`.
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
