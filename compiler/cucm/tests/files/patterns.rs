//! Numbers of route and translation patterns.

use adr_cucm::{PatternError, pattern_numbers};
use proptest::prelude::proptest;

#[test]
fn finite_pattern_has_its_numbers() {
    for (pattern, expected) in [
        ("911", &["911"][..]),
        ("9.911", &["9911"]),
        ("\\+1[13]0", &["+110", "+130"]),
        ("11[^0-7]", &["118", "119"]),
        ("[2-3*]#", &["*#", "2#", "3#"]),
        ("[11]2", &["12"]),
    ] {
        assert_eq!(pattern_numbers(pattern, 10).expect(pattern), expected, "{pattern}");
    }
    assert_eq!(pattern_numbers("1XX", 100).expect("numbers").len(), 100);
}

#[test]
fn infinite_or_malformed_pattern_is_an_error() {
    for (pattern, expected) in [
        ("9.@", PatternError::NumberingPlan),
        ("9.011!#", PatternError::Repetition),
        ("1[2-9]+", PatternError::Repetition),
        ("12?", PatternError::Repetition),
        ("1XX", PatternError::TooMany { limit: 10 }),
        ("", PatternError::Malformed),
        (".", PatternError::Malformed),
        ("[", PatternError::Malformed),
        ("1[]", PatternError::Malformed),
        ("1[^0-9]", PatternError::Malformed),
        ("1[9-2]", PatternError::Malformed),
        ("1[2-", PatternError::Malformed),
        ("1[2-]", PatternError::Malformed),
        ("1\\", PatternError::Malformed),
        ("1-2", PatternError::Malformed),
    ] {
        assert_eq!(pattern_numbers(pattern, 10), Err(expected), "{pattern}");
    }
}

proptest! {
    #[test]
    fn any_pattern_is_decided_without_panic(pattern in "[0-9X@!?+.*#\\[\\]^\\\\-]{0,12}|.{0,8}") {
        if let Ok(numbers) = pattern_numbers(&pattern, 1_000) {
            assert!(!numbers.is_empty() && numbers.len() <= 1_000);
            assert!(numbers.windows(2).all(|pair| pair[0].len() == pair[1].len()));
            assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        }
    }
}
