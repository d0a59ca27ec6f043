//! One cache line of the table: the memory that a look-up waits for.

use crate::key::Keys;
use crate::winner::NO_RULE;

/// Cells of a line: one for the rule that wins at its first key, the others for changes after it.
pub(crate) const CELLS: usize = 7;

/// Stands for an action whose identifier does not fit into a byte. The list of all rules' actions
/// has it.
pub(crate) const OVERFLOW: u8 = u8::MAX;

/// How an entry packs a key and the rule that wins from it on in 64 bits. Entries sort by key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryLayout {
    /// Bits of the rule, the lowest ones.
    rule_bits: u32,
    pub(crate) keys: Keys,
}

impl EntryLayout {
    /// The layout for a list of `rules` rules whose begins-with have up to `digits` digits.
    pub(crate) fn new(rules: usize, digits: usize) -> Self {
        let rule_bits = usize::BITS - rules.leading_zeros();
        Self { rule_bits, keys: Keys::below(u64::BITS - rule_bits, digits) }
    }

    /// The entry that says: `rule` wins from `key` on. [`NO_RULE`] becomes all ones.
    pub(crate) fn entry(self, key: u64, rule: u32) -> u64 {
        key << self.rule_bits | u64::from(rule) & self.rule_mask()
    }

    /// The key of an entry.
    pub(crate) fn key(self, entry: u64) -> u64 {
        entry >> self.rule_bits
    }

    /// The rule of an entry, or [`NO_RULE`].
    #[inline(always)]
    pub(crate) fn rule(self, entry: u64) -> u32 {
        let rule = entry & self.rule_mask();
        let all_ones = u32::from(rule == self.rule_mask()).wrapping_neg();
        rule as u32 | all_ones
    }

    #[inline]
    fn rule_mask(self) -> u64 {
        (1 << self.rule_bits) - 1
    }
}

/// Successive lines that divide a range of keys into equal parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineRange {
    /// Smaller keys are in the first line.
    pub(crate) base: u64,
    /// Lines per `2^64` keys.
    pub(crate) scale: u64,
    /// Position of the first line.
    pub(crate) first: u32,
    /// How many lines follow the first.
    pub(crate) more: u32,
}

impl LineRange {
    /// The position of the line for a key.
    #[inline(always)]
    pub(crate) fn line(&self, key: u64) -> usize {
        let scaled = u128::from(key.saturating_sub(self.base)) * u128::from(self.scale);
        self.first as usize + ((scaled >> 64) as usize).min(self.more as usize)
    }
}

/// The winners of the keys of one line, in 64 bytes.
///
/// The first word holds, from the lowest bit on: 32 bits for the rule that wins at the beginning of
/// the line; one bit for each other cell, set when the cell is closed; and the size of closed cells
/// in keys. After that many keys of a closed cell, and before the next cell, the line's first rule
/// wins again, so that most rules need one cell. The other words are entries of the layout,
/// ascending, all ones where there are none.
///
/// The words of an index line are a [`LineRange`] instead.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct CacheLine {
    words: [u64; CELLS],
    /// The action of each cell, or [`OVERFLOW`].
    actions: [u8; CELLS],
    /// Whether this line has more winners than cells and leads to other lines.
    is_index: bool,
}

const CLOSED_SHIFT: u32 = 32;
const SIZE_SHIFT: u32 = CLOSED_SHIFT + CELLS as u32 - 1;

/// Above the largest size of a closed cell, in keys.
pub(crate) const SIZE_LIMIT: u64 = 1 << (u64::BITS - SIZE_SHIFT);

/// A cell of a line that is being built.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) entry: u64,
    /// The action of the entry's rule, or [`OVERFLOW`].
    pub(crate) action: u8,
    pub(crate) is_closed: bool,
}

/// A winner as a line stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineWinner {
    /// Position in the list, or [`NO_RULE`].
    pub(crate) rule: u32,
    /// Its action, or [`OVERFLOW`].
    pub(crate) action: u8,
}

impl CacheLine {
    /// The line on which no rule wins.
    pub(crate) const EMPTY: Self = Self {
        words: [NO_RULE as u64, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX],
        actions: [0; CELLS],
        is_index: false,
    };

    /// The line on which `first` wins at the beginning and whose closed cells hold `size` keys,
    /// below [`SIZE_LIMIT`].
    pub(crate) fn new(first: LineWinner, size: u64, cells: &[Cell]) -> Self {
        let mut line = Self { actions: [first.action; CELLS], ..Self::EMPTY };
        line.words[0] = size << SIZE_SHIFT | u64::from(first.rule);
        for (at, cell) in (1..CELLS).zip(cells) {
            line.words[at] = cell.entry;
            line.actions[at] = cell.action;
            line.words[0] |= u64::from(cell.is_closed) << (CLOSED_SHIFT + at as u32 - 1);
        }
        line
    }

    /// An index line, which leads to others.
    pub(crate) fn index(range: LineRange) -> Self {
        let mut line = Self { is_index: true, ..Self::EMPTY };
        line.words[..4].copy_from_slice(&[
            range.base,
            range.scale,
            u64::from(range.first),
            u64::from(range.more),
        ]);
        line
    }

    /// The lines that an index line leads to.
    #[inline]
    pub(crate) fn as_index(&self) -> Option<LineRange> {
        self.is_index.then(|| LineRange {
            base: self.words[0],
            scale: self.words[1],
            first: self.words[2] as u32,
            more: self.words[3] as u32,
        })
    }

    /// The first word. Reading it loads the line.
    #[inline]
    pub(crate) fn first_word(&self) -> u64 {
        self.words[0]
    }

    /// The rule that wins for a key, and its action.
    #[inline(always)]
    pub(crate) fn find(&self, layout: EntryLayout, key: u64) -> LineWinner {
        let last = layout.entry(key, NO_RULE);
        let passed: usize = self.words[1..].iter().map(|entry| usize::from(*entry <= last)).sum();
        let first_word = self.words[0];
        let offset = layout.key(last.wrapping_sub(self.words[passed]));
        let is_closed = first_word >> CLOSED_SHIFT << 1 >> passed & 1 != 0;
        let is_past_end = is_closed & (offset >= first_word >> SIZE_SHIFT);
        // computed instead of branched on, because it changes from number to number
        let cell = passed & usize::from(is_past_end).wrapping_sub(1);
        LineWinner { rule: layout.rule(self.words[cell]), action: self.actions[cell] }
    }
}
