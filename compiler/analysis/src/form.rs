//! What a rule does on a whole cone, in a form in which equal actions are equal values.

use adr_engine::Rule;

use crate::actions::Action;

/// Where a cone is: all numbers that begin with a text, and perhaps with one symbol behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'r> {
    pub(crate) prefix: &'r [u8],
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

impl<'r> Place<'r> {
    pub(crate) fn of(prefix: &'r [u8]) -> Self {
        Self { prefix, symbol: b"" }
    }

    /// The place one symbol further.
    pub(crate) fn with(prefix: &'r [u8], symbol: u8) -> Self {
        let at = usize::from(symbol);
        Self { prefix, symbol: &SYMBOLS[at..=at] }
    }

    pub(crate) fn length(&self) -> usize {
        self.prefix.len() + self.symbol.len()
    }

    /// Writes the place's text into a buffer.
    pub(crate) fn write(&self, text: &mut Vec<u8>) {
        text.clear();
        text.extend_from_slice(self.prefix);
        text.extend_from_slice(self.symbol);
    }

    /// What is left when bytes are removed from the front.
    #[inline]
    pub(crate) fn behind(&self, removed: usize) -> [&'r [u8]; 2] {
        let of_symbol = removed.saturating_sub(self.prefix.len());
        [
            &self.prefix[removed.min(self.prefix.len())..],
            &self.symbol[of_symbol.min(self.symbol.len())..],
        ]
    }
}

/// On the numbers `v·x`: drop so many bytes of `x`, and put a constant text in front of the rest.
///
/// Where the alphabet has at least two symbols, two rules do the same to every number of a cone
/// exactly when their forms are equal (facts on analyses, section 3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'r> {
    /// Bytes of the free part that are dropped.
    pub(crate) dropped: usize,
    /// The constant text: what the rule puts there, and what is left of the place.
    pub(crate) pieces: [&'r [u8]; 3],
}

impl<'r> Form<'r> {
    /// The form of a rule on the cone of `prefix` among numbers of `length`; no rule is the
    /// identity.
    pub(crate) fn of(rule: Option<&'r Rule>, prefix: &'r [u8], length: usize) -> Self {
        Self::at(Action::of(rule), Place::of(prefix), length)
    }

    /// The form of an action at a place among numbers of `length`.
    #[inline]
    pub(crate) fn at(action: Action<'r>, place: Place<'r>, length: usize) -> Self {
        let removed = action.removed_from(length);
        let [left, symbol] = place.behind(removed);
        Self {
            dropped: removed.saturating_sub(place.length()),
            pieces: [action.prefix, left, symbol],
        }
    }

    /// The constant text in front.
    pub(crate) fn text(&self) -> impl Iterator<Item = u8> {
        self.pieces.into_iter().flatten().copied()
    }

    pub(crate) fn text_length(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.dropped == other.dropped
            && self.text_length() == other.text_length()
            && is_same_text(&self.pieces, &other.pieces)
    }

    /// Where two different forms give the same all the same: at which positions behind the prefix
    /// which bytes must stand. `None` where they differ everywhere.
    pub(crate) fn agreement(&self, other: &Self) -> Option<(usize, Vec<u8>)> {
        let (less, more) = if self.dropped < other.dropped { (self, other) } else { (other, self) };
        let extra = more.dropped - less.dropped;
        let fits = extra > 0
            && more.text_length() == less.text_length() + extra
            && more.text().take(less.text_length()).eq(less.text());
        fits.then(|| (less.dropped, more.text().skip(less.text_length()).collect()))
    }
}

/// Whether two texts in pieces, of equal length, are equal.
#[inline]
pub(crate) fn is_same_text(one: &[&[u8]], other: &[&[u8]]) -> bool {
    let mut others = other.iter();
    let mut piece: &[u8] = &[];
    for mut own in one.iter().copied() {
        while !own.is_empty() {
            if piece.is_empty() {
                match others.next() {
                    Some(next) => piece = next,
                    None => return false,
                }
            }
            let length = own.len().min(piece.len());
            // a few bytes, for which a call would be the larger part
            if own.iter().zip(piece).any(|(a, b)| a != b) {
                return false;
            }
            own = &own[length..];
            piece = &piece[length..];
        }
    }
    true
}
