//! The emergency numbers of a cluster: what its route and translation patterns are flagged with.

use std::fmt;

use adr_diagnostic::visible;

use crate::axl::RoutingPattern;
use crate::pattern_numbers::{PatternError, pattern_numbers};

/// Most numbers that one flagged pattern contributes. `1XX` has 100; a pattern with more numbers is
/// a mistake of the flag rather than a list of emergency numbers.
pub const NUMBERS_PER_PATTERN: usize = 1_000;

/// Most numbers that all flagged patterns of a cluster contribute.
pub const EMERGENCY_NUMBERS: usize = 10_000;

/// The patterns of a cluster that are flagged as emergency service numbers.
///
/// A flagged pattern matches a number as CUCM gets it from a client, after the client applied its
/// dial rules. The pattern `9.911` gives the number `9911`, and not `911` as well: `.` only says
/// what CUCM cuts off afterwards. Whether `911` reaches `9911` is a question for the dial rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlaggedPatterns {
    /// Whether CUCM said which patterns are flagged. AXL before 11.0 does not have the flag, so
    /// without patterns here there may be emergency numbers nevertheless.
    pub is_known: bool,
    /// The flagged patterns, sorted by pattern, partition and kind.
    pub patterns: Vec<FlaggedPattern>,
}

/// A pattern that is flagged as an emergency service number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlaggedPattern {
    /// The kind of the pattern.
    pub kind: PatternKind,
    /// The pattern as CUCM shows it, such as `9.911`.
    pub pattern: String,
    /// The partition; empty for none.
    pub partition: String,
    /// The numbers that the pattern matches, sorted, or why it contributes none.
    pub numbers: Result<Vec<String>, NoNumbers>,
}

/// The two record types of patterns that have the flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatternKind {
    /// A route pattern.
    Route,
    /// A translation pattern.
    Translation,
}

/// As in a sentence: `route pattern`.
impl fmt::Display for PatternKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Route => "route pattern",
            Self::Translation => "translation pattern",
        })
    }
}

/// Such as: route pattern `9.911` in partition `PSTN`. The text is one line.
impl fmt::Display for FlaggedPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, visible(&self.pattern))?;
        match self.partition.as_str() {
            "" => Ok(()),
            partition => write!(f, " in partition `{}`", visible(partition)),
        }
    }
}

/// Why a flagged pattern contributes no emergency numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoNumbers {
    /// The pattern has no finite set of numbers.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// CUCM blocks calls to the pattern, so no number reaches it.
    #[error("CUCM blocks calls to it")]
    Blocked,
    /// A number has a letter, and dial rules have none.
    #[error("the number `{0}` has a letter, and dial rules have none")]
    Letter(String),
    /// Together with the patterns before it, there are too many numbers.
    #[error("the flagged patterns have more than {EMERGENCY_NUMBERS} numbers")]
    TooMany,
}

