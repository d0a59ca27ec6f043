//! Names of settings that are known to exist: a data file, and what a profile adds to it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use adr_diagnostic::{Report, Sources, Span};

use crate::reader::{Reader, Table};
use crate::setting::{SettingName, Settings};

/// The built-in names; see the comment at the beginning of the file.
const BUILT_IN: &str = include_str!("names.toml");

/// The version of the built-in names: the day of their last change.
pub const NAMES_VERSION: &str = "2026-11-30";

static NAMES: LazyLock<(Names, Report)> = LazyLock::new(|| {
    let mut sources = Sources::new();
    let id = sources.add("names.toml", BUILT_IN);
    let mut reader = Reader::new(id);
    let mut names = Names::default();
    if let Some(file) = reader.parse(BUILT_IN) {
        let table = reader.table_of(&file, &["names"]);
        if let Some(added) = table.get("names").and_then(|entry| entry.open_table(&mut reader)) {
            names.read(&mut reader, &added);
        }
    }
    (names, reader.into_report())
});

/// Known names of settings, sorted without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<SettingName, KnownName>);

/// A name of a setting that is known to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownName {
    /// The name.
    pub name: SettingName,
    /// Where it is documented; empty if that is not known.
    pub documented: String,
    /// What its values are.
    pub kind: Kind,
    /// The list of servers that it belongs to.
    pub role: Option<Role>,
    /// The section of `jabber-config.xml` that holds the parameter of this name; `None` if it is
    /// not known.
    pub section: Option<String>,
}

/// What the values of a setting are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A host or an address.
    Server,
    /// Any text.
    Text,
}

/// What servers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// They hold the files of devices.
    Tftp,
    /// They let clients control desk phones.
    Cti,
    /// They list the devices of a user.
    Ccmcip,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Tftp, Self::Cti, Self::Ccmcip];

    /// Its word in a profile.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tftp => "tftp",
            Self::Cti => "cti",
            Self::Ccmcip => "ccmcip",
        }
    }
}

impl Names {
    /// The names that vendor text confirms.
    ///
    /// ```
    /// use adr_provision::{Names, Role, SettingName};
    ///
    /// let names = Names::built_in();
    /// assert!(names.get(&SettingName::new("tftpserver1")?).is_some());
    /// assert_eq!(names.of_role(Role::Cti).count(), 2);
    /// # Ok::<(), adr_provision::NameError>(())
    /// ```
    #[must_use]
    pub fn built_in() -> &'static Self {
        &NAMES.0
    }

    /// The known name that is equal, in any case.
    #[must_use]
    pub fn get(&self, name: &SettingName) -> Option<&KnownName> {
        self.0.get(name)
    }

    /// All names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &KnownName> {
        self.0.values()
    }

    /// The names that the servers of a role get, in their order: by name, and by number where names
    /// have one, so that `TftpServer10` comes after `TftpServer2`.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &KnownName> {
        let mut names: Vec<_> = self.iter().filter(|known| known.role == Some(role)).collect();
        names.sort_by_cached_key(|known| known.name.numbered());
        names.into_iter()
    }

    /// All names, and those of settings that are not known, sorted.
    pub(crate) fn with_settings<'s>(
        &self,
        settings: impl Iterator<Item = &'s Settings>,
    ) -> Vec<KnownName> {
        let mut all = self.0.clone();
        for (name, _) in settings.flat_map(Settings::iter) {
            all.entry(name.clone()).or_insert_with(|| KnownName::unverified(name.clone()));
        }
        all.into_values().collect()
    }

    /// Adds the names of a table; reports those that are wrong. Of a name that is there already,
    /// the table replaces only what it has. Returns where each name is.
    pub(crate) fn read(
        &mut self,
        reader: &mut Reader,
        table: &Table<'_>,
    ) -> BTreeMap<SettingName, Span> {
        let mut seen = BTreeMap::new();
        for entry in table.entries() {
            let Some(name) = reader.setting_name(&entry, &mut seen) else { continue };
            let known = self.0.entry(name.clone()).or_insert_with(|| KnownName::unverified(name));
            if entry.is_text() {
                known.documented = entry.text(reader).unwrap_or_default().to_owned();
                continue;
            }
            let keys = &["documented", "kind", "role", "section"];
            if let Some(table) = entry.table(reader, keys, FORMS) {
                known.read(reader, &table);
            }
        }
        seen
    }
}

impl KnownName {
    /// A name of a profile that no document confirms.
    fn unverified(name: SettingName) -> Self {
        Self { name, documented: String::new(), kind: Kind::Text, role: None, section: None }
    }

    /// Takes what a table of `[names]` has.
    fn read(&mut self, reader: &mut Reader, table: &Table<'_>) {
        if let Some(text) = table.get("documented").and_then(|entry| entry.text(reader)) {
            text.clone_into(&mut self.documented);
        }
        if let Some(role) = table.get("role").and_then(|entry| entry.word(reader, ROLES)) {
            (self.role, self.kind) = (Some(role), Kind::Server);
        }
        if let Some(kind) = table.get("kind").and_then(|entry| entry.word(reader, KINDS)) {
            self.kind = kind;
        }
        let section = table.get("section").and_then(|entry| {
            entry.checked(reader, |text| match is_xml_name(text) {
                true => Ok(text.to_owned()),
                false => Err("a section is an XML name of ASCII letters, digits, `-`, `_` and `.`"),
            })
        });
        self.section = section.or(self.section.take());
    }
}

/// What an entry of `[names]` may be.
const FORMS: &str = "the text where the name is documented, or a table with `documented`";

const KINDS: &[(&str, Kind)] = &[("server", Kind::Server), ("text", Kind::Text)];

const ROLES: &[(&str, Role)] =
    &[("tftp", Role::Tftp), ("cti", Role::Cti), ("ccmcip", Role::Ccmcip)];

/// Whether a text is the name of an XML element, of ASCII characters and without a namespace.
pub(crate) fn is_xml_name(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_names_are_read_without_findings() {
        assert!(NAMES.1.is_empty(), "{:?}", NAMES.1);
        let names: Vec<_> = Names::built_in().iter().map(|known| known.name.as_str()).collect();
        let expected = [
            "CcmcipServer1",
            "CcmcipServer2",
            "CtiServer1",
            "CtiServer2",
            "TftpServer1",
            "TftpServer2",
        ];
        assert_eq!(names, expected);
        for known in Names::built_in().iter() {
            assert!(!known.documented.is_empty() && known.kind == Kind::Server, "{known:?}");
        }
    }
}
