//! The registry keys that clients read, and the one that starts programs at logon.

/// The root of all keys that adrc writes.
pub const HIVE: &str = "HKEY_CURRENT_USER";

/// The key whose values Windows runs when the user logs on, below [`HIVE`].
pub const RUN_KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";

/// The name of the value of [`RUN_KEY`] that starts the client core.
pub const RUN_NAME: &str = "adrc core";

/// A registry key that a CSF client reads.
///
/// A client prefers a value of [`Key::Policies`] to that of [`Key::Plain`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The key of a policy, which users cannot write.
    Policies,
    /// The key that users can write.
    Plain,
}

impl Key {
    /// Both keys; the one that wins comes first.
    pub const ALL: [Self; 2] = [Self::Policies, Self::Plain];

    /// The path below [`HIVE`], without a backslash at its ends.
    ///
    /// ```
    /// use adr_provision::Key;
    ///
    /// assert!(Key::Policies.path().starts_with(r"Software\Policies\Cisco Systems, Inc.\"));
    /// ```
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Policies => {
                r"Software\Policies\Cisco Systems, Inc.\Client Services Framework\AdminData"
            }
            Self::Plain => r"Software\Cisco Systems, Inc.\Client Services Framework\AdminData",
        }
    }

    /// Its word in a profile and in messages: `policies` or `plain`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Policies => "policies",
            Self::Plain => "plain",
        }
    }
}