impl FlaggedPatterns {
    /// The flagged ones among the patterns of a cluster.
    ///
    /// ```
    /// use adr_cucm::{FlaggedPatterns, axl::RoutingPattern};
    ///
    /// let flagged = |pattern: &str| RoutingPattern {
    ///     pattern: pattern.to_owned(),
    ///     is_emergency: Some(true),
    ///     ..RoutingPattern::default()
    /// };
    /// let found = FlaggedPatterns::of(&[flagged("9.911"), flagged("9.@")], &[]);
    /// assert_eq!(found.numbers(), ["9911"]);
    /// let unknown = found.patterns[1].numbers.as_ref().unwrap_err();
    /// assert_eq!(unknown.to_string(), "`@` stands for a numbering plan");
    /// ```
    #[must_use]
    pub fn of(route: &[RoutingPattern], translation: &[RoutingPattern]) -> Self {
        let of_kind = |kind, patterns: &'_ [RoutingPattern]| -> Vec<_> {
            let flagged = patterns.iter().filter(|pattern| pattern.is_emergency == Some(true));
            flagged.map(|pattern| FlaggedPattern::of(kind, pattern)).collect()
        };
        let mut patterns = of_kind(PatternKind::Route, route);
        patterns.extend(of_kind(PatternKind::Translation, translation));
        patterns.sort_by(|a, b| a.key().cmp(&b.key()));
        patterns.dedup_by(|a, b| a.key() == b.key() && a.numbers == b.numbers);
        let mut count = 0;
        for pattern in &mut patterns {
            count += pattern.numbers.as_ref().map_or(0, Vec::len);
            if count > EMERGENCY_NUMBERS && pattern.numbers.is_ok() {
                pattern.numbers = Err(NoNumbers::TooMany);
            }
        }
        let mut all = route.iter().chain(translation);
        Self { is_known: all.all(|pattern| pattern.is_emergency.is_some()), patterns }
    }

    /// The numbers of all flagged patterns, sorted, each once.
    #[must_use]
    pub fn numbers(&self) -> Vec<&str> {
        let numbers = self.patterns.iter().filter_map(|pattern| pattern.numbers.as_ref().ok());
        let mut numbers: Vec<_> = numbers.flatten().map(String::as_str).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

impl FlaggedPattern {
    fn of(kind: PatternKind, pattern: &RoutingPattern) -> Self {
        Self {
            kind,
            pattern: pattern.pattern.clone(),
            partition: pattern.partition.clone(),
            numbers: numbers(pattern),
        }
    }

    fn key(&self) -> (&str, &str, PatternKind) {
        (&self.pattern, &self.partition, self.kind)
    }
}

fn numbers(pattern: &RoutingPattern) -> Result<Vec<String>, NoNumbers> {
    if pattern.is_blocked == Some(true) {
        return Err(NoNumbers::Blocked);
    }
    let numbers = pattern_numbers(&pattern.pattern, NUMBERS_PER_PATTERN)?;
    match numbers.iter().find(|number| number.bytes().any(|byte| byte.is_ascii_alphabetic())) {
        Some(number) => Err(NoNumbers::Letter(number.clone())),
        None => Ok(numbers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> RoutingPattern {
        RoutingPattern {
            pattern: text.to_owned(),
            is_emergency: Some(true),
            ..RoutingPattern::default()
        }
    }

    #[test]
    fn pattern_without_finite_set_is_listed_with_its_reason() {
        let blocked = RoutingPattern { is_blocked: Some(true), ..pattern("113") };
        let plain = RoutingPattern { is_emergency: Some(false), ..pattern("5XXX") };
        let route = [pattern("9.911"), pattern("911"), pattern("9.@"), pattern("9.!"), plain];
        let found = FlaggedPatterns::of(&route, &[pattern("11[0-2]"), pattern("9A"), blocked]);
        assert!(found.is_known);
        assert_eq!(found.numbers(), ["110", "111", "112", "911", "9911"]);
        let reasons = found.patterns.iter().filter_map(|pattern| {
            let reason = pattern.numbers.as_ref().err()?;
            Some(format!("{pattern}: {reason}"))
        });
        let expected = [
            "translation pattern `113`: CUCM blocks calls to it",
            "route pattern `9.!`: the pattern matches numbers of any length",
            "route pattern `9.@`: `@` stands for a numbering plan",
            "translation pattern `9A`: the number `9A` has a letter, and dial rules have none",
        ];
        assert_eq!(reasons.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn pattern_without_flag_leaves_the_flags_unknown() {
        let unknown = RoutingPattern { is_emergency: None, ..pattern("911") };
        let found = FlaggedPatterns::of(&[unknown], &[]);
        assert_eq!(found, FlaggedPatterns { is_known: false, patterns: Vec::new() });
    }

    #[test]
    fn patterns_with_too_many_numbers_contribute_none() {
        let many: Vec<_> = (10..30).map(|at| pattern(&format!("{at}XXX"))).collect();
        let found = FlaggedPatterns::of(&many, &[pattern("4XXXX")]);
        assert_eq!(found.numbers().len(), EMERGENCY_NUMBERS);
        let limit = PatternError::TooMany { limit: NUMBERS_PER_PATTERN };
        let last = found.patterns.last().map(|pattern| &pattern.numbers);
        assert_eq!(last, Some(&Err(NoNumbers::Pattern(limit))));
        let too_many = found.patterns.iter().filter(|it| it.numbers == Err(NoNumbers::TooMany));
        assert_eq!(too_many.count(), 10);
    }
}
