//! What is done with a number once its rule is known.

use crate::rule::Rule;
use rustc_hash::FxHashMap;

use super::key::Head;

/// Bytes of a prefix that lie in the action itself.
const INLINE: usize = 8;

/// The action that leaves a number as it is.
pub(super) const UNCHANGED: u32 = 0;

/// Room for results, kept by the caller and used again and again.
#[derive(Clone, Debug)]
pub struct Room {
    short: [u8; INLINE + 16],
    long: Vec<u8>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            short: [0; INLINE + 16],
            long: Vec::new(),
        }
    }
}

/// Remove so many bytes, put this in front.
#[derive(Clone, Copy, Debug)]
struct Action {
    /// The prefix when it has at most [`INLINE`] bytes, zero padded; else its offset in the texts.
    prefix: [u8; INLINE],
    prefix_length: u32,
    remove: u32,
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
        let mut made = Self {
            actions: Vec::new(),
            texts: Vec::new(),
        };
        made.add(0, "");
        let mut known: FxHashMap<(i32, &str), u32> = FxHashMap::default();
        known.insert((0, ""), UNCHANGED);
        let number = |rule| {
            let (remove, prefix) = (Rule::remove(rule), Rule::prefix(rule));
            *known
                .entry((remove, prefix))
                .or_insert_with(|| made.add(remove, prefix))
        };
        let numbers = rules.iter().map(number).collect();
        made.actions.shrink_to_fit();
        made.texts.shrink_to_fit();
        (made, numbers)
    }

    fn add(&mut self, remove: i32, prefix: &str) -> u32 {
        let text = prefix.as_bytes();
        let mut inline = [0; INLINE];
        if let Some(head) = inline.get_mut(..text.len()) {
            head.copy_from_slice(text);
        } else {
            inline = (self.texts.len() as u64).to_le_bytes();
            self.texts.extend_from_slice(text);
        }
        self.actions.push(Action {
            prefix: inline,
            prefix_length: text.len() as u32,
            remove: u32::try_from(remove).unwrap_or(u32::MAX),
        });
        (self.actions.len() - 1) as u32
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
        let action = &self.actions[action as usize];
        let prefix_length = action.prefix_length as usize;
        let removed = number.len().min(action.remove as usize);
        if number.len() > 16 || prefix_length > INLINE {
            return self.rewrite_long(action, &number[removed..], room);
        }
        room.short[..INLINE].copy_from_slice(&action.prefix);
        room.short[prefix_length..][..16].copy_from_slice(&head.without(removed));
        &room.short[..prefix_length + number.len() - removed]
    }

    /// Appends the result for `number`, whose head is `head`.
    #[inline]
    pub(super) fn append(&self, action: u32, head: Head, number: &[u8], out: &mut Vec<u8>) {
        let action = &self.actions[action as usize];
        let prefix_length = action.prefix_length as usize;
        let removed = number.len().min(action.remove as usize);
        if number.len() > 16 || prefix_length > INLINE {
            out.extend_from_slice(self.prefix(action));
            out.extend_from_slice(&number[removed..]);
            return;
        }
        // Two copies of fixed size and a cut are faster than two of the sizes there are.
        let start = out.len();
        out.extend_from_slice(&action.prefix);
        out.truncate(start + prefix_length);
        out.extend_from_slice(&head.without(removed));
        out.truncate(start + prefix_length + number.len() - removed);
    }

    fn prefix<'a>(&'a self, action: &'a Action) -> &'a [u8] {
        let length = action.prefix_length as usize;
        action.prefix.get(..length).unwrap_or_else(|| {
            let at = u64::from_le_bytes(action.prefix) as usize;
            &self.texts[at..at + length]
        })
    }

    fn rewrite_long<'a>(&self, action: &Action, kept: &[u8], room: &'a mut Room) -> &'a [u8] {
        room.long.clear();
        room.long.extend_from_slice(self.prefix(action));
        room.long.extend_from_slice(kept);
        &room.long
    }
}
