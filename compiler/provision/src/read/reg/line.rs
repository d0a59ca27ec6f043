//! One line of a `.reg` file: a key, a value, or nothing.

use adr_diagnostic::visible;
use thiserror::Error;

use crate::observed::Hive;

/// Longest name of a key, in UTF-16 units, for all its parts together.
const MAX_KEY_UNITS: usize = 32_767;

/// Longest name of a value, in UTF-16 units.
const MAX_NAME_UNITS: usize = 16_383;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RegLine<'l> {
    /// Nothing, or a comment.
    Blank,
    Key(KeyLine),
    Value {
        /// Empty for `@`.
        name: String,
        /// What follows the equals sign.
        data: &'l str,
    },
}

/// `[HIVE\path]`, or `[-HIVE\path]`, which removes the key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeyLine {
    pub(super) hive: Hive,
    pub(super) path: String,
    pub(super) removes: bool,
}

/// Why `regedit` would skip a line, or write something else than it seems to say.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum Problem {
    #[error("this line is neither a key, a value nor a comment")]
    NotALine,
    #[error("the line has a NUL character")]
    Nul,
    #[error("the key has no closing bracket")]
    OpenKey,
    #[error("there is text after the key")]
    AfterKey,
    #[error("no part of the registry is called `{}`", visible(.0))]
    UnknownHive(String),
    #[error("the key has {given} UTF-16 units, and the limit is {MAX_KEY_UNITS}")]
    LongKey { given: usize },
    #[error("the key has an empty part")]
    EmptyPart,
    #[error("`HKEY_USERS` needs the name of a user")]
    NoUser,
    #[error("the text has no closing quote")]
    OpenText,
    #[error("there is text after the closing quote")]
    AfterText,
    #[error("`\\{}` is not an escape", .0.escape_debug())]
    Escape(char),
    #[error("the name has {given} UTF-16 units, and the limit is {MAX_NAME_UNITS}")]
    LongName { given: usize },
    #[error("the name of the value is not followed by `=`")]
    NoEquals,
    #[error("`{}` is not a type of data", visible(.0))]
    UnknownType(String),
    #[error("`{}` is not a number of 1 to 8 hexadecimal digits", visible(.0))]
    BadNumber(String),
    #[error("`{}` is not a byte of two hexadecimal digits", visible(.0))]
    BadByte(String),
    #[error("the bytes of this type are not text")]
    NotText,
    #[error("this value is outside a key that can be read")]
    OutsideKey,
    #[error("this value is in a key that the file removes")]
    InRemovedKey,
}

impl Problem {
    /// What to do.
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::OutsideKey => "correct the line of the key above it",
            Self::InRemovedKey => "write the key again without `-`, and the value below it",
            Self::Escape(_) => "write `\\\\` for a backslash and `\\\"` for a quote",
            Self::OpenText => {
                "write the closing quote; regedit writes a text with line ends as `hex(1):`"
            }
            Self::UnknownType(_) => "write a quoted text, `dword:`, `hex:`, `hex(N):` or `-`",
            _ => "regedit skips such a line without a message; correct it and import it again",
        }
    }
}

/// The parts of the registry, with the short names that people write.
const HIVES: [(&str, &str); 5] = [
    ("HKEY_CURRENT_USER", "HKCU"),
    ("HKEY_LOCAL_MACHINE", "HKLM"),
    ("HKEY_USERS", "HKU"),
    ("HKEY_CLASSES_ROOT", "HKCR"),
    ("HKEY_CURRENT_CONFIG", "HKCC"),
];

impl<'l> RegLine<'l> {
    /// Reads a line without spaces around it, after its continuation lines were joined.
    pub(super) fn parse(line: &'l str) -> Result<Self, Problem> {
        if line.contains('\0') {
            return Err(Problem::Nul);
        }
        match line.chars().next() {
            None | Some(';') => Ok(Self::Blank),
            Some('[') => key(line).map(Self::Key),
            Some('@') => Ok(Self::Value { name: String::new(), data: after_equals(&line[1..])? }),
            Some('"') => {
                let (name, rest) = quoted(line)?;
                let given = name.encode_utf16().count();
                if given > MAX_NAME_UNITS {
                    return Err(Problem::LongName { given });
                }
                Ok(Self::Value { name, data: after_equals(rest)? })
            }
            Some(_) => Err(Problem::NotALine),
        }
    }
}

fn after_equals(rest: &str) -> Result<&str, Problem> {
    rest.trim_start().strip_prefix('=').map(str::trim_start).ok_or(Problem::NoEquals)
}

