//! One dial rule, exactly as a client applies it.

use compact_str::CompactString;

use crate::dial_string::{DialString, DialStringError};

/// One dial rule: begins-with, number of digits, total digits to be removed, prefix.
///
/// Any rule can be applied to any number, whatever its values. [`Rule::new`] makes rules within
/// CUCM's limits; [`Rule::from_deployed`] makes rules from the values in a deployed file, which may
/// exceed them.
///
/// ```
/// use adr_engine::{DialString, Rule};
///
/// let rule = Rule::new(DialString::new("+1")?, 12, 1, DialString::new("9")?)?;
/// assert!(rule.matches(b"+14085551212"));
/// let mut result = Vec::new();
/// rule.rewrite(b"+14085551212", &mut result);
/// assert_eq!(result, b"914085551212");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rule {
    begins_with: CompactString,
    digits: i32,
    remove: i32,
    prefix: CompactString,
}

impl Rule {
    /// Largest number of digits, and largest total digits to be removed, that CUCM accepts.
    pub const DIGITS_LIMIT: u32 = 100;

    /// A rule within CUCM's limits.
    ///
    /// `digits` is 1 to 100, or 0 for any length, which clients understand although CUCM's own page
    /// does not offer it; `remove` is 0 to 100.
    ///
    /// # Errors
    ///
    /// See [`RuleError`]. A rule that can never match or that changes nothing is not an error here.
    pub fn new(
        begins_with: DialString,
        digits: u32,
        remove: u32,
        prefix: DialString,
    ) -> Result<Self, RuleError> {
        let rule = Self {
            begins_with: begins_with.into_text(),
            digits: to_count(digits).ok_or(RuleError::Digits)?,
            remove: to_count(remove).ok_or(RuleError::Remove)?,
            prefix: prefix.into_text(),
        };
        rule.check_counts().map(|()| rule)
    }

    /// The rule that a client reads from these attribute values of a deployed file; all values are
    /// accepted.
    ///
    /// `digits <= 0` matches any length; a negative `remove`, or one above the number's length,
    /// removes everything.
    #[must_use]
    pub fn from_deployed(begins_with: &str, digits: i32, remove: i32, prefix: &str) -> Self {
        Self {
            begins_with: CompactString::new(begins_with),
            digits,
            remove,
            prefix: CompactString::new(prefix),
        }
    }

    /// Checks that the rule is within CUCM's limits.
    ///
    /// # Errors
    ///
    /// The first limit that the rule exceeds.
    pub fn check(&self) -> Result<(), RuleError> {
        DialString::new(&self.begins_with).map_err(RuleError::BeginsWith)?;
        DialString::new(&self.prefix).map_err(RuleError::Prefix)?;
        self.check_counts()
    }

    fn check_counts(&self) -> Result<(), RuleError> {
        let limit = i32::try_from(Self::DIGITS_LIMIT).unwrap_or(i32::MAX);
        if !(0..=limit).contains(&self.digits) {
            return Err(RuleError::Digits);
        }
        if !(0..=limit).contains(&self.remove) {
            return Err(RuleError::Remove);
        }
        if self.digits > 0 && self.remove > self.digits {
            return Err(RuleError::RemoveAboveDigits);
        }
        Ok(())
    }

    /// Number Begins With; empty matches every number.
    #[inline]
    #[must_use]
    pub fn begins_with(&self) -> &str {
        &self.begins_with
    }

    /// Number of Digits as in the file; zero and below mean any length.
    #[inline]
    #[must_use]
    pub fn digits(&self) -> i32 {
        self.digits
    }

    /// Number of Digits as a length in bytes; `None` means any length.
    #[inline]
    #[must_use]
    pub fn length(&self) -> Option<usize> {
        usize::try_from(self.digits).ok().filter(|length| *length > 0)
    }

    /// Total Digits to be Removed as in the file; a negative value removes everything.
    #[inline]
    #[must_use]
    pub fn remove(&self) -> i32 {
        self.remove
    }

    /// Prefix With Pattern.
    #[inline]
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How many bytes the rule removes from a number of `length` bytes.
    #[inline]
    #[must_use]
    pub fn removed_from(&self, length: usize) -> usize {
        usize::try_from(self.remove).map_or(length, |remove| remove.min(length))
    }

    /// Whether a client would use this rule for `number`.
    #[inline]
    #[must_use]
    pub fn matches(&self, number: &[u8]) -> bool {
        self.mismatch(number).is_none()
    }

    /// Why a client skips this rule; `None` when it matches.
    #[inline]
    #[must_use]
    pub fn mismatch(&self, number: &[u8]) -> Option<Mismatch> {
        if number.is_empty() {
            return Some(Mismatch::EmptyNumber);
        }
        if let Some(expected) = self.length().filter(|length| *length != number.len()) {
            return Some(Mismatch::Length { expected, given: number.len() });
        }
        let begins_with = self.begins_with.as_bytes();
        (!number.starts_with(begins_with)).then(|| Mismatch::BeginsWith {
            equal: number.iter().zip(begins_with).take_while(|(a, b)| a == b).count(),
        })
    }

    /// Appends the result for a number that the rule matches: the prefix, then the rest of the
    /// number.
    #[inline]
    pub fn rewrite(&self, number: &[u8], result: &mut Vec<u8>) {
        result.extend_from_slice(self.prefix.as_bytes());
        result.extend_from_slice(&number[self.removed_from(number.len())..]);
    }
}

/// Why a rule does not match a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The number is empty, and no rule matches it.
    EmptyNumber,
    /// The length of the number is not the rule's number of digits.
    Length {
        /// The rule's number of digits.
        expected: usize,
        /// The length of the number, in bytes.
        given: usize,
    },
    /// The number does not begin with the rule's begins-with.
    BeginsWith {
        /// How many leading bytes are equal.
        equal: usize,
    },
}

/// The limit of CUCM that a rule exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Number Begins With is not a dial string.
    #[error("begins-with is not a dial string of at most 100 characters")]
    BeginsWith(#[source] DialStringError),
    /// Number of Digits is not 0 to 100.
    #[error("number of digits is not between 0 and 100")]
    Digits,
    /// Total Digits to be Removed is not 0 to 100.
    #[error("total digits to be removed is not between 0 and 100")]
    Remove,
    /// More digits are removed than the number has.
    #[error("more digits are to be removed than the number has")]
    RemoveAboveDigits,
    /// Prefix With Pattern is not a dial string.
    #[error("prefix is not a dial string of at most 100 characters")]
    Prefix(#[source] DialStringError),
}

fn to_count(value: u32) -> Option<i32> {
    i32::try_from(value).ok()
}
