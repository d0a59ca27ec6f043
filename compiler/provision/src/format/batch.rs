//! Batch files for a logon script.

use super::{crlf, reg};
use crate::output::{OutputFile, Refusals};
use crate::profile::{RegistryKey, Target};

/// Longest value that a line of a batch file carries, in characters. cmd reads 8,191 characters of
/// a line.
const VALUE_LENGTH: usize = 1_024;

/// Keeps a failure for the end of the script: the other values are set nevertheless.
const FAILED: &str = "if errorlevel 1 set adrc_failed=1";

/// Names of a batch file and of the registration file beside it.
struct Names {
    batch: &'static str,
    reg: &'static str,
}

const SET: Names = Names { batch: "logon.bat", reg: "logon.reg" };
const REMOVE: Names = Names { batch: "logon-remove.bat", reg: "logon-remove.reg" };

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let keys = target.registry_keys();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sets = |name: &str, value: &str| is_safe_name(name) && is_safe(value);
    let (plain, others) = split(&keys, sets, is_removable);
    let mut files = vec![OutputFile::text(
        SET.batch,
        script(&lines(&plain), (!others.is_empty()).then_some(SET.reg)),
        "sets the values, as a logon script of a user",
    )];
    if !others.is_empty() {
        let about = "has the values that `logon.bat` cannot carry; keep it in the same folder";
        files.push(OutputFile { path: SET.reg.to_owned(), bytes: reg::set(&others), about });
    }
    let undo: Vec<_> = keys.iter().map(undo_of).collect();
    let (plain, others) = split(&undo, |_, _| true, is_removable);
    files.push(OutputFile::text(
        REMOVE.batch,
        script(&lines(&plain), (!others.is_empty()).then_some(REMOVE.reg)),
        "removes the values that `logon.bat` sets",
    ));
    if !others.is_empty() {
        let about =
            "has the names that `logon-remove.bat` cannot carry; keep it in the same folder";
        files.push(OutputFile { path: REMOVE.reg.to_owned(), bytes: reg::set(&others), about });
    }
    Ok(files)
}

/// What removes the values that a key sets.
fn undo_of<'k>(key: &RegistryKey<'k>) -> RegistryKey<'k> {
    let removed = key.values.iter().map(|(name, _)| *name).collect();
    RegistryKey { path: key.path, values: Vec::new(), removed }
}

/// What a batch file carries, and the rest: values that it sets, and names that it removes.
fn split<'k>(
    keys: &[RegistryKey<'k>],
    sets: impl Fn(&str, &str) -> bool,
    removes: impl Fn(&str) -> bool,
) -> (Vec<RegistryKey<'k>>, Vec<RegistryKey<'k>>) {
    let part = |wanted: bool| {
        let of_key = |key: &RegistryKey<'k>| {
            let values = key.values.iter().filter(|(name, value)| sets(name, value) == wanted);
            let removed = key.removed.iter().filter(|name| removes(name) == wanted);
            let (values, removed) = (values.copied().collect(), removed.copied().collect());
            let part = RegistryKey { path: key.path, values, removed };
            (!part.is_empty()).then_some(part)
        };
        keys.iter().filter_map(of_key).collect()
    };
    (part(true), part(false))
}

/// Whether a line of a batch file carries a name. `reg` can drop spaces at its ends.
fn is_safe_name(name: &str) -> bool {
    is_safe(name) && name.trim() == name
}

/// Whether a line of a batch file removes a name: not every cmd finds one with `%` again by
/// `reg query`.
fn is_removable(name: &str) -> bool {
    is_safe_name(name) && !name.contains('%')
}

/// Whether a line of a batch file carries a text: printable ASCII with pairs of quotes, so that the
/// rest of the line is outside of quotes again. A quote of the text ends the quotes for cmd, and
/// versions of cmd differ in how they read a special character there, with a caret or without.
fn is_safe(text: &str) -> bool {
    let fits = text.len() <= VALUE_LENGTH && text.chars().all(|c| matches!(c, ' '..='~'));
    let parts: Vec<&str> = text.split('"').collect();
    let is_special = |part: &&str| part.contains(['&', '|', '<', '>', '^', '(', ')']);
    fits && parts.len() % 2 == 1 && !parts.iter().skip(1).step_by(2).any(is_special)
}

/// An argument, as cmd and the C library of `reg` read it.
///
/// `%` is doubled, in quotes or not. `!` stays, because the script disables delayed expansion. A
/// quote in the text gets a backslash for the C library, which also reads backslashes before quotes
/// in pairs. cmd does not know this backslash: for cmd, the quote ends the quotes or begins them
/// again. Outside of them, [`is_safe`] allows no special characters.
fn argument(text: &str) -> String {
    let mut argument = String::from("\"");
    let mut backslashes = 0;
    for character in text.chars() {
        match character {
            '"' => argument.push_str(&"\\".repeat(backslashes + 1)),
            '%' => argument.push('%'),
            _ => {}
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        argument.push(character);
    }
    argument.push_str(&"\\".repeat(backslashes));
    argument.push('"');
    argument
}

/// Lines that set and remove the values of each key.
fn lines(keys: &[RegistryKey<'_>]) -> Vec<String> {
    let (mut lines, mut label) = (Vec::new(), 0);
    for key in keys {
        let path = argument(&format!("HKCU\\{}", key.path));
        for (name, value) in &key.values {
            let (name, value) = (argument(name), argument(value));
            lines.push(format!("reg add {path} /v {name} /t REG_SZ /d {value} /f >nul"));
            lines.push(FAILED.to_owned());
        }
        for name in &key.removed {
            label += 1;
            let name = argument(name);
            lines.push(format!("reg query {path} /v {name} >nul 2>nul"));
            lines.push(format!("if errorlevel 1 goto after{label}"));
            lines.push(format!("reg delete {path} /v {name} /f >nul"));
            lines.push(FAILED.to_owned());
            lines.push(format!(":after{label}"));
        }
    }
    lines
}

/// A script with these lines, which imports a file beside it if there is one.
///
/// `if errorlevel` reads the result of the line before, where `&&` and `||` depend on the version.
fn script(lines: &[String], import: Option<&str>) -> String {
    let before = [
        "@echo off",
        "rem Written by adrc.",
        "setlocal DisableDelayedExpansion",
        "set adrc_failed=",
    ];
    let import = import.into_iter().flat_map(|file| {
        let line = format!("reg import \"%~dp0{file}\" >nul 2>nul");
        [line, FAILED.to_owned()]
    });
    let after = [
        "if not defined adrc_failed exit /b 0",
        "echo adrc: a value cannot be changed; is this user allowed to write the key? 1>&2",
        "exit /b 1",
    ];
    let owned = |line: &str| line.to_owned();
    let lines = before.map(owned).into_iter().chain(lines.iter().cloned());
    crlf(lines.chain(import).chain(after.map(owned)))
}
