//! What a PC has: changes of its registry, and parameters of its files.

use adr_diagnostic::Span;

use crate::registry_data::RegistryData;

/// The part of the registry that a key is in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hive {
    /// `HKEY_CURRENT_USER`: the user who made the export, or whom a policy is for.
    CurrentUser,
    /// A user below `HKEY_USERS`, by the name of the key: a SID, or the name under which an
    /// administrator loaded the file of a user.
    User(String),
    /// `HKEY_LOCAL_MACHINE`.
    Machine,
    /// Another part, by its name.
    Other(&'static str),
}

impl Hive {
    /// The name as `regedit` writes it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::CurrentUser => "HKEY_CURRENT_USER".to_owned(),
            Self::User(user) => format!("HKEY_USERS\\{user}"),
            Self::Machine => "HKEY_LOCAL_MACHINE".to_owned(),
            Self::Other(name) => (*name).to_owned(),
        }
    }
}

/// What a change does to a key of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The key exists afterwards.
    Create,
    /// The key and all keys below it are removed.
    Remove,
    /// All values of the key are removed.
    Clear,
    /// A value is set. The name is empty for the default value.
    Set {
        /// The name of the value.
        name: String,
        /// Its type and content.
        data: RegistryData,
        /// Whether a value with this name that exists already stays (`**Soft.` of Registry.pol).
        only_if_absent: bool,
    },
    /// A value is removed.
    Unset {
        /// The name of the value.
        name: String,
    },
}

/// A change of the registry, as a `.reg` file or a Registry.pol has it. An export is a sequence of
/// changes that starts from an empty registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryChange {
    /// The part of the registry.
    pub hive: Hive,
    /// The key below it, as it is written in the file.
    pub key: String,
    /// What happens to the key.
    pub change: Change,
    /// The place in the file.
    pub span: Span,
}

/// A parameter of a bootstrap file or of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The element around a parameter of a configuration file, such as `Client`.
    pub group: Option<String>,
    /// The name.
    pub name: String,
    /// The value; `None` for `NOT_SPECIFIED` in a bootstrap file.
    pub value: Option<String>,
    /// The place in the file.
    pub span: Span,
}

/// What a file of a PC holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Keys and values of the registry. Changes of keys that have nothing to do with the client are
    /// left out.
    Registry(Vec<RegistryChange>),
    /// The lines of `jabber-bootstrap.properties`.
    Bootstrap(Vec<Parameter>),
    /// The parameters of `jabber-config.xml`, or of a group's configuration file.
    Configuration {
        /// Whether the file is that of all users, `jabber-config.xml`, and not that of a group.
        is_global: bool,
        /// The parameters in the order of the file.
        parameters: Vec<Parameter>,
    },
}
