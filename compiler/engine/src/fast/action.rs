//! What is done with a number once its rule is known.

use crate::rule::Rule;
use rustc_hash::FxHashMap;

use super::Found;
use super::key::Head;
use super::line::NO_RULE;

/// Bytes of a prefix that lie in the action itself.
const INLINE: usize = 8;

/// Room that a short result is put in.
pub(super) const SHORT: usize = INLINE + 16;

/// Most bytes of a number whose result is put together in registers.
const REGISTERS: usize = 16;

/// Room for a prepared result, which is put at most 15 bytes from its start.
const PREPARED: usize = 2 * REGISTERS;

/// The action that leaves a number as it is.
pub(super) const UNCHANGED: u32 = 0;

/// Room for results, kept by the caller and used again and again.
#[derive(Clone, Debug)]
pub struct Room {
    short: [u8; SHORT],
    long: Vec<u8>,
}

impl Default for Room {
    fn default() -> Self {
        Self { short: [0; SHORT], long: Vec::new() }
    }
}

/// Remove so many bytes, put this in front.
#[derive(Clone, Copy, Debug)]
struct Action {
    /// The prefix, zero padded; of a long action its offset and its length in the texts.
    prefix: [u8; INLINE],
    /// [`LONG`] when the prefix does not fit or not fewer than eight bytes are removed.
    prefix_length: u32,
    remove: u32,
}

/// The prefix length of an action that is not done in registers.
const LONG: u32 = u32::MAX;

/// The result length of an outcome that is not final; longer than any result in registers.
const LEFT: u8 = u8::MAX;

/// A rule, and what it does to all numbers of one length: nothing is left to compute but the bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) rule: u32,
    prefix_length: u8,
    /// Bits that are removed, of fewer than eight bytes.
    removed_bits: u8,
    /// [`LEFT`] where the number must be looked up and rewritten without this.
    result_length: u8,
    prefix: [u8; INLINE],
}

impl Outcome {
    /// Nothing is known of these numbers.
    pub(super) const LEFT_TO_FIND: Self = Self {
        rule: NO_RULE,
        prefix_length: 0,
        removed_bits: 0,
        result_length: LEFT,
        prefix: [0; INLINE],
    };

    /// Whether the number need not be looked up and rewritten in another way.
    #[inline(always)]
    pub(super) fn is_final(&self) -> bool {
        self.result_length != LEFT
    }

    /// The result for the number whose head this is. The outcome is final.
    #[inline(always)]
    pub(super) fn short(&self, head: Head) -> Short {
        let prefix_length = usize::from(self.prefix_length);
        Short {
            prefix: self.prefix,
            prefix_length,
            kept: head.without_bits(self.removed_bits),
            kept_length: usize::from(self.result_length) - prefix_length,
        }
    }

    /// Appends the result for the number whose head this is. The outcome is final.
    #[inline(always)]
    pub(super) fn append(&self, head: Head, out: &mut Vec<u8>) {
        let end = out.len() + usize::from(self.result_length);
        // as in `Actions::append`
        out.extend_from_slice(&[0; PREPARED]);
        if let Some(room) = out.last_chunk_mut::<PREPARED>() {
            room[..INLINE].copy_from_slice(&self.prefix);
            // the mask shows the compiler that there is room
            let kept = &mut room[usize::from(self.prefix_length & 15)..][..REGISTERS];
            kept.copy_from_slice(&head.without_bits(self.removed_bits));
        }
        out.truncate(end);
    }
}

/// A result in registers.
pub(super) struct Short {
    prefix: [u8; INLINE],
    prefix_length: usize,
    kept: [u8; 16],
    kept_length: usize,
}

/// Every different action of a list, once.
#[derive(Clone, Debug)]
pub(super) struct Actions {
    actions: Vec<Action>,
    texts: Vec<u8>,
}

impl Actions {
    /// The actions of `rules`, and for each rule the number of its own.
    pub(super) fn of(rules: &[Rule]) -> (Self, Vec<u32>) {
        let mut made = Self { actions: Vec::new(), texts: Vec::new() };
        made.add(0, "");
        let mut known: FxHashMap<(i32, &str), u32> = FxHashMap::default();
        known.insert((0, ""), UNCHANGED);
        let number = |rule| {
            let (remove, prefix) = (Rule::remove(rule), Rule::prefix(rule));
            *known.entry((remove, prefix)).or_insert_with(|| made.add(remove, prefix))
        };
        let numbers = rules.iter().map(number).collect();
        made.actions.shrink_to_fit();
        made.texts.shrink_to_fit();
        (made, numbers)
    }

