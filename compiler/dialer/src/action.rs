//! What a rule does with a number: remove some bytes, put a prefix in front.

use adr_engine::Rule;
use rustc_hash::FxHashMap;

use crate::head::Head;
use crate::winner::{NO_RULE, UNCHANGED, Winner};

/// Bytes of a prefix that an action holds itself.
const INLINE: usize = 8;

/// Longest number, in bytes, whose result is assembled in registers.
const REGISTERS: usize = 16;

/// Buffer size for a short result.
pub(crate) const SHORT: usize = INLINE + REGISTERS;

/// Buffer size for a prepared result, whose kept bytes begin at offset 15 at the latest.
const PREPARED: usize = 2 * REGISTERS;

/// Buffers for results. The caller keeps one and passes it to every call.
#[derive(Clone, Debug)]
pub struct Scratch {
    /// The last result of up to [`SHORT`] bytes.
    short: [u8; SHORT],
    /// The last longer result.
    long: Vec<u8>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { short: [0; SHORT], long: Vec::new() }
    }
}

/// How many bytes to remove, and what to put in front.
#[derive(Clone, Copy, Debug)]
struct Action {
    /// The prefix, padded with zeros; for a [`LONG`] action its offset and its length in the texts.
    prefix: [u8; INLINE],
    /// In bytes, or [`LONG`] when the prefix does not fit or eight or more bytes are removed.
    prefix_length: u32,
    /// Bytes to remove; more than a number has means all of it.
    remove: u32,
}

/// The prefix length of an action that cannot be executed in registers.
const LONG: u32 = u32::MAX;

/// The result length of [`PreparedAction::UNPREPARED`]; longer than any result in registers.
const NOT_PREPARED: u8 = u8::MAX;

/// A winning rule and its action for all numbers of one length, with every length computed ahead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreparedAction {
    /// Position of the rule, or [`NO_RULE`].
    pub(crate) rule: u32,
    /// In bytes.
    prefix_length: u8,
    /// Eight times the bytes that are removed, of which there are fewer than eight.
    removed_bits: u8,
    /// In bytes, or [`NOT_PREPARED`].
    result_length: u8,
    /// The prefix, padded with zeros.
    prefix: [u8; INLINE],
}

impl PreparedAction {
    /// Nothing was prepared: look the number up and rewrite it.
    pub(crate) const UNPREPARED: Self = Self {
        rule: NO_RULE,
        prefix_length: 0,
        removed_bits: 0,
        result_length: NOT_PREPARED,
        prefix: [0; INLINE],
    };

    /// Whether this differs from [`UNPREPARED`](Self::UNPREPARED).
    #[inline(always)]
    pub(crate) fn is_prepared(&self) -> bool {
        self.result_length != NOT_PREPARED
    }

    /// The result for the number with this head. The action must be prepared.
    #[inline(always)]
    pub(crate) fn short_result(&self, head: Head) -> ShortResult {
        let prefix_length = usize::from(self.prefix_length);
        ShortResult {
            prefix: self.prefix,
            prefix_length,
            kept: head.without_bits(self.removed_bits),
            kept_length: usize::from(self.result_length) - prefix_length,
        }
    }

    /// Appends the result for the number with this head. The action must be prepared.
    #[inline(always)]
    pub(crate) fn append(&self, head: Head, out: &mut Vec<u8>) {
        let end = out.len() + usize::from(self.result_length);
        // as in `ActionTable::append`
        out.extend_from_slice(&[0; PREPARED]);
        if let Some(buffer) = out.last_chunk_mut::<PREPARED>() {
            buffer[..INLINE].copy_from_slice(&self.prefix);
            // the mask proves to the compiler that the range is in bounds
            let kept = &mut buffer[usize::from(self.prefix_length & 15)..][..REGISTERS];
            kept.copy_from_slice(&head.without_bits(self.removed_bits));
        }
        out.truncate(end);
    }
}

/// A result in registers.
pub(crate) struct ShortResult {
    /// The prefix, padded with zeros.
    prefix: [u8; INLINE],
    /// In bytes.
    prefix_length: usize,
    /// What is kept of the number, padded with zeros.
    kept: [u8; REGISTERS],
    /// In bytes.
    kept_length: usize,
}

impl ShortResult {
    /// Writes the result to the front of `buffer`; returns its length.
    #[inline]
    pub(crate) fn write_to(&self, buffer: &mut [u8; SHORT]) -> usize {
        buffer[..INLINE].copy_from_slice(&self.prefix);
        buffer[self.prefix_length..][..REGISTERS].copy_from_slice(&self.kept);
        self.prefix_length + self.kept_length
    }
}

/// The different actions of a list; an identifier is a position in it.
#[derive(Clone, Debug)]
pub(crate) struct ActionTable {
    actions: Vec<Action>,
    /// The prefixes of long actions, one after the other.
    texts: Vec<u8>,
}

