//! [`Dialer`]: a rule list, compiled once and applied very often.

use std::hint::black_box;

use adr_engine::Rule;

use crate::action::{ActionTable, Scratch};
use crate::dialed::Dialed;
use crate::head::Head;
use crate::large::LargeList;
use crate::results::Results;
use crate::small::{SMALL_LIMIT, SmallList};
use crate::table::{BATCH, Slot};
use crate::winner::{NO_RULE, Winner};

/// A rule list, compiled for fast look-ups.
///
/// Built once from a list, immutable, shareable between threads. Gives the same answer as
/// [`apply`](adr_engine::apply()) for every number, whatever the rules. Allocates nothing for
/// numbers of up to 16 bytes with prefixes of up to 8, and reuses the caller's [`Scratch`] beyond
/// that.
///
/// ```
/// use adr_dialer::{Dialer, Scratch};
/// use adr_engine::Rule;
///
/// let dialer = Dialer::new(&[Rule::from_deployed("+1", 12, 1, "9")]);
/// let mut scratch = Scratch::default();
/// let dialed = dialer.dial(b"+14085551212", &mut scratch);
/// assert_eq!(dialed.result, b"914085551212");
/// assert_eq!(dialed.rule(), Some(0));
/// assert_eq!(dialer.dial(b"911", &mut scratch).result, b"911");
/// ```
#[derive(Clone, Debug)]
pub struct Dialer {
    actions: ActionTable,
    finder: Finder,
}

/// How the winner is found.
#[derive(Clone, Debug)]
enum Finder {
    Small(Box<SmallList>),
    Large(Box<LargeList>),
}

impl Dialer {
    /// Compiles rules; takes about as long as sorting them.
    #[must_use]
    pub fn new(rules: &[Rule]) -> Self {
        let (actions, action_ids) = ActionTable::new(rules);
        let finder = if rules.len() <= SMALL_LIMIT {
            Finder::Small(Box::new(SmallList::build(rules, &actions, action_ids)))
        } else {
            Finder::Large(Box::new(LargeList::build(rules, action_ids)))
        };
        Self { actions, finder }
    }

    /// What a client sends out for `number`.
    #[inline]
    pub fn dial<'a>(&self, number: &'a [u8], scratch: &'a mut Scratch) -> Dialed<'a> {
        let head = Head::of(number);
        let winner = self.find(head, number);
        let result = self.actions.rewrite(winner.action, head, number, scratch);
        Dialed { rule: winner.rule, result }
    }

    /// Dials a number and appends the result; returns the position of the rule that won, from 0.
    ///
    /// ```
    /// use adr_dialer::Dialer;
    /// use adr_engine::Rule;
    ///
    /// let dialer = Dialer::new(&[Rule::from_deployed("", 7, 0, "9")]);
    /// let mut result = Vec::new();
    /// assert_eq!(dialer.dial_into(b"5551212", &mut result), Some(0));
    /// assert_eq!(result, b"95551212");
    /// ```
    #[inline]
    pub fn dial_into(&self, number: &[u8], result: &mut Vec<u8>) -> Option<usize> {
        let rule = match &self.finder {
            Finder::Small(list) => self.dial_small(list, number, result),
            Finder::Large(list) => self.dial_large(list, number, result).rule,
        };
        (rule != NO_RULE).then_some(rule as usize)
    }

    /// Dials a batch of numbers and replaces the contents of `results` with the answers, in order.
    ///
    /// Faster than one call for each number, above all where the rules exceed the processor's
    /// caches. Allocates only when the results need more space than those before them.
    ///
    /// ```
    /// use adr_dialer::{Dialer, Results};
    /// use adr_engine::Rule;
    ///
    /// let dialer = Dialer::new(&[Rule::from_deployed("", 7, 0, "9")]);
    /// let mut results = Results::default();
    /// dialer.dial_all(&[b"5551212", b"911"], &mut results);
    /// assert_eq!(results.bytes(), b"95551212911");
    /// let rules: Vec<_> = results.iter().map(|dialed| dialed.rule()).collect();
    /// assert_eq!(rules, [Some(0), None]);
    /// ```
    pub fn dial_all(&self, numbers: &[&[u8]], results: &mut Results) {
        results.reset(numbers.len());
        match &self.finder {
            Finder::Small(list) => {
                let find = |_, head, number: &[u8]| list.find(head, number);
                let short = |at, head, number: &[u8]| {
                    if let Some(action) = list.prepared(head, number) {
                        return Some((action.rule, action.short_result(head)));
                    }
                    let winner = find(at, head, number);
                    let short = self.actions.short_result(winner.action, head, number)?;
                    Some((winner.rule, short))
                };
                results.add_short_or_long(&self.actions, numbers, short, find);
            }
            Finder::Large(list) if list.table.is_small() => {
                results.add(&self.actions, numbers, |_, head, number| {
                    list.find(list.table.slot(head, number), head, number)
                });
            }
            Finder::Large(list) => {
                for batch in numbers.chunks(BATCH) {
                    self.dial_batch(list, batch, results);
                }
            }
        }
    }

