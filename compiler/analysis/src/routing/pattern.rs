//! The syntax of route and translation patterns.

/// Longest pattern that is read, in bytes. CUCM's page takes 50 characters.
pub const MAX_PATTERN: usize = 255;

/// A set of the symbols that can stand in a dialed number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct SymbolSet(pub(crate) u32);

/// Every symbol, at its position in a set.
pub(crate) const SYMBOLS: [u8; 17] = *b"0123456789*#+ABCD";

/// The position of each byte in [`SYMBOLS`]; [`NO_SYMBOL`] for other bytes.
static POSITIONS: [u8; 256] = {
    let mut positions = [NO_SYMBOL; 256];
    let mut at = 0;
    while at < SYMBOLS.len() {
        positions[SYMBOLS[at] as usize] = at as u8;
        at += 1;
    }
    positions
};

const NO_SYMBOL: u8 = u8::MAX;

/// The position of a byte in [`SYMBOLS`].
pub(crate) fn symbol(byte: u8) -> Option<usize> {
    Some(POSITIONS[usize::from(byte)]).filter(|at| *at != NO_SYMBOL).map(usize::from)
}

impl SymbolSet {
    /// `0` to `9`.
    const DIGITS: Self = Self(0x3ff);
    /// What a numbering plan may match: digits, `*` and `#`.
    const PLAN: Self = Self(0xfff);

    fn of(byte: u8) -> Option<Self> {
        symbol(byte.to_ascii_uppercase()).map(|at| Self(1 << at))
    }

    pub(crate) fn contains(self, symbol: usize) -> bool {
        self.0 >> symbol & 1 == 1
    }

    pub(crate) fn size(self) -> u32 {
        self.0.count_ones()
    }
}

/// An element of a pattern: some symbols of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Element {
    pub(crate) set: SymbolSet,
    /// Whether it may be left out.
    pub(crate) is_optional: bool,
    /// Whether any number of symbols may follow the first.
    pub(crate) repeats: bool,
}

impl Element {
    fn one(set: SymbolSet) -> Self {
        Self { set, is_optional: false, repeats: false }
    }
}

/// A route or translation pattern.
///
/// | in the pattern | matches |
/// |---|---|
/// | `0-9`, `*`, `#`, `A-D`, `\+` | itself |
/// | `X` | one digit |
/// | `[2-58]`, `[^2-58]` | one of the symbols; one digit that is not listed |
/// | `!` | one or more digits |
/// | `+` | one or more of what is before it |
/// | `?` | none or more of what is before it |
/// | `.` | nothing; CUCM cuts off there |
/// | `@` | a number of a numbering plan, which the pattern does not show |
///
/// ```
/// use adr_analysis::routing::DialPattern;
///
/// let pattern = DialPattern::new("9.011[2-9]X+")?;
/// assert!(pattern.matches(b"9011441") && pattern.matches(b"9011441234"));
/// assert!(!pattern.matches(b"901144#") && !pattern.matches(b"90114"));
/// assert!(DialPattern::new("9.@")?.has_numbering_plan());
/// assert!(DialPattern::new("+49!").is_err()); // a plus that is dialed is written `\+`
/// # Ok::<(), adr_analysis::routing::PatternSyntaxError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialPattern {
    pub(crate) elements: Vec<Element>,
    pub(crate) has_plan: bool,
}

/// Why a text is not a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternSyntaxError {
    /// The pattern has no element.
    Empty,
    /// The pattern is longer than [`MAX_PATTERN`].
    TooLong,
    /// `+` or `?` has nothing before it that it could repeat.
    NothingToRepeat,
    /// `[` has no `]`, or the text between them is not a set.
    Set,
    /// A character that patterns do not have.
    Character(char),
}

impl std::fmt::Display for PatternSyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("the pattern is empty"),
            Self::TooLong => write!(f, "the pattern is longer than {MAX_PATTERN} characters"),
            Self::NothingToRepeat => {
                f.write_str("nothing is before `+` or `?`; a plus that is dialed is written `\\+`")
            }
            Self::Set => f.write_str("the set between `[` and `]` is malformed"),
            Self::Character(character) => {
                write!(f, "patterns do not have the character `{}`", character.escape_debug())
            }
        }
    }
}

impl std::error::Error for PatternSyntaxError {}

