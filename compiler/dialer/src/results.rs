//! The answers for a batch of numbers.

use crate::action::{ActionTable, LongResult, SHORT, ShortResult};
use crate::dialed::Dialed;
use crate::head::Head;
use crate::winner::Winner;

/// The answers for a batch of numbers. The caller keeps one and passes it to every call.
///
/// Filled by [`Dialer::dial_all`](crate::Dialer::dial_all).
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The results one after the other, and free space after them.
    bytes: Vec<u8>,
    /// Bytes in use.
    used: usize,
    /// The end and the rule of each result.
    ends: Vec<ResultEnd>,
    /// How many results there will be.
    expected: usize,
}

/// Where a result ends, and its rule.
#[derive(Clone, Copy, Debug, Default)]
struct ResultEnd {
    /// Offset in the bytes.
    end: usize,
    /// Position of the winning rule, or `NO_RULE`.
    rule: u32,
}

impl Results {
    /// All results, one after the other.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// How many results there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no results.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The results in the order of the numbers.
    pub fn iter(&self) -> impl Iterator<Item = Dialed<'_>> {
        self.ends.iter().scan(0, |start, ResultEnd { end, rule }| {
            let result = &self.bytes[*start..*end];
            *start = *end;
            Some(Dialed { rule: *rule, result })
        })
    }

    /// Removes all results and makes space for `numbers` short ones.
    pub(crate) fn reset(&mut self, numbers: usize) {
        self.used = 0;
        self.expected = numbers;
        self.ends.clear();
        self.ends.reserve(numbers);
        self.make_space(SHORT * numbers);
    }

    /// Adds the results of some of the numbers; `find` finds the winner of each, by its position
    /// among them.
    #[inline(always)]
    pub(crate) fn add(
        &mut self,
        actions: &ActionTable,
        numbers: &[&[u8]],
        find: impl Fn(usize, Head, &[u8]) -> Winner,
    ) {
        let short = |at: usize, head: Head, number: &[u8]| {
            let winner = find(at, head, number);
            let short = actions.short_result(winner.action, head, number)?;
            Some((winner.rule, short))
        };
        self.add_short_or_long(actions, numbers, short, &find);
    }

    /// Like [`add`](Self::add), but `short` finds the rule and the result of a number whose result
    /// is assembled in registers, and `find` is used for the others.
    #[inline(always)]
    pub(crate) fn add_short_or_long(
        &mut self,
        actions: &ActionTable,
        numbers: &[&[u8]],
        short: impl Fn(usize, Head, &[u8]) -> Option<(u32, ShortResult)>,
        find: impl Fn(usize, Head, &[u8]) -> Winner,
    ) {
        let before = self.ends.len();
        self.ends.resize(before + numbers.len(), ResultEnd::default());
        let mut at = 0;
        while at < numbers.len() {
            let ends = &mut self.ends[before + at..];
            let mut writer = Writer { used: self.used, space: &mut self.bytes[self.used..] };
            at += writer.add_short(&numbers[at..], ends, |after, head, number| {
                short(at + after, head, number)
            });
            self.used = writer.used;
            if let Some(number) = numbers.get(at) {
                let winner = find(at, Head::of(number), number);
                let result = actions.long_result(winner.action, number);
                self.add_long(before + at, winner.rule, &result);
                at += 1;
            }
        }
    }

    /// Adds a long result, the one at `position`; makes space for the short ones after it.
    #[cold]
    fn add_long(&mut self, position: usize, rule: u32, result: &LongResult<'_>) {
        let LongResult { prefix, kept } = *result;
        let length = prefix.len() + kept.len();
        self.make_space(length + SHORT * (self.expected - position));
        let space = &mut self.bytes[self.used..][..length];
        space[..prefix.len()].copy_from_slice(prefix);
        space[prefix.len()..].copy_from_slice(kept);
        self.used += length;
        let end = self.used;
        self.ends[position] = ResultEnd { end, rule };
    }

    /// Makes sure that at least `bytes` bytes follow those in use.
    fn make_space(&mut self, bytes: usize) {
        if self.bytes.len() < self.used + bytes {
            self.bytes.resize(self.used + bytes, 0);
        }
    }
}

/// Writes short results one after the other.
struct Writer<'r> {
    /// Bytes in use.
    used: usize,
    /// The bytes after them.
    space: &'r mut [u8],
}

impl Writer<'_> {
    /// Adds results until one is not short; returns how many it added.
    #[inline(always)]
    fn add_short(
        &mut self,
        numbers: &[&[u8]],
        ends: &mut [ResultEnd],
        short: impl Fn(usize, Head, &[u8]) -> Option<(u32, ShortResult)>,
    ) -> usize {
        for (at, (number, end)) in numbers.iter().zip(ends).enumerate() {
            let short = short(at, Head::of(number), number);
            let (Some((rule, short)), Some(buffer)) = (short, self.space.first_chunk_mut()) else {
                return at;
            };
            let length = short.write_to(buffer);
            self.space = &mut std::mem::take(&mut self.space)[length..];
            self.used += length;
            *end = ResultEnd { end: self.used, rule };
        }
        numbers.len()
    }
}
