//! File names in requests, checked before anything is looked up.

use crate::outcome::Outcome;

/// Longest name in bytes. CUCM's own file names are less than half as long.
pub(crate) const MAX_BYTES: usize = 255;

/// A name that cannot lead out of a folder: parts joined by `/`, none of them empty, `.` or `..`;
/// no control characters, backslashes or colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'r>(&'r str);

/// Why a requested name is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// The name is empty.
    #[error("the name is empty")]
    Empty,
    /// A file cannot have this name: it is too long, or it has control characters.
    #[error("the name is too long or has control characters")]
    Impossible,
    /// The name leads out of the tree, or names a path on disk.
    #[error("the name leads out of the tree")]
    Forbidden,
}

impl<'r> Name<'r> {
    /// Checks a requested name. One leading `/` is ignored: phones request locale files with it.
    ///
    /// # Errors
    ///
    /// See [`InvalidName`].
    ///
    /// ```
    /// use adr_server::{InvalidName, Name};
    ///
    /// let name = Name::parse("/CUPC/AppDialRules.xml").unwrap();
    /// assert_eq!(name.as_str(), "CUPC/AppDialRules.xml");
    /// assert_eq!(Name::parse("../etc/passwd"), Err(InvalidName::Forbidden));
    /// ```
    pub fn parse(text: &'r str) -> Result<Self, InvalidName> {
        let name = text.strip_prefix('/').unwrap_or(text);
        if name.is_empty() {
            return Err(InvalidName::Empty);
        }
        if name.len() > MAX_BYTES || name.contains(char::is_control) {
            return Err(InvalidName::Impossible);
        }
        let outside = |part: &str| matches!(part, "" | "." | "..");
        if name.contains(['\\', ':']) || name.split('/').any(outside) {
            return Err(InvalidName::Forbidden);
        }
        Ok(Self(name))
    }

    /// The name without a leading `/`.
    #[must_use]
    pub fn as_str(self) -> &'r str {
        self.0
    }

    /// Whether the name lies in the folder in which files of sites are published. Clients get them
    /// by their names without that folder.
    pub(crate) fn is_in_site_folder(self) -> bool {
        let folder = self.0.split_once('/').map(|(folder, _)| folder);
        folder.is_some_and(|folder| folder.eq_ignore_ascii_case("sites"))
    }

    /// Whether the name is below `-/`, where a server itself answers. Such a name is never looked
    /// up in a fallback source, however a request encodes it.
    pub(crate) fn is_reserved(self) -> bool {
        self.0.starts_with("-/")
    }

    /// The part after the last `/`.
    #[must_use]
    pub fn last_part(self) -> &'r str {
        self.0.rsplit('/').next().unwrap_or(self.0)
    }
}

impl InvalidName {
    /// The value for records.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Empty | Self::Forbidden => Outcome::Refused,
            Self::Impossible => Outcome::Missing,
        }
    }
}

/// A requested name for a log: escaped, and truncated to [`MAX_BYTES`] characters.
#[must_use]
pub(crate) fn shown(name: &str) -> String {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'\\');
    if name.len() <= MAX_BYTES && name.bytes().all(is_plain) {
        return name.to_owned();
    }
    let mut shown: String = name.chars().take(MAX_BYTES).flat_map(char::escape_debug).collect();
    if name.chars().nth(MAX_BYTES).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_phones_request_are_valid() {
        for name in [
            "SEP001122334455.cnf.xml",
            "/Spanish_Spain/sp-sccp.jar",
            "CUPC/AppDialRules.xml",
            "ITLSEP001122334455.tlv",
            "a b.xml",
            "...",
            "x..y",
            "été.xml",
        ] {
            let parsed = Name::parse(name).unwrap();
            assert_eq!(parsed.as_str(), name.trim_start_matches('/'));
        }
    }

    #[test]
    fn names_that_lead_out_of_the_tree_are_forbidden() {
        for name in [
            "..",
            "../x",
            "a/../x",
            "a/..",
            "./x",
            "a/./x",
            "//x",
            "a//x",
            "x/",
            "..\\x",
            "\\x",
            "c:x",
            "C:/x",
            "\\\\host\\x",
            "/../x",
            "/..",
            "//etc/passwd",
        ] {
            assert_eq!(Name::parse(name), Err(InvalidName::Forbidden), "{name}");
        }
        for name in ["a\nb", "a\0b", "\u{7f}", "a\u{85}b", &"x".repeat(256)] {
            assert_eq!(Name::parse(name), Err(InvalidName::Impossible), "{name:?}");
        }
        for name in ["", "/"] {
            assert_eq!(Name::parse(name), Err(InvalidName::Empty));
        }
    }

    #[test]
    fn shown_name_is_one_line_of_bounded_length() {
        assert_eq!(shown("a\nb%n\u{1b}[2J"), "a\\nb%n\\u{1b}[2J");
        assert!(shown(&"\0".repeat(60_000)).len() < 3 * MAX_BYTES);
    }
}
