//! A range of dial strings, `2000..2449`: its numbers, and the fewest prefixes that cover them.

use adr_engine::DialString;
use compact_str::{CompactString, format_compact};

/// Consecutive numbers with a common beginning and the same number of digits.
///
/// Both sides have the same length, and the same characters other than digits. The lower side is
/// not above the upper one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DialRange {
    /// The first number.
    low: CompactString,
    /// The last number.
    high: CompactString,
}

/// Why two texts are not the sides of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RangeError {
    #[error("a side is empty")]
    Empty,
    #[error("the sides have different lengths")]
    Lengths,
    /// Somewhere after their common beginning a side has a character that is not a digit.
    #[error("the sides differ in more than digits")]
    Characters,
    #[error("the lower side is above the upper one")]
    Descending,
}

impl DialRange {
    /// Makes a range of two dial strings.
    pub(crate) fn new(low: &str, high: &str) -> Result<Self, RangeError> {
        if low.is_empty() || high.is_empty() {
            return Err(RangeError::Empty);
        }
        if low.len() != high.len() {
            return Err(RangeError::Lengths);
        }
        let head = common(low, high);
        if !digits_only(&low[head..]) || !digits_only(&high[head..]) {
            return Err(RangeError::Characters);
        }
        if low > high {
            return Err(RangeError::Descending);
        }
        Ok(Self { low: low.into(), high: high.into() })
    }

    /// The number of characters of each number.
    pub(crate) fn width(&self) -> usize {
        self.low.len()
    }

    /// The number of numbers; [`usize::MAX`] if there are more.
    pub(crate) fn count(&self) -> usize {
        let head = common(&self.low, &self.high);
        let value = |text: &str| match text {
            "" => Ok(0),
            digits => digits.parse::<usize>(),
        };
        match (value(&self.low[head..]), value(&self.high[head..])) {
            (Ok(low), Ok(high)) => (high - low).saturating_add(1),
            _ => usize::MAX,
        }
    }

    /// Its numbers, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = CompactString> {
        let high = self.high.clone();
        std::iter::successors(Some(self.low.clone()), move |last| {
            (*last < high).then(|| next(last))
        })
    }

    /// The smallest set of prefixes of its numbers, ascending. A number of at least
    /// [`DialRange::width`] characters, all of them digits after the common beginning, begins with
    /// one of the prefixes exactly if it begins with a number of the range. No prefix is empty.
    pub(crate) fn prefixes(&self) -> Vec<CompactString> {
        let mut prefixes = Vec::new();
        let mut open = vec![(self.low.clone(), self.high.clone())];
        while let Some((low, high)) = open.pop() {
            let head = common(&low, &high);
            let is_whole = low[head..].bytes().all(|digit| digit == b'0')
                && high[head..].bytes().all(|digit| digit == b'9');
            if is_whole && head > 0 {
                prefixes.push(CompactString::from(&low[..head]));
            } else {
                open.extend(parts(&low, &high, head).rev());
            }
        }
        prefixes
    }
}

/// The ranges of each digit that may stand at `head`, where the sides differ.
fn parts<'r>(
    low: &'r str,
    high: &'r str,
    head: usize,
) -> impl DoubleEndedIterator<Item = (CompactString, CompactString)> + 'r {
    let (first, last) = (low.as_bytes()[head], high.as_bytes()[head]);
    let rest = low.len() - head - 1;
    (first..=last).map(move |digit| {
        let begins = format_compact!("{}{}", &low[..head], digit as char);
        let side = |is_bound: bool, bound: &str, filler: &str| match is_bound {
            true => CompactString::from(bound),
            false => format_compact!("{begins}{}", filler.repeat(rest)),
        };
        (side(digit == first, low, "0"), side(digit == last, high, "9"))
    })
}

/// The number of characters at the beginning that two texts have in common.
fn common(low: &str, high: &str) -> usize {
    low.bytes().zip(high.bytes()).take_while(|(low, high)| low == high).count()
}

/// The next number of the same length: the last digit that is not 9 is incremented, and the digits
/// after it become 0.
fn next(number: &str) -> CompactString {
    let nines = number.bytes().rev().take_while(|digit| *digit == b'9').count();
    let at = number.len() - nines - 1;
    let up = number.as_bytes()[at] + 1;
    format_compact!("{}{}{}", &number[..at], up as char, "0".repeat(nines))
}

fn digits_only(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The dial string of a text that is known to be one.
pub(crate) fn known(text: &str) -> DialString {
    DialString::new(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

    use proptest::prelude::*;

    use super::{DialRange, RangeError};

    fn prefixes(low: &str, high: &str) -> Vec<String> {
        let range = DialRange::new(low, high).unwrap();
        range.prefixes().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn range_becomes_the_fewest_prefixes() {
        assert_eq!(
            prefixes("2000", "2449"),
            ["20", "21", "22", "23", "240", "241", "242", "243", "244"]
        );
        assert_eq!(prefixes("+14255550", "+14255554").len(), 5);
        assert_eq!(prefixes("112", "112"), ["112"]);
        assert_eq!(prefixes("100", "199"), ["1"]);
    }

    #[test]
    fn range_of_all_digits_keeps_one_digit() {
        assert_eq!(prefixes("00", "99").len(), 10);
        assert_eq!(prefixes("+0", "+9"), ["+"]);
    }

    #[test]
    fn range_with_invalid_sides_is_rejected() {
        assert_eq!(DialRange::new("", ""), Err(RangeError::Empty));
        assert_eq!(DialRange::new("8", "12"), Err(RangeError::Lengths));
        assert_eq!(DialRange::new("1*5", "2*5"), Err(RangeError::Characters));
        assert_eq!(DialRange::new("25", "20"), Err(RangeError::Descending));
    }

    proptest! {
        #[test]
        fn prefixes_cover_the_numbers_and_no_others(low in 0..3_000_u32, more in 0..3_000_u32, head in "[+*]?") {
            let (low, high) = (low, low + more);
            let text = |number: u32| format!("{head}{number:04}");
            let range = DialRange::new(&text(low), &text(high)).unwrap();
            let prefixes = range.prefixes();
            for number in 0..10_000 {
                let covering = prefixes.iter().filter(|prefix| text(number).starts_with(prefix.as_str())).count();
                prop_assert_eq!(covering, usize::from((low..=high).contains(&number)), "{}", number);
            }
            let numbers: Vec<String> = range.numbers().map(String::from).collect();
            prop_assert_eq!(numbers, (low..=high).map(text).collect::<Vec<_>>());
            prop_assert_eq!(range.count(), more as usize + 1);
        }
    }
}