impl ActionTable {
    /// The actions of `rules`, and the identifier of the action of each rule.
    pub(crate) fn new(rules: &[Rule]) -> (Self, Vec<u32>) {
        let mut table = Self { actions: Vec::new(), texts: Vec::new() };
        table.add(0, "");
        let mut known: FxHashMap<(i32, &str), u32> = FxHashMap::default();
        known.insert((0, ""), UNCHANGED);
        let identify = |rule| {
            let (remove, prefix) = (Rule::remove(rule), Rule::prefix(rule));
            *known.entry((remove, prefix)).or_insert_with(|| table.add(remove, prefix))
        };
        let action_ids = rules.iter().map(identify).collect();
        table.actions.shrink_to_fit();
        table.texts.shrink_to_fit();
        (table, action_ids)
    }

    fn add(&mut self, remove: i32, prefix: &str) -> u32 {
        let text = prefix.as_bytes();
        let remove = u32::try_from(remove).unwrap_or(u32::MAX);
        let mut action = Action { prefix: [0; INLINE], prefix_length: text.len() as u32, remove };
        match action.prefix.get_mut(..text.len()) {
            Some(inline) if remove < 8 => inline.copy_from_slice(text),
            _ => {
                let range = [self.texts.len() as u32, text.len() as u32];
                let [offset, length] = range.map(u32::to_le_bytes);
                action.prefix[..4].copy_from_slice(&offset);
                action.prefix[4..].copy_from_slice(&length);
                action.prefix_length = LONG;
                self.texts.extend_from_slice(text);
            }
        }
        self.actions.push(action);
        (self.actions.len() - 1) as u32
    }

    /// The action of `winner` for numbers of `length` bytes; unprepared when its result is not
    /// assembled in registers.
    pub(crate) fn prepare(&self, winner: Winner, length: usize) -> PreparedAction {
        let action = &self.actions[winner.action as usize];
        let prefix_length = action.prefix_length as usize;
        let removed = length.min(action.remove as usize);
        if length > REGISTERS || prefix_length > INLINE {
            return PreparedAction::UNPREPARED;
        }
        PreparedAction {
            rule: winner.rule,
            prefix_length: prefix_length as u8,
            removed_bits: 8 * removed as u8,
            result_length: (prefix_length + length - removed) as u8,
            prefix: action.prefix,
        }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.actions.capacity() * size_of::<Action>() + self.texts.capacity()
    }

    /// The result for `number`, whose head is `head`.
    #[inline]
    pub(crate) fn rewrite<'a>(
        &self,
        action: u32,
        head: Head,
        number: &'a [u8],
        scratch: &'a mut Scratch,
    ) -> &'a [u8] {
        if let Some(short) = self.short_result(action, head, number) {
            let length = short.write_to(&mut scratch.short);
            return &scratch.short[..length];
        }
        let parts = self.long_result(action, number);
        scratch.long.clear();
        scratch.long.extend_from_slice(parts.prefix);
        scratch.long.extend_from_slice(parts.kept);
        &scratch.long
    }

    /// Appends the result for `number`, whose head is `head`.
    #[inline(always)]
    pub(crate) fn append(&self, action: u32, head: Head, number: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        if let Some(short) = self.short_result(action, head, number) {
            // copies of a fixed size and a truncation are faster than copies of the actual sizes
            out.extend_from_slice(&[0; SHORT]);
            let buffer = out[start..].first_chunk_mut();
            let length = buffer.map_or(0, |buffer| short.write_to(buffer));
            out.truncate(start + length);
        } else {
            let parts = self.long_result(action, number);
            out.extend_from_slice(parts.prefix);
            out.extend_from_slice(parts.kept);
        }
    }

    /// The result, if it is short enough to be assembled in registers.
    #[inline(always)]
    pub(crate) fn short_result(
        &self,
        action: u32,
        head: Head,
        number: &[u8],
    ) -> Option<ShortResult> {
        let action = &self.actions[action as usize];
        let removed = number.len().min(action.remove as usize);
        let prefix_length = action.prefix_length as usize;
        let is_short = number.len() <= REGISTERS && prefix_length <= INLINE;
        is_short.then(|| ShortResult {
            prefix: action.prefix,
            prefix_length,
            kept: head.without(removed),
            kept_length: number.len() - removed,
        })
    }

    /// The result, whatever its length.
    pub(crate) fn long_result<'a>(&'a self, action: u32, number: &'a [u8]) -> LongResult<'a> {
        let action = &self.actions[action as usize];
        let removed = number.len().min(action.remove as usize);
        LongResult { prefix: self.prefix(action), kept: &number[removed..] }
    }

    fn prefix<'a>(&'a self, action: &'a Action) -> &'a [u8] {
        if action.prefix_length != LONG {
            return &action.prefix[..action.prefix_length as usize];
        }
        let range = u64::from_le_bytes(action.prefix);
        let (offset, length) = (range as u32, (range >> 32) as usize);
        &self.texts[offset as usize..][..length]
    }
}

/// The two parts of a result of any length.
pub(crate) struct LongResult<'a> {
    pub(crate) prefix: &'a [u8],
    /// What is kept of the number.
    pub(crate) kept: &'a [u8],
}