    fn add(&mut self, remove: i32, prefix: &str) -> u32 {
        let text = prefix.as_bytes();
        let remove = u32::try_from(remove).unwrap_or(u32::MAX);
        let mut action = Action { prefix: [0; INLINE], prefix_length: text.len() as u32, remove };
        match action.prefix.get_mut(..text.len()) {
            Some(head) if remove < 8 => head.copy_from_slice(text),
            _ => {
                let place = [self.texts.len() as u32, text.len() as u32];
                let [offset, length] = place.map(u32::to_le_bytes);
                action.prefix[..4].copy_from_slice(&offset);
                action.prefix[4..].copy_from_slice(&length);
                action.prefix_length = LONG;
                self.texts.extend_from_slice(text);
            }
        }
        self.actions.push(action);
        (self.actions.len() - 1) as u32
    }

    /// What a rule that was found does to numbers of `length`. Not final where the result is not
    /// put together in registers.
    pub(super) fn outcome(&self, found: Found, length: usize) -> Outcome {
        let action = &self.actions[found.action as usize];
        let prefix_length = action.prefix_length as usize;
        let removed = length.min(action.remove as usize);
        if length > REGISTERS || prefix_length > INLINE {
            return Outcome::LEFT_TO_FIND;
        }
        Outcome {
            rule: found.rule,
            prefix_length: prefix_length as u8,
            removed_bits: 8 * removed as u8,
            result_length: (prefix_length + length - removed) as u8,
            prefix: action.prefix,
        }
    }

    /// Bytes that this value holds on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.actions.capacity() * size_of::<Action>() + self.texts.capacity()
    }

    /// The result for `number`, whose head is `head`.
    #[inline]
    pub(super) fn rewrite<'a>(
        &self,
        action: u32,
        head: Head,
        number: &'a [u8],
        room: &'a mut Room,
    ) -> &'a [u8] {
        if let Some(short) = self.short(action, head, number) {
            let length = short.put(&mut room.short);
            return &room.short[..length];
        }
        let (prefix, kept) = self.long(action, number);
        room.long.clear();
        room.long.extend_from_slice(prefix);
        room.long.extend_from_slice(kept);
        &room.long
    }

    /// Appends the result for `number`, whose head is `head`.
    #[inline(always)]
    pub(super) fn append(&self, action: u32, head: Head, number: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        if let Some(short) = self.short(action, head, number) {
            // Copies of fixed size and a cut are faster than copies of the sizes there are.
            out.extend_from_slice(&[0; SHORT]);
            let room = out[start..].first_chunk_mut();
            let length = room.map_or(0, |room| short.put(room));
            out.truncate(start + length);
        } else {
            let (prefix, kept) = self.long(action, number);
            out.extend_from_slice(prefix);
            out.extend_from_slice(kept);
        }
    }

    /// The result, if it is short enough to be put together in registers.
    #[inline(always)]
    pub(super) fn short(&self, action: u32, head: Head, number: &[u8]) -> Option<Short> {
        let action = &self.actions[action as usize];
        let removed = number.len().min(action.remove as usize);
        let prefix_length = action.prefix_length as usize;
        let is_short = number.len() <= REGISTERS && prefix_length <= INLINE;
        is_short.then(|| Short {
            prefix: action.prefix,
            prefix_length,
            kept: head.without(removed),
            kept_length: number.len() - removed,
        })
    }

    /// The parts of any result.
    pub(super) fn long<'a>(&'a self, action: u32, number: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let action = &self.actions[action as usize];
        let removed = number.len().min(action.remove as usize);
        (self.prefix(action), &number[removed..])
    }

    fn prefix<'a>(&'a self, action: &'a Action) -> &'a [u8] {
        if action.prefix_length != LONG {
            return &action.prefix[..action.prefix_length as usize];
        }
        let place = u64::from_le_bytes(action.prefix);
        let (offset, length) = (place as u32, (place >> 32) as usize);
        &self.texts[offset as usize..][..length]
    }
}

impl Short {
    /// Puts the result in front of `room` and gives its length.
    #[inline]
    pub(super) fn put(&self, room: &mut [u8; SHORT]) -> usize {
        room[..INLINE].copy_from_slice(&self.prefix);
        room[self.prefix_length..][..16].copy_from_slice(&self.kept);
        self.prefix_length + self.kept_length
    }
}
