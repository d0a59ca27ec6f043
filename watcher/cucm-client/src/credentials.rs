//! Who logs in to CUCM or Exchange, and where the password comes from.
//!
//! A password comes from a file that nobody else may read, from the environment, or from a prompt,
//! which is the affair of the command. It is never an argument of a command, and no `Debug` output,
//! message or log holds it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::disk::{NotRegular, open_file, read_open_file};
use adr_bundle::folder::phrase;
use serde::{Deserialize, Deserializer};

use crate::platform;

/// Most bytes of a credentials file.
const FILE_BYTES: u64 = 64 * 1024;

/// A password. `Debug` does not show it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret with this text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the request that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// A user and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// The kinds of users. `Display` is what the user logs in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A user of AXL and the other SOAP services.
    Axl,
    /// The administrator of OS Administration, who uploads TFTP files.
    Platform,
    /// The account that reads calendars from Exchange.
    Exchange,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Axl => "AXL",
            Self::Platform => "OS Administration",
            Self::Exchange => "Exchange",
        })
    }
}

impl Role {
    /// The environment variable with the user.
    #[must_use]
    pub fn user_variable(self) -> &'static str {
        match self {
            Self::Axl => "ADRC_CUCM_USER",
            Self::Platform => "ADRC_CUCM_PLATFORM_USER",
            Self::Exchange => "ADRC_EXCHANGE_USER",
        }
    }

    /// The environment variable with the password.
    #[must_use]
    pub fn password_variable(self) -> &'static str {
        match self {
            Self::Axl => "ADRC_CUCM_PASSWORD",
            Self::Platform => "ADRC_CUCM_PLATFORM_PASSWORD",
            Self::Exchange => "ADRC_EXCHANGE_PASSWORD",
        }
    }
}

/// What one source knows of credentials.
///
/// ```
/// use adr_cucm_client::{PartialCredentials, Role, Secret};
///
/// let environment = PartialCredentials::from_environment(Role::Axl, |name| {
///     (name == "ADRC_CUCM_PASSWORD").then(|| "secret".to_owned())
/// });
/// let profile = PartialCredentials { user: Some("axl".into()), password: None };
/// let credentials = environment.or(profile).complete().unwrap();
/// assert_eq!((&*credentials.user, credentials.password.reveal()), ("axl", "secret"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartialCredentials {
    /// The user, if known.
    pub user: Option<String>,
    /// The password, if known.
    pub password: Option<Secret>,
}

impl PartialCredentials {
    /// What the environment knows. `variable` gives the value of a variable. Empty variables count
    /// as absent.
    #[must_use]
    pub fn from_environment(role: Role, variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name| variable(name).filter(|value| !value.is_empty());
        Self {
            user: value(role.user_variable()),
            password: value(role.password_variable()).map(Secret),
        }
    }

    /// These, and what `other` knows besides.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { user: self.user.or(other.user), password: self.password.or(other.password) }
    }

    /// The credentials.
    ///
    /// # Errors
    ///
    /// User or password is absent; what is known comes back, so that the command can ask for the
    /// rest.
    pub fn complete(self) -> Result<Credentials, Self> {
        match self {
            Self { user: Some(user), password: Some(password) } => {
                Ok(Credentials { user, password })
            }
            incomplete => Err(incomplete),
        }
    }
}

/// A file of credentials in TOML, with `user`, `password`, `platform_user`, `platform_password`,
/// `exchange_user` and `exchange_password`, each optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialsFile {
    axl: PartialCredentials,
    platform: PartialCredentials,
    exchange: PartialCredentials,
}

/// Why a file of credentials cannot be used. No message repeats a part of the file.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// It cannot be read.
    #[error("{path}: {}", phrase(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("{path}: this is not a regular file")]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Other users of the machine may read or write it.
    #[error(
        "{path}: other users may access this file of passwords (mode {mode:04o}); run `chmod 600` on it"
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// The permission bits.
        mode: u32,
    },
    /// It is too large, not UTF-8, not TOML, or has an unknown setting.
    #[error(
        "{path}:{line}: invalid; write `user`, `password`, `platform_user`, `platform_password`, \
         `exchange_user` and `exchange_password` as `NAME = 'VALUE'`"
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialsTable {
    user: Option<String>,
    password: Option<Secret>,
    platform_user: Option<String>,
    platform_password: Option<Secret>,
    exchange_user: Option<String>,
    exchange_password: Option<Secret>,
}

impl CredentialsFile {
    /// Reads the file. On Unix, group and others must have no access to it.
    ///
    /// # Errors
    ///
    /// See [`CredentialsError`].
    pub fn read(path: &Path) -> Result<Self, CredentialsError> {
        let unreadable = |source| CredentialsError::Unreadable { path: path.to_owned(), source };
        let file = match open_file(path) {
            Err(error) if is_not_a_file(&error) => {
                return Err(CredentialsError::NotAFile { path: path.to_owned() });
            }
            file => file.map_err(unreadable)?,
        };
        if let Some(mode) = platform::mode_for_others(&file).map_err(unreadable)? {
            return Err(CredentialsError::OpenToOthers { path: path.to_owned(), mode });
        }
        let invalid = |line| CredentialsError::Invalid { path: path.to_owned(), line };
        let bytes = match read_open_file(file, FILE_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Err(invalid(1)),
            bytes => bytes.map_err(unreadable)?,
        };
        let text = String::from_utf8(bytes).map_err(|_| invalid(1))?;
        let table: CredentialsTable = toml::from_str(&text).map_err(|error| {
            let start = error.span().unwrap_or_default().start;
            invalid(text.get(..start).unwrap_or_default().matches('\n').count() + 1)
        })?;
        Ok(Self {
            axl: PartialCredentials { user: table.user, password: table.password },
            platform: PartialCredentials {
                user: table.platform_user,
                password: table.platform_password,
            },
            exchange: PartialCredentials {
                user: table.exchange_user,
                password: table.exchange_password,
            },
        })
    }

    /// What the file knows of a user.
    #[must_use]
    pub fn of(&self, role: Role) -> PartialCredentials {
        match role {
            Role::Axl => self.axl.clone(),
            Role::Platform => self.platform.clone(),
            Role::Exchange => self.exchange.clone(),
        }
    }
}

fn is_not_a_file(error: &io::Error) -> bool {
    NotRegular::is_reason(error) || error.kind() == io::ErrorKind::IsADirectory
}