    /// Dials every line of a text and appends the results, each with a line feed.
    ///
    /// A number ends at LF; an incomplete last line is not dialed. Returns how many bytes of
    /// `lines` were dialed.
    ///
    /// ```
    /// use adr_dialer::Dialer;
    /// use adr_engine::Rule;
    ///
    /// let dialer = Dialer::new(&[Rule::from_deployed("", 7, 0, "9")]);
    /// let mut results = Vec::new();
    /// assert_eq!(dialer.dial_lines(b"5551212\n911\n555", &mut results), 12);
    /// assert_eq!(results, b"95551212\n911\n");
    /// ```
    pub fn dial_lines(&self, lines: &[u8], results: &mut Vec<u8>) -> usize {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', lines) {
            let number = &lines[start..end];
            match &self.finder {
                Finder::Small(list) => {
                    self.dial_small(list, number, results);
                }
                Finder::Large(_) => {
                    let head = Head::within(lines, start, number.len());
                    let winner = self.find(head, number);
                    self.actions.append(winner.action, head, number, results);
                }
            }
            results.push(b'\n');
            start = end + 1;
        }
        start
    }

    /// Memory of this value in bytes, including the value itself.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let finder = match &self.finder {
            Finder::Small(list) => size_of::<SmallList>() + list.heap_bytes(),
            Finder::Large(list) => size_of::<LargeList>() + list.heap_bytes(),
        };
        size_of::<Self>() + finder + self.actions.heap_bytes()
    }

    #[inline]
    fn find(&self, head: Head, number: &[u8]) -> Winner {
        match &self.finder {
            Finder::Small(list) => list.find(head, number),
            Finder::Large(list) => list.find(list.table.slot(head, number), head, number),
        }
    }

    #[inline(always)]
    fn dial_small(&self, list: &SmallList, number: &[u8], result: &mut Vec<u8>) -> u32 {
        let head = Head::of(number);
        match list.prepared(head, number) {
            Some(action) => {
                action.append(head, result);
                action.rule
            }
            None => self.dial_unprepared(list, number, result),
        }
    }

    /// Dials a number that has no prepared action.
    #[inline(never)]
    fn dial_unprepared(&self, list: &SmallList, number: &[u8], result: &mut Vec<u8>) -> u32 {
        let head = Head::of(number);
        let winner = list.find(head, number);
        self.actions.append(winner.action, head, number, result);
        winner.rule
    }

    #[inline(always)]
    fn dial_large(&self, list: &LargeList, number: &[u8], result: &mut Vec<u8>) -> Winner {
        let head = Head::of(number);
        let winner = list.find(list.table.slot(head, number), head, number);
        self.actions.append(winner.action, head, number, result);
        winner
    }

    /// Computes all slots, loads their lines, then reads them, so that the processor waits for the
    /// memory of many numbers at once.
    fn dial_batch(&self, list: &LargeList, numbers: &[&[u8]], results: &mut Results) {
        let mut slots = [Slot::default(); BATCH];
        for (number, slot) in numbers.iter().zip(&mut slots) {
            *slot = list.table.slot(Head::of(number), number);
        }
        let loaded = slots[..numbers.len()].iter().map(|slot| list.table.prefetch(*slot));
        black_box(loaded.fold(0, |all, word| all ^ word));
        results.add(&self.actions, numbers, |at, head, number| list.find(slots[at], head, number));
    }
}
