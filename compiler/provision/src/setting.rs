//! Settings of a client: the names and values of its registry key.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

use thiserror::Error;

/// Most UTF-16 units of a name. The registry itself allows 16,383; longer names than this are
/// mistakes.
pub const MAX_NAME_UNITS: usize = 255;

/// Most UTF-16 units of a value.
pub const MAX_VALUE_UNITS: usize = 16_384;

/// The name of a registry value: 1 to [`MAX_NAME_UNITS`] UTF-16 units without control characters
/// and backslashes.
///
/// Names are equal, and sorted, without regard to case, as in the registry.
///
/// ```
/// use adr_provision::SettingName;
///
/// let name = SettingName::new("TftpServer1")?;
/// assert_eq!(name, SettingName::new("TFTPSERVER1")?);
/// assert!(SettingName::new(r"Software\Cisco").is_err());
/// # Ok::<(), adr_provision::NameError>(())
/// ```
#[derive(Clone)]
pub struct SettingName(String);

/// Why a text is not the name of a registry value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// It is empty, which would be the default value of the key.
    #[error("a name has at least one character")]
    Empty,
    /// It is longer than [`MAX_NAME_UNITS`].
    #[error("a name has at most {MAX_NAME_UNITS} characters, and this one has {units}")]
    TooLong {
        /// Its UTF-16 units.
        units: usize,
    },
    /// It has a control character or a backslash.
    #[error("a name has no {}", adr_diagnostic::describe(*.0))]
    BadCharacter(char),
}

/// The text of a registry value (`REG_SZ`): at most [`MAX_VALUE_UNITS`] UTF-16 units without the
/// character NUL, which ends a text in the registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingValue(String);

/// Why a text is not the text of a registry value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// It has the character NUL.
    #[error("a value has no {}", adr_diagnostic::describe('\0'))]
    Nul,
    /// It is longer than [`MAX_VALUE_UNITS`].
    #[error("a value has at most {MAX_VALUE_UNITS} characters, and this one has {units}")]
    TooLong {
        /// Its UTF-16 units.
        units: usize,
    },
}

/// Settings by name, sorted without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<SettingName, SettingValue>);

impl SettingName {
    /// Checks a name.
    ///
    /// # Errors
    ///
    /// See [`NameError`].
    pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
        let text = text.into();
        let units = text.encode_utf16().count();
        let bad = text.chars().find(|character| character.is_control() || *character == '\\');
        match (units, bad) {
            (0, _) => Err(NameError::Empty),
            (_, Some(character)) => Err(NameError::BadCharacter(character)),
            (1..=MAX_NAME_UNITS, None) => Ok(Self(text)),
            _ => Err(NameError::TooLong { units }),
        }
    }

    /// The name with the case in which it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is compared: each character in upper case, if that is one character.
    fn folded(&self) -> impl Iterator<Item = char> {
        self.0.chars().map(|character| {
            let mut upper = character.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(upper), None) => upper,
                _ => character,
            }
        })
    }
}

/// A part of a name: a number, or another character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NamePart {
    /// The count of its digits, and these, without zeros at the beginning.
    Number(usize, String),
    Other(char),
}

impl SettingName {
    /// What orders names by the numbers in them, without regard to case.
    pub(crate) fn numbered(&self) -> Vec<NamePart> {
        let mut parts = Vec::new();
        for character in self.folded() {
            if !character.is_ascii_digit() {
                parts.push(NamePart::Other(character));
            } else if let Some(NamePart::Number(count, digits)) = parts.last_mut() {
                // `00` is empty, and the first digit that counts follows
                if !digits.is_empty() || character != '0' {
                    digits.push(character);
                    *count += 1;
                }
            } else {
                let digits = if character == '0' { String::new() } else { character.to_string() };
                parts.push(NamePart::Number(digits.len(), digits));
            }
        }
        parts
    }
}

impl SettingValue {
    /// Checks a value.
    ///
    /// # Errors
    ///
    /// See [`ValueError`].
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        let units = text.encode_utf16().count();
        if text.contains('\0') {
            return Err(ValueError::Nul);
        }
        if units > MAX_VALUE_UNITS {
            return Err(ValueError::TooLong { units });
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Settings {
    /// Sets a value; returns the one that it replaces.
    pub fn insert(&mut self, name: SettingName, value: SettingValue) -> Option<SettingValue> {
        let before = self.0.remove(&name);
        self.0.insert(name, value);
        before
    }

    /// The value with this name, in any case.
    #[must_use]
    pub fn get(&self, name: &SettingName) -> Option<&SettingValue> {
        self.0.get(name)
    }

    /// All settings, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&SettingName, &SettingValue)> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of settings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<(SettingName, SettingValue)> for Settings {
    fn from_iter<I: IntoIterator<Item = (SettingName, SettingValue)>>(iter: I) -> Self {
        let mut settings = Self::default();
        for (name, value) in iter {
            settings.insert(name, value);
        }
        settings
    }
}

impl PartialEq for SettingName {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SettingName {}

impl PartialOrd for SettingName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SettingName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for SettingName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|character| character.hash(state));
    }
}

impl fmt::Debug for SettingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SettingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> SettingName {
        SettingName::new(text).unwrap()
    }

    #[test]
    fn name_with_other_case_replaces_the_setting_and_its_name() {
        let value = |text: &str| SettingValue::new(text).unwrap();
        let pairs = [(name("Straße"), value("a")), (name("STRAßE"), value("b"))];
        let settings: Settings = pairs.into_iter().collect();
        assert_eq!(settings.len(), 1);
        let (found, text) = settings.iter().next().unwrap();
        assert_eq!((found.as_str(), text.as_str()), ("STRAßE", "b"));
    }

    #[test]
    fn name_outside_of_the_limits_is_rejected() {
        assert_eq!(SettingName::new(""), Err(NameError::Empty));
        assert_eq!(SettingName::new("a\\b"), Err(NameError::BadCharacter('\\')));
        assert_eq!(SettingName::new("a\nb"), Err(NameError::BadCharacter('\n')));
        assert_eq!(SettingName::new("a".repeat(256)), Err(NameError::TooLong { units: 256 }));
        // one character of two units
        assert_eq!(SettingName::new("😀".repeat(128)), Err(NameError::TooLong { units: 256 }));
        assert!(SettingName::new("a".repeat(255)).is_ok());
    }

    #[test]
    fn value_outside_of_the_limits_is_rejected() {
        assert_eq!(SettingValue::new("a\0"), Err(ValueError::Nul));
        assert_eq!(
            SettingValue::new("a".repeat(16_385)),
            Err(ValueError::TooLong { units: 16_385 })
        );
        assert!(SettingValue::new("a".repeat(16_384)).is_ok());
        assert!(SettingValue::new("").is_ok());
    }
}
