//! The two lists of dial rules, and the names of their files.

/// The folder on a TFTP server from which clients request dial rules.
pub const RULES_FOLDER: &str = "CUPC";

/// The name that Cisco's guide to Communications Manager Express gives the file of directory lookup
/// rules.
const LOOKUP_ALIAS: &str = "DirLookupRules.xml";

/// A list of dial rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListKind {
    /// Application dial rules, which rewrite dialed numbers.
    Application,
    /// Directory lookup dial rules, which turn the number of a caller into a directory search.
    Lookup,
}

impl ListKind {
    /// Both kinds, application first.
    pub const ALL: [Self; 2] = [Self::Application, Self::Lookup];

    /// The file name, without a folder.
    ///
    /// ```
    /// # use adr_bundle::ListKind;
    /// assert_eq!(ListKind::Application.file_name(), "AppDialRules.xml");
    /// ```
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Application => "AppDialRules.xml",
            Self::Lookup => "DirLookupDialRules.xml",
        }
    }

    /// The path that clients request: the file name in [`RULES_FOLDER`].
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Application => "CUPC/AppDialRules.xml",
            Self::Lookup => "CUPC/DirLookupDialRules.xml",
        }
    }

    /// The published name for a name under which some clients request a list; `None` for all other
    /// names. `ignores_case` is about the case of `A-Z`.
    ///
    /// ```
    /// # use adr_bundle::ListKind;
    /// let published = ListKind::published_name("CUPC/DirLookupRules.xml", false);
    /// assert_eq!(published.as_deref(), Some("CUPC/DirLookupDialRules.xml"));
    /// assert_eq!(ListKind::published_name("AppDialRules.xml", false), None);
    /// ```
    #[must_use]
    pub fn published_name(requested: &str, ignores_case: bool) -> Option<String> {
        let (folder, name) = requested.split_at(requested.rfind('/').map_or(0, |at| at + 1));
        let is_alias = match ignores_case {
            true => name.eq_ignore_ascii_case(LOOKUP_ALIAS),
            false => name == LOOKUP_ALIAS,
        };
        is_alias.then(|| format!("{folder}{}", Self::Lookup.file_name()))
    }

    /// The list that a file holds, by its name; `None` where the name does not say.
    ///
    /// The name may be that of a copy, such as `old-AppDialRules.xml` or `lookup.xml`. Upper and
    /// lower case do not matter.
    ///
    /// ```
    /// # use adr_bundle::ListKind;
    /// assert_eq!(ListKind::of_file("rules/dirlookupdialrules.xml"), Some(ListKind::Lookup));
    /// assert_eq!(ListKind::of_file("lookup/AppDialRules.xml"), Some(ListKind::Application));
    /// assert_eq!(ListKind::of_file("rules.xml"), None);
    /// ```
    #[must_use]
    pub fn of_file(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        if name.contains("lookup") {
            Some(Self::Lookup)
        } else if name.contains("appdialrules") || name.contains("application") {
            Some(Self::Application)
        } else {
            None
        }
    }

    /// The paths of the file in the folder of a view: directly in it, and as [`ListKind::path`].
    ///
    /// ```
    /// # use adr_bundle::ListKind;
    /// let paths = ["DirLookupDialRules.xml", "CUPC/DirLookupDialRules.xml"];
    /// assert_eq!(ListKind::Lookup.paths(), paths);
    /// ```
    #[must_use]
    pub const fn paths(self) -> [&'static str; 2] {
        [self.file_name(), self.path()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_folder_and_file_name() {
        for kind in ListKind::ALL {
            let expected = format!("{RULES_FOLDER}/{}", kind.file_name());
            assert_eq!(kind.path(), expected);
        }
    }
}
