//! PowerShell scripts for Windows PowerShell 5.1 and later.

use adr_diagnostic::is_invisible;

use super::crlf;
use crate::output::{Cause, Format, OutputFile, Refusal, Refusals};
use crate::profile::{RegistryKey, Target};

/// Characters that PowerShell reads as a single quote.
const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

/// Names that are the value without a name, or what PowerShell adds to the values of a key.
const RESERVED: [&str; 6] =
    ["(default)", "PSChildName", "PSDrive", "PSParentPath", "PSPath", "PSProvider"];

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let keys = target.registry_keys();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    check_names(&keys, Format::PowerShell)?;
    Ok(vec![
        file("csf.ps1", set(&keys), "sets the values, as a script of a user"),
        file("csf-remove.ps1", remove(&keys), "removes the values that `csf.ps1` sets"),
    ])
}

/// Refuses names that PowerShell reads as something else.
pub(super) fn check_names(keys: &[RegistryKey<'_>], format: Format) -> Result<(), Refusals> {
    let names = keys.iter().flat_map(RegistryKey::names);
    let check = |name: &str| match RESERVED.iter().any(|it| it.eq_ignore_ascii_case(name)) {
        true => Err(Refusal::new(format, name, Cause::ReservedName)),
        false => Ok(()),
    };
    Refusals::collect(names.map(check)).map(|_| ())
}

/// A script as a file in UTF-8 with a byte order mark, without which version 5.1 reads another code
/// page.
pub(super) fn file(path: &str, lines: Vec<String>, about: &'static str) -> OutputFile {
    let head =
        ["# Written by adrc.", "Set-StrictMode -Version 2.0", "$ErrorActionPreference = 'Stop'"];
    let lines = head.map(str::to_owned).into_iter().chain(lines);
    OutputFile::text(path, format!("\u{feff}{}", crlf(lines)), about)
}

/// Lines that set values, and remove those of other targets. A key that cannot be written does not
/// keep the others from being changed.
pub(super) fn set(keys: &[RegistryKey<'_>]) -> Vec<String> {
    let block = |key: &RegistryKey<'_>| {
        let mut lines = Vec::new();
        if !key.values.is_empty() {
            lines.push("if (-not (Test-Path -LiteralPath $key)) {".to_owned());
            lines.push("    New-Item -Path $key -Force | Out-Null".to_owned());
            lines.push("}".to_owned());
        }
        for (name, value) in &key.values {
            let (name, value) = (literal(name), literal(value));
            lines.push(format!(
                "New-ItemProperty -LiteralPath $key -Name {name} -Value {value} -PropertyType String \
                 -Force | Out-Null"
            ));
        }
        lines.extend(key.removed.iter().flat_map(|name| remove_one(name)));
        lines
    };
    each_key(keys, block)
}

/// Lines that remove values. A key that cannot be written does not keep the others from losing
/// theirs.
pub(super) fn remove(keys: &[RegistryKey<'_>]) -> Vec<String> {
    each_key(keys, |key| key.values.iter().flat_map(|(name, _)| remove_one(name)).collect())
}

/// Lines that remove a value if it is there.
fn remove_one(name: &str) -> Vec<String> {
    let remove = "    Remove-ItemProperty -LiteralPath $key -Name $name -Force";
    if_present(name).into_iter().chain([remove.to_owned(), "}".to_owned()]).collect()
}

/// A block of lines for each key, with its path in `$key`. If one fails, the status is 1.
fn each_key(
    keys: &[RegistryKey<'_>],
    block: impl Fn(&RegistryKey<'_>) -> Vec<String>,
) -> Vec<String> {
    let mut lines = vec!["$failed = $false".to_owned()];
    for key in keys {
        lines.push(format!("$key = {}", path(key)));
        lines.push("try {".to_owned());
        lines.extend(block(key).into_iter().map(|line| format!("    {line}")));
        lines.push("} catch {".to_owned());
        lines.push("    [Console]::Error.WriteLine(\"adrc: $($_.Exception.Message)\")".to_owned());
        lines.push("    $failed = $true".to_owned());
        lines.push("}".to_owned());
    }
    lines.push("if ($failed) { exit 1 }".to_owned());
    lines.push("exit 0".to_owned());
    lines
}

/// Lines that end with status 1 if a value is not there or is another one, or if one is there that
/// is to be removed.
pub(super) fn detect_wrong(keys: &[RegistryKey<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    for key in keys {
        lines.push(format!("$key = {}", path(key)));
        for (name, value) in &key.values {
            lines.push(format!("$name = {}", literal(name)));
            lines.push(FIND.to_owned());
            lines.push("if ($null -eq $found) { exit 1 }".to_owned());
            lines.push("if (-not ($found.$name -is [string])) { exit 1 }".to_owned());
            let value = literal(value);
            lines.push(format!("if (-not [string]::Equals($found.$name, {value})) {{ exit 1 }}"));
        }
        lines.extend(key.removed.iter().flat_map(|name| exit_if_present(name)));
    }
    lines.push("exit 0".to_owned());
    lines
}

/// Lines that end with status 1 if a value is there.
pub(super) fn detect_present(keys: &[RegistryKey<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    for key in keys {
        lines.push(format!("$key = {}", path(key)));
        lines.extend(key.values.iter().flat_map(|(name, _)| exit_if_present(name)));
    }
    lines.push("exit 0".to_owned());
    lines
}

/// Lines that end with status 1 if a value is there.
fn exit_if_present(name: &str) -> Vec<String> {
    if_present(name).into_iter().chain(["    exit 1".to_owned(), "}".to_owned()]).collect()
}

/// Finds the value `$name` of `$key`. With `-LiteralPath`, names are literal too.
const FIND: &str =
    "$found = Get-ItemProperty -LiteralPath $key -Name $name -ErrorAction SilentlyContinue";

/// The first lines of a block for a value that is there.
fn if_present(name: &str) -> [String; 3] {
    let name = format!("$name = {}", literal(name));
    [name, FIND.to_owned(), "if ($null -ne $found) {".to_owned()]
}

fn path(key: &RegistryKey<'_>) -> String {
    literal(&format!("HKCU:\\{}", key.path))
}

/// A text as an expression: a literal in single quotes, or several that are joined if it has
/// characters that no literal shows safely.
fn literal(text: &str) -> String {
    let mut parts = vec![String::new()];
    for character in text.chars() {
        if is_invisible(character) || QUOTES[1..].contains(&character) {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units).iter();
            parts.extend(units.map(|unit| format!("[char]0x{unit:04X}")));
            parts.push(String::new());
            continue;
        }
        if let Some(part) = parts.last_mut() {
            if part.is_empty() {
                part.push('\'');
            }
            part.push(character);
            if character == '\'' {
                part.push(character);
            }
        }
    }
    for part in parts.iter_mut().filter(|part| part.starts_with('\'')) {
        part.push('\'');
    }
    let joined = parts.len() > 1;
    parts.retain(|part| !part.is_empty());
    match (joined, parts.len()) {
        (_, 0) => "''".to_owned(),
        (false, _) => parts.concat(),
        (true, _) => format!("(-join ({}))", parts.join(", ")),
    }
}
