//! A piece of the table that fits in one line of the processor's cache: one look-up waits for one
//! of these.

use super::key::Keys;

/// No rule: the number stays as it is.
pub(super) const NO_RULE: u32 = u32::MAX;

/// Places of a line: what holds from its first key on, and where that changes.
pub(super) const PLACES: usize = 7;

/// The action of a place says that it stands in the list of all rules' actions instead.
pub(super) const FAR: u8 = u8::MAX;

/// How a key and the rule that wins from it on lie in 64 bits, in the order of the keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    rule_bits: u32,
    pub(super) keys: Keys,
}

impl Layout {
    /// The layout for a list of `rules` rules whose begins-with have up to `digits` digits.
    pub(super) fn of(rules: usize, digits: usize) -> Self {
        let rule_bits = usize::BITS - rules.leading_zeros();
        Self { rule_bits, keys: Keys::below(u64::BITS - rule_bits, digits) }
    }

    /// What says: from `key` on `rule` wins; [`NO_RULE`] becomes all ones.
    pub(super) fn entry(self, key: u64, rule: u32) -> u64 {
        key << self.rule_bits | u64::from(rule) & self.rule_mask()
    }

    pub(super) fn key(self, entry: u64) -> u64 {
        entry >> self.rule_bits
    }

    #[inline(always)]
    pub(super) fn rule(self, entry: u64) -> u32 {
        let rule = entry & self.rule_mask();
        let all_ones = u32::from(rule == self.rule_mask()).wrapping_neg();
        rule as u32 | all_ones
    }

    #[inline]
    fn rule_mask(self) -> u64 {
        (1 << self.rule_bits) - 1
    }
}

/// Lines that divide a stretch of keys into equal parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Keys below this are in the first line.
    pub(super) base: u64,
    /// Lines to `2^64` keys.
    pub(super) scale: u64,
    /// Where these lines begin.
    pub(super) first: u32,
    /// How many follow the first.
    pub(super) more: u32,
}

impl Span {
    /// The line of a key.
    #[inline(always)]
    pub(super) fn line(&self, key: u64) -> usize {
        let scaled = u128::from(key.saturating_sub(self.base)) * u128::from(self.scale);
        self.first as usize + ((scaled >> 64) as usize).min(self.more as usize)
    }
}

/// What holds for the keys of one line.
///
/// The first word has, from the lowest bit on, 32 bits for the rule that wins where the line
/// begins, one bit for each of the other places, and how many keys a closed place holds. Behind
/// them, before the next place, the line's first rule wins again: so most rules need one place. The
/// other words are entries of the layout, ascending, all ones where there are none.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Line {
    words: [u64; PLACES],
    /// The action of each place.
    actions: [u8; PLACES],
    /// This line has too much for its places: its words are a [`Span`] of further lines.
    is_span: bool,
}

const CLOSED_SHIFT: u32 = 32;
const SIZE_SHIFT: u32 = CLOSED_SHIFT + PLACES as u32 - 1;

/// Above the most keys that a closed place holds.
pub(super) const SIZE_LIMIT: u64 = 1 << (u64::BITS - SIZE_SHIFT);

/// A place of a line that is being made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) entry: u64,
    pub(super) action: u8,
    pub(super) is_closed: bool,
}

impl Line {
    /// The line whose first rule is `rule` and whose closed places hold `size` keys, below
    /// [`SIZE_LIMIT`].
    pub(super) fn of((rule, action): (u32, u8), size: u64, places: &[Place]) -> Self {
        let mut line =
            Self { words: [u64::MAX; PLACES], actions: [action; PLACES], is_span: false };
        line.words[0] = size << SIZE_SHIFT | u64::from(rule);
        for (at, place) in (1..PLACES).zip(places) {
            line.words[at] = place.entry;
            line.actions[at] = place.action;
            line.words[0] |= u64::from(place.is_closed) << (CLOSED_SHIFT + at as u32 - 1);
        }
        line
    }

    /// A line that leads to others.
    pub(super) fn span(span: Span) -> Self {
        let mut line = Self::of((NO_RULE, 0), 0, &[]);
        line.is_span = true;
        line.words[..4].copy_from_slice(&[
            span.base,
            span.scale,
            u64::from(span.first),
            u64::from(span.more),
        ]);
        line
    }

    /// The lines that this one leads to.
    #[inline]
    pub(super) fn as_span(&self) -> Option<Span> {
        self.is_span.then(|| Span {
            base: self.words[0],
            scale: self.words[1],
            first: self.words[2] as u32,
            more: self.words[3] as u32,
        })
    }

    /// A word of it.
    #[inline]
    pub(super) fn first_word(&self) -> u64 {
        self.words[0]
    }

    /// The rule that wins for a key, and the action of its place.
    #[inline(always)]
    pub(super) fn find(&self, layout: Layout, key: u64) -> (u32, u8) {
        let last = layout.entry(key, NO_RULE);
        let passed: usize = self.words[1..].iter().map(|entry| usize::from(*entry <= last)).sum();
        let head = self.words[0];
        let inside = layout.key(last.wrapping_sub(self.words[passed]));
        let is_closed = head >> CLOSED_SHIFT << 1 >> passed & 1 != 0;
        let is_behind = is_closed & (inside >= head >> SIZE_SHIFT);
        // no branch, for which of them it is changes from number to number
        let place = passed & usize::from(is_behind).wrapping_sub(1);
        (layout.rule(self.words[place]), self.actions[place])
    }
}