fn key(line: &str) -> Result<KeyLine, Problem> {
    let (inner, rest) = line[1..].rsplit_once(']').ok_or(Problem::OpenKey)?;
    if !rest.trim().is_empty() && !rest.trim_start().starts_with(';') {
        return Err(Problem::AfterKey);
    }
    let (removes, inner) = match inner.strip_prefix('-') {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let (hive, path) = inner.split_once('\\').unwrap_or((inner, ""));
    let given = path.encode_utf16().count();
    if given > MAX_KEY_UNITS {
        return Err(Problem::LongKey { given });
    }
    let is_hive = |names: &&(&str, &str)| {
        hive.eq_ignore_ascii_case(names.0) || hive.eq_ignore_ascii_case(names.1)
    };
    let (name, _) = HIVES.iter().find(is_hive).ok_or_else(|| Problem::UnknownHive(hive.into()))?;
    let path = path.strip_suffix('\\').unwrap_or(path);
    if !path.is_empty() && path.split('\\').any(str::is_empty) {
        return Err(Problem::EmptyPart);
    }
    let (hive, path) = match *name {
        "HKEY_CURRENT_USER" => (Hive::CurrentUser, path),
        "HKEY_LOCAL_MACHINE" => (Hive::Machine, path),
        "HKEY_USERS" => {
            let (user, path) = path.split_once('\\').unwrap_or((path, ""));
            if user.is_empty() && removes {
                return Err(Problem::NoUser);
            }
            (Hive::User(user.to_owned()), path)
        }
        other => (Hive::Other(other), path),
    };
    Ok(KeyLine { hive, path: path.to_owned(), removes })
}

/// A quoted text at the start of a line, without its escapes, and what follows it.
///
/// `\n` and `\r` are what wine writes for line ends.
pub(super) fn quoted(line: &str) -> Result<(String, &str), Problem> {
    let mut text = String::new();
    let mut characters = line.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((text, &line[at + 1..])),
            '\\' => match characters.next().map(|(_, escaped)| escaped) {
                Some(escaped @ ('\\' | '"')) => text.push(escaped),
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some(other) => return Err(Problem::Escape(other)),
                None => return Err(Problem::OpenText),
            },
            other => text.push(other),
        }
    }
    Err(Problem::OpenText)
}

#[cfg(test)]
mod tests {
    use super::{Hive, KeyLine, Problem, RegLine};

    fn problem(line: &str) -> Problem {
        RegLine::parse(line).expect_err(line)
    }

    #[test]
    fn key_line_has_hive_and_path() {
        let key = |line| match RegLine::parse(line) {
            Ok(RegLine::Key(key)) => key,
            other => panic!("{line}: {other:?}"),
        };
        let path = || "Software\\A]b".to_owned();
        let expected = KeyLine { hive: Hive::CurrentUser, path: path(), removes: false };
        assert_eq!(key("[HKEY_CURRENT_USER\\Software\\A]b]"), expected);
        assert_eq!(key("[hkcu\\Software\\A]b\\] ; note"), expected);
        let user = Hive::User("S-1-5-21-1".to_owned());
        let expected = KeyLine { hive: user, path: path(), removes: true };
        assert_eq!(key("[-HKEY_USERS\\S-1-5-21-1\\Software\\A]b]"), expected);
    }

    #[test]
    fn bad_line_is_a_problem() {
        assert_eq!(problem("[HKEY_CURRENT_USER\\A"), Problem::OpenKey);
        assert_eq!(problem("[HKEY_CURRENT_USER\\A] x"), Problem::AfterKey);
        assert_eq!(problem("[HKEY_ME\\A]"), Problem::UnknownHive("HKEY_ME".to_owned()));
        assert_eq!(problem("[HKCU\\A\\\\B]"), Problem::EmptyPart);
        assert_eq!(problem("[-HKEY_USERS]"), Problem::NoUser);
        assert_eq!(problem("\"a"), Problem::OpenText);
        assert_eq!(problem("\"a\" \"b\""), Problem::NoEquals);
        assert_eq!(problem("\"C:\\temp\"=\"\""), Problem::Escape('t'));
        assert_eq!(problem("TftpServer1=10.1.1.1"), Problem::NotALine);
        assert_eq!(problem("\"a\0\"=\"\""), Problem::Nul);
        assert!(matches!(
            problem(&format!("\"{}\"=\"\"", "n".repeat(20_000))),
            Problem::LongName { given: 20_000 }
        ));
    }
}
