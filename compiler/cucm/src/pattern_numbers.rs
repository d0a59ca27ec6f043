//! The numbers that a route or translation pattern matches, where they are finitely many.

/// The numbers that a pattern matches, sorted, each once.
///
/// Syntax of CUCM: digits, `*`, `#`, `A` to `D`, `\+`, `X` for a digit, `[2-9]` and `[^2-9]` for
/// sets of digits, and `.`, which matches nothing. `!`, `?` and `+` repeat, and `@` stands for a
/// numbering plan, so such patterns have no finite set; adrc lists them and guesses nothing.
///
/// ```
/// use adr_cucm::{PatternError, pattern_numbers};
///
/// assert_eq!(pattern_numbers("9.911", 100)?, ["9911"]);
/// assert_eq!(pattern_numbers("\\+11[0-2]", 100)?, ["+110", "+111", "+112"]);
/// assert_eq!(pattern_numbers("9.@", 100), Err(PatternError::NumberingPlan));
/// assert_eq!(pattern_numbers("4XXX", 100), Err(PatternError::TooMany { limit: 100 }));
/// # Ok::<(), PatternError>(())
/// ```
///
/// # Errors
///
/// See [`PatternError`].
pub fn pattern_numbers(pattern: &str, limit: usize) -> Result<Vec<String>, PatternError> {
    let mut numbers = vec![String::new()];
    let mut characters = pattern.trim().chars();
    while let Some(character) = characters.next() {
        let set: Vec<char> = match character {
            '.' => continue,
            '!' | '?' | '+' => return Err(PatternError::Repetition),
            '@' => return Err(PatternError::NumberingPlan),
            'X' | 'x' => ('0'..='9').collect(),
            '[' => {
                let end = characters.as_str().find(']').ok_or(PatternError::Malformed)?;
                let (inside, rest) = characters.as_str().split_at(end);
                characters = rest[1..].chars();
                set(inside)?
            }
            '\\' if characters.next() == Some('+') => vec!['+'],
            _ if is_dialed(character) => vec![character.to_ascii_uppercase()],
            _ => return Err(PatternError::Malformed),
        };
        if numbers.len().saturating_mul(set.len()) > limit {
            return Err(PatternError::TooMany { limit });
        }
        let longer = |number: &String| set.iter().map(|next| format!("{number}{next}")).collect();
        numbers = numbers.iter().flat_map::<Vec<_>, _>(longer).collect();
    }
    if numbers.first().is_none_or(String::is_empty) {
        return Err(PatternError::Malformed);
    }
    Ok(numbers)
}

/// Why a pattern has no finite set of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `@` depends on a numbering plan.
    #[error("`@` stands for a numbering plan")]
    NumberingPlan,
    /// `!`, `?` or `+` repeats.
    #[error("the pattern matches numbers of any length")]
    Repetition,
    /// The pattern matches more numbers than the caller wants.
    #[error("the pattern matches more than {limit} numbers")]
    TooMany {
        /// The caller's limit.
        limit: usize,
    },
    /// The pattern is empty, or has characters that CUCM's patterns do not have.
    #[error("the pattern is malformed")]
    Malformed,
}

/// The characters of `[…]`, sorted. `^` selects the digits that are not listed.
fn set(inside: &str) -> Result<Vec<char>, PatternError> {
    let (listed, is_complement) = match inside.strip_prefix('^') {
        Some(listed) => (listed, true),
        None => (inside, false),
    };
    let mut set = Vec::new();
    let mut characters = listed.chars().peekable();
    while let Some(first) = characters.next() {
        let is_range = first.is_ascii_digit() && characters.next_if_eq(&'-').is_some();
        let last = if is_range { characters.next().ok_or(PatternError::Malformed)? } else { first };
        if !is_dialed(first) || first > last || (is_range && !last.is_ascii_digit()) {
            return Err(PatternError::Malformed);
        }
        set.extend(first..=last);
    }
    if is_complement {
        set = ('0'..='9').filter(|digit| !set.contains(digit)).collect();
    }
    set.sort_unstable();
    set.dedup();
    if set.is_empty() { Err(PatternError::Malformed) } else { Ok(set) }
}

/// Whether a character of a pattern stands for itself.
fn is_dialed(character: char) -> bool {
    matches!(character, '0'..='9' | '*' | '#' | 'A'..='D' | 'a'..='d')
}
