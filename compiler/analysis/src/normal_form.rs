//! What a rule does to all numbers with one prefix, in a form in which equal effects are equal
//! values.

use adr_engine::Rule;

use crate::actions::Action;

/// All numbers that begin with a text, or with a text and one more symbol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefix<'r> {
    text: &'r [u8],
    /// Empty, or the one symbol.
    symbol: &'r [u8],
}

/// Every byte, so that any of them can be borrowed.
static SYMBOLS: [u8; 256] = {
    let mut symbols = [0; 256];
    let mut at = 0;
    while at < 256 {
        symbols[at] = at as u8;
        at += 1;
    }
    symbols
};

impl<'r> Prefix<'r> {
    /// The prefix that is a text.
    pub(crate) fn of(text: &'r [u8]) -> Self {
        Self { text, symbol: b"" }
    }

    /// The prefix that is a text and one more symbol.
    pub(crate) fn with_symbol(text: &'r [u8], symbol: u8) -> Self {
        let at = usize::from(symbol);
        Self { text, symbol: &SYMBOLS[at..=at] }
    }

    /// In bytes.
    pub(crate) fn length(&self) -> usize {
        self.text.len() + self.symbol.len()
    }

    /// Writes the prefix into a buffer.
    pub(crate) fn write_to(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.extend_from_slice(self.text);
        buffer.extend_from_slice(self.symbol);
    }

    /// What is left of the prefix when `removed` bytes are removed from the front, in two parts.
    #[inline]
    pub(crate) fn suffix(&self, removed: usize) -> [&'r [u8]; 2] {
        let of_symbol = removed.saturating_sub(self.text.len());
        [
            &self.text[removed.min(self.text.len())..],
            &self.symbol[of_symbol.min(self.symbol.len())..],
        ]
    }
}

/// The effect of a rule on the numbers `v·x` with prefix `v`: drop the first bytes of the free part
/// `x`, then put a constant text in front.
///
/// Where the alphabet has at least two symbols, two rules have the same effect on every number with
/// a prefix exactly when their normal forms are equal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NormalForm<'r> {
    /// Bytes of the free part that are dropped.
    pub(crate) dropped: usize,
    /// The constant text in parts: the prefix that the rule writes, and what it leaves of `v`.
    pub(crate) parts: [&'r [u8]; 3],
}

/// Free bytes that make the results of two different normal forms equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Coincidence {
    /// Position of the first of the bytes.
    pub(crate) at: usize,
    pub(crate) bytes: Vec<u8>,
}

impl Coincidence {
    /// The same bytes, with positions counted from `bytes` further to the left.
    pub(crate) fn shifted(self, bytes: usize) -> Self {
        Self { at: self.at + bytes, ..self }
    }
}

impl<'r> NormalForm<'r> {
    /// The normal form of a rule for the numbers of `length` that begin with `prefix`; without a
    /// rule, the identity.
    pub(crate) fn of(rule: Option<&'r Rule>, prefix: &'r [u8], length: usize) -> Self {
        Self::at(Action::of(rule), Prefix::of(prefix), length)
    }

    /// The normal form of an action for the numbers of `length` with a prefix.
    #[inline]
    pub(crate) fn at(action: Action<'r>, prefix: Prefix<'r>, length: usize) -> Self {
        let removed = action.removed_from(length);
        let [left, symbol] = prefix.suffix(removed);
        Self {
            dropped: removed.saturating_sub(prefix.length()),
            parts: [action.prefix, left, symbol],
        }
    }

    /// The constant text.
    pub(crate) fn text(&self) -> impl Iterator<Item = u8> {
        self.parts.into_iter().flatten().copied()
    }

    /// Length of the constant text, in bytes.
    pub(crate) fn text_length(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.dropped == other.dropped
            && self.text_length() == other.text_length()
            && is_same_text(&self.parts, &other.parts)
    }

    /// The free bytes for which two different normal forms give the same result; positions are
    /// counted from the end of the prefix. `None` when no number has the same result.
    pub(crate) fn coincidence(&self, other: &Self) -> Option<Coincidence> {
        let (less, more) = if self.dropped < other.dropped { (self, other) } else { (other, self) };
        let extra = more.dropped - less.dropped;
        let fits = extra > 0
            && more.text_length() == less.text_length() + extra
            && more.text().take(less.text_length()).eq(less.text());
        fits.then(|| Coincidence {
            at: less.dropped,
            bytes: more.text().skip(less.text_length()).collect(),
        })
    }
}

/// Whether two texts in parts, of equal length, are equal.
#[inline]
pub(crate) fn is_same_text(one: &[&[u8]], other: &[&[u8]]) -> bool {
    let mut others = other.iter();
    let mut part: &[u8] = &[];
    for mut own in one.iter().copied() {
        while !own.is_empty() {
            if part.is_empty() {
                match others.next() {
                    Some(next) => part = next,
                    None => return false,
                }
            }
            let length = own.len().min(part.len());
            // there are few bytes, so that a call would cost more than the comparison
            if own.iter().zip(part).any(|(a, b)| a != b) {
                return false;
            }
            own = &own[length..];
            part = &part[length..];
        }
    }
    true
}
