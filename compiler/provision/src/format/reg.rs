//! `.reg` files, as regedit version 5.00 reads them.

use std::fmt::Write;

use super::{crlf, utf16};
use crate::key::HIVE;
use crate::output::{OutputFile, Refusals};
use crate::profile::{RegistryKey, Target};

/// The first line.
const HEADER: &str = "Windows Registry Editor Version 5.00";

/// Longest line of a value in hexadecimal digits, as regedit exports them.
const LINE_LENGTH: usize = 78;

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let keys = target.registry_keys();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let file = |path: &str, bytes, about| OutputFile { path: path.to_owned(), bytes, about };
    Ok(vec![
        file("csf.reg", set(&keys), "sets the values, by a double click or `reg import`"),
        file("csf-remove.reg", remove(&keys), "removes the values that `csf.reg` sets"),
    ])
}

/// A file that sets values, and removes those of other targets.
pub(super) fn set(keys: &[RegistryKey<'_>]) -> Vec<u8> {
    let set = |(name, value): &(&str, &str)| match value.contains(char::is_control) {
        true => hexadecimal(name, value),
        false => format!("{}={}", quoted(name), quoted(value)),
    };
    let lines = |key: &RegistryKey<'_>| -> Vec<String> {
        key.values.iter().map(set).chain(key.removed.iter().map(|name| removed(name))).collect()
    };
    write(keys, lines)
}

/// A file that removes the values that `set` sets.
fn remove(keys: &[RegistryKey<'_>]) -> Vec<u8> {
    write(keys, |key| key.values.iter().map(|(name, _)| removed(name)).collect())
}

/// The line that removes a value.
fn removed(name: &str) -> String {
    format!("{}=-", quoted(name))
}

/// A file with these lines for each key that has some.
fn write(keys: &[RegistryKey<'_>], lines_of: impl Fn(&RegistryKey<'_>) -> Vec<String>) -> Vec<u8> {
    let mut lines = vec![HEADER.to_owned(), String::new()];
    for key in keys {
        let of_key = lines_of(key);
        if !of_key.is_empty() {
            lines.push(format!("[{HIVE}\\{}]", key.path));
            lines.extend(of_key);
            lines.push(String::new());
        }
    }
    [0xff, 0xfe].into_iter().chain(utf16(&crlf(lines))).collect()
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// A value as the bytes of a text with its final NUL. Lines end with a backslash if more follow.
fn hexadecimal(name: &str, value: &str) -> String {
    let mut written = format!("{}=hex(1):", quoted(name));
    let mut length = written.encode_utf16().count();
    let bytes: Vec<u8> = utf16(value).chain([0, 0]).collect();
    for (at, byte) in bytes.iter().enumerate() {
        let end = if at + 1 == bytes.len() { "" } else { "," };
        let _ = write!(written, "{byte:02x}{end}");
        length += 3;
        if !end.is_empty() && length >= LINE_LENGTH - 3 {
            written.push_str("\\\r\n  ");
            length = 2;
        }
    }
    written
}
