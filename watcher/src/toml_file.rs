//! Settings files in TOML, and the places of mistakes in them.

use std::ops::Range;
use std::path::Path;

use adr_language::ReadError;
use serde::de::{self, DeserializeOwned};
use thiserror::Error;
use toml::de::{DeTable, DeValue};

use crate::sources::read_file;

/// Most bytes of a settings file.
const FILE_BYTES: u64 = 1 << 20;

/// Why a settings file cannot be used.
#[derive(Debug, Error)]
pub enum TomlError {
    /// It cannot be read.
    #[error("{path}: {}", .error.reason)]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        error: ReadError,
    },
    /// It is not UTF-8.
    #[error("{path}: this is not UTF-8")]
    NotUtf8 {
        /// The file.
        path: String,
    },
    /// It is not TOML, or a setting is unknown or wrong.
    #[error("{path}:{line}:{column}: {}", .source.message())]
    Invalid {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// The text at that place: a key or a value.
        given: String,
        /// What is wrong.
        source: Box<toml::de::Error>,
    },
}

impl TomlError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &str {
        match self {
            Self::Unreadable { error, .. } => &error.help,
            Self::NotUtf8 { .. } => "save it as UTF-8",
            Self::Invalid { .. } => "docs/reference/settings.md lists every setting",
        }
    }
}

/// Reads a settings file of at most 1 MiB.
///
/// # Errors
///
/// See [`TomlError`].
pub fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, TomlError> {
    read_checked_toml(path, |_| None)
}

/// Reads a settings file of at most 1 MiB, and checks its values. `check` returns the first invalid
/// setting, as the keys and positions that lead to it, joined by dots (`limits.tftp.retries`,
/// `http.1`), and what is wrong with it.
///
/// # Errors
///
/// See [`TomlError`].
pub fn read_checked_toml<T: DeserializeOwned>(
    path: &Path,
    check: impl FnOnce(&T) -> Option<(String, String)>,
) -> Result<T, TomlError> {
    let path = path.to_string_lossy().into_owned();
    let bytes = match read_file(&path, FILE_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => return Err(TomlError::Unreadable { path, error }),
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(TomlError::NotUtf8 { path });
    };
    let invalid = |span: Range<usize>, error: toml::de::Error| {
        let (line, column) = place_of(&text, span.start);
        let given = text.get(span).unwrap_or_default().to_owned();
        TomlError::Invalid { path: path.clone(), line, column, given, source: Box::new(error) }
    };
    let read: T =
        toml::from_str(&text).map_err(|error| invalid(error.span().unwrap_or_default(), error))?;
    match check(&read) {
        None => Ok(read),
        Some((setting, reason)) => {
            Err(invalid(span_of(&text, &setting), de::Error::custom(reason)))
        }
    }
}

/// Where a setting is in a text: its value, or that of the innermost table or list that contains
/// it.
fn span_of(text: &str, setting: &str) -> Range<usize> {
    let Ok(file) = DeTable::parse(text) else {
        return 0..0;
    };
    let mut keys = setting.split('.');
    let Some(mut at) = keys.next().and_then(|key| file.get_ref().get(key)) else {
        return 0..0;
    };
    for key in keys {
        let inner = match at.get_ref() {
            DeValue::Table(table) => table.get(key),
            DeValue::Array(list) => key.parse().ok().and_then(|position: usize| list.get(position)),
            _ => None,
        };
        match inner {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at.span()
}

/// Line and column of a byte, from 1.
fn place_of(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_is_found_in_tables_and_lists() {
        let text = "http = [1, 22]\n[limits.tftp]\nretries = 333\n";
        for (setting, given) in
            [("http.1", "22"), ("http", "[1, 22]"), ("http.7", "[1, 22]"), ("https", "")]
        {
            assert_eq!(&text[span_of(text, setting)], given, "{setting}");
        }
        assert_eq!(&text[span_of(text, "limits.tftp.retries")], "333");
    }

    #[test]
    fn places_are_lines_and_columns() {
        let text = "a = 1\nβ = 2\n";
        assert_eq!(place_of(text, 0), (1, 1));
        assert_eq!(place_of(text, 6), (2, 1));
        assert_eq!(place_of(text, 8), (2, 2));
        assert_eq!(place_of(text, 99), (3, 1));
    }
}
