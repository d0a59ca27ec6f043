//! The name in a request: what it asks for, or why it asks for nothing.

/// Most bytes of a name; no file of CUCM has half as many.
pub(crate) const MOST_BYTES: usize = 255;

/// A name that stays inside whatever is served: parts joined by `/`, none of them empty, `.` or
/// `..`; no control characters, backslashes or colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'r>(&'r str);

/// Why a request's name asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadName {
    /// Nothing is asked for.
    Empty,
    /// No file can have this name: too long, or with control characters.
    Impossible,
    /// It tries to leave the tree, or names a place on a disk.
    Forbidden,
}

impl<'r> Name<'r> {
    /// Reads the name of a request. Locale files are asked for with one `/` in front, which does
    /// not count.
    ///
    /// # Errors
    ///
    /// See [`BadName`].
    ///
    /// ```
    /// use adr_server::{BadName, Name};
    ///
    /// assert_eq!(Name::parse("/CUPC/AppDialRules.xml").unwrap().as_str(), "CUPC/AppDialRules.xml");
    /// assert_eq!(Name::parse("../etc/passwd"), Err(BadName::Forbidden));
    /// ```
    pub fn parse(text: &'r str) -> Result<Self, BadName> {
        let name = text.strip_prefix('/').unwrap_or(text);
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        if name.len() > MOST_BYTES || name.contains(char::is_control) {
            return Err(BadName::Impossible);
        }
        let outside = |part: &str| matches!(part, "" | "." | "..");
        if name.contains(['\\', ':']) || name.split('/').any(outside) {
            return Err(BadName::Forbidden);
        }
        Ok(Self(name))
    }

    /// Without the `/` in front.
    #[must_use]
    pub fn as_str(self) -> &'r str {
        self.0
    }

    /// Whether it asks for files of a site by the folder in which they are published, which nobody
    /// gets.
    pub(crate) fn is_of_a_site(self) -> bool {
        let folder = self.0.split_once('/').map(|(folder, _)| folder);
        folder.is_some_and(|folder| folder.eq_ignore_ascii_case("sites"))
    }

    /// The part behind the last `/`.
    #[must_use]
    pub fn last_part(self) -> &'r str {
        self.0.rsplit('/').next().unwrap_or(self.0)
    }
}

/// A stranger's name for a log: escaped, and cut where it is long.
#[must_use]
pub(crate) fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(MOST_BYTES).flat_map(char::escape_debug).collect();
    if name.chars().nth(MOST_BYTES).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_phones_are_names() {
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
    fn what_leaves_the_tree_is_no_name() {
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
            assert_eq!(Name::parse(name), Err(BadName::Forbidden), "{name}");
        }
        for name in ["a\nb", "a\0b", "\u{7f}", "a\u{85}b", &"x".repeat(256)] {
            assert_eq!(Name::parse(name), Err(BadName::Impossible), "{name:?}");
        }
        for name in ["", "/"] {
            assert_eq!(Name::parse(name), Err(BadName::Empty));
        }
    }

    #[test]
    fn logs_are_one_line_of_bounded_length() {
        assert_eq!(shown("a\nb%n\u{1b}[2J"), "a\\nb%n\\u{1b}[2J");
        assert!(shown(&"\0".repeat(60_000)).len() < 3 * MOST_BYTES);
    }
}