impl DialPattern {
    /// Reads a pattern; spaces around it are ignored.
    ///
    /// # Errors
    ///
    /// See [`PatternSyntaxError`].
    pub fn new(text: &str) -> Result<Self, PatternSyntaxError> {
        let text = text.trim();
        if text.len() > MAX_PATTERN {
            return Err(PatternSyntaxError::TooLong);
        }
        let mut pattern = Self { elements: Vec::new(), has_plan: false };
        let mut can_repeat = false;
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            if matches!(character, '+' | '?') {
                let last = pattern.elements.last_mut().filter(|_| can_repeat);
                let last = last.ok_or(PatternSyntaxError::NothingToRepeat)?;
                last.repeats = true;
                last.is_optional |= character == '?';
                continue;
            }
            can_repeat = character != '.';
            let element = match character {
                '.' => continue,
                'X' | 'x' => Element::one(SymbolSet::DIGITS),
                '!' => Element { repeats: true, ..Element::one(SymbolSet::DIGITS) },
                '@' => {
                    pattern.has_plan = true;
                    Element { repeats: true, ..Element::one(SymbolSet::PLAN) }
                }
                '[' => {
                    let (inside, after) =
                        rest.as_str().split_once(']').ok_or(PatternSyntaxError::Set)?;
                    rest = after.chars();
                    Element::one(set(inside).ok_or(PatternSyntaxError::Set)?)
                }
                '\\' if rest.next() == Some('+') => Element::one(SymbolSet(1 << 12)),
                _ => Element::one(single(character)?),
            };
            pattern.elements.push(element);
        }
        if pattern.elements.is_empty() { Err(PatternSyntaxError::Empty) } else { Ok(pattern) }
    }

    /// Whether the pattern has `@`, so that which numbers it matches is not known.
    #[must_use]
    pub fn has_numbering_plan(&self) -> bool {
        self.has_plan
    }

    /// Whether the pattern matches a whole number; with `@`, whether it may.
    #[must_use]
    pub fn matches(&self, number: &[u8]) -> bool {
        let mut reached = vec![false; self.elements.len() + 1];
        reached[0] = true;
        self.skip_optional(&mut reached);
        for byte in number {
            let mut next = vec![false; reached.len()];
            for (at, element) in self.elements.iter().enumerate() {
                let fits = symbol(*byte).is_some_and(|symbol| element.set.contains(symbol));
                next[at + 1] |= fits && (reached[at] || element.repeats && reached[at + 1]);
            }
            self.skip_optional(&mut next);
            reached = next;
        }
        reached.last() == Some(&true)
    }

    fn skip_optional(&self, reached: &mut [bool]) {
        for (at, element) in self.elements.iter().enumerate() {
            reached[at + 1] |= reached[at] && element.is_optional;
        }
    }
}

/// The symbols between `[` and `]`.
fn set(inside: &str) -> Option<SymbolSet> {
    let listed = inside.strip_prefix('^');
    let mut set = 0;
    let mut bytes = listed.unwrap_or(inside).bytes().peekable();
    while let Some(first) = bytes.next() {
        let SymbolSet(one) = SymbolSet::of(first)?;
        set |= one;
        if first.is_ascii_digit() && bytes.next_if_eq(&b'-').is_some() {
            let last = bytes.next().filter(|last| last.is_ascii_digit() && *last >= first)?;
            set |= (first..=last).fold(0, |set, digit| set | 1 << (digit - b'0'));
        }
    }
    if listed.is_some() {
        set = SymbolSet::DIGITS.0 & !set;
    }
    (set != 0).then_some(SymbolSet(set))
}

/// The set of a character that stands for itself.
fn single(character: char) -> Result<SymbolSet, PatternSyntaxError> {
    let byte = u8::try_from(character).ok();
    let set = byte.filter(|byte| *byte != b'+').and_then(SymbolSet::of);
    set.ok_or(PatternSyntaxError::Character(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_matches_what_its_elements_say() {
        let cases = [
            ("9.911", "9911", true),
            ("9.911", "911", false),
            ("4xXX", "4123", true),
            ("\\+.!", "+4", true),
            ("\\+.!", "+", false),
            ("9.!#", "91#", true),
            ("9.!#", "91", false),
            ("[^1-35]", "4", true),
            ("[^1-35]", "5", false),
            ("[^1-35]", "*", false),
            ("[*1]5?", "*", true),
            ("[*1]5?", "1555", true),
            ("12+3", "1223", true),
            ("12+3", "13", false),
            ("12?3", "13", true),
            ("1!?", "1", true),
            ("aB", "AB", true),
            ("9.@", "91*#", true),
            ("9.@", "9", false),
            ("1", "1x", false),
        ];
        for (pattern, number, expected) in cases {
            let read = DialPattern::new(pattern).unwrap();
            assert_eq!(read.matches(number.as_bytes()), expected, "{pattern} {number}");
        }
    }

    #[test]
    fn text_that_is_not_a_pattern_is_rejected_with_the_reason() {
        let cases = [
            ("", PatternSyntaxError::Empty),
            (" . ", PatternSyntaxError::Empty),
            ("+49", PatternSyntaxError::NothingToRepeat),
            ("9.?", PatternSyntaxError::NothingToRepeat),
            ("[12", PatternSyntaxError::Set),
            ("[]", PatternSyntaxError::Set),
            ("[3-1]", PatternSyntaxError::Set),
            ("[1-]", PatternSyntaxError::Set),
            ("[^0-9]", PatternSyntaxError::Set),
            ("[x]", PatternSyntaxError::Set),
            ("1é", PatternSyntaxError::Character('é')),
            ("\\9", PatternSyntaxError::Character('\\')),
            ("1 2", PatternSyntaxError::Character(' ')),
        ];
        for (text, error) in cases {
            assert_eq!(DialPattern::new(text), Err(error), "{text}");
        }
        assert_eq!(DialPattern::new(&"1".repeat(256)), Err(PatternSyntaxError::TooLong));
    }
}
