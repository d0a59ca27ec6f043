//! Applying rules fast, at any size.
//!
//! The first-match answer depends only on a number's length and its first bytes. A list of few
//! rules is compared four rules at a time (`few`); a longer one becomes a table of intervals for
//! each length, in which one look-up waits for one line of the processor's cache (`table` and
//! `line`, made by `build` and `fill`); the rare rules that do not fit in it are found by their
//! exact begins-with (`odd`). `key` turns numbers into integers, `action` rewrites them, `results`
//! holds many.

mod action;
mod build;
mod few;
mod fill;
mod key;
mod line;
mod odd;
mod results;
mod table;

use crate::rule::Rule;

use std::hint::black_box;

pub use action::Room;
use action::{Actions, UNCHANGED};
use few::{FEW, Few};
use key::Head;
use line::{FAR, NO_RULE};
use odd::Odd;
pub use results::Results;
use table::{BATCH, Spot, Table};

/// Rules, made ready to be applied very often.
///
/// Built once from a list, immutable, shareable between threads. Agrees with
/// [`apply`](crate::apply()) on every number, whatever the rules; applying allocates nothing for
/// numbers of up to 16 bytes and prefixes of up to 8, and reuses the caller's [`Room`] beyond that.
///
/// ```
/// use adr_engine::{Dialer, Room, Rule};
///
/// let dialer = Dialer::new(&[Rule::as_client_reads("+1", 12, 1, "9")]);
/// let mut room = Room::default();
/// let dialled = dialer.dial(b"+14085551212", &mut room);
/// assert_eq!(dialled.result, b"914085551212");
/// assert_eq!(dialled.rule(), Some(0));
/// assert_eq!(dialer.dial(b"911", &mut room).result, b"911");
/// ```
#[derive(Clone, Debug)]
pub struct Dialer {
    actions: Actions,
    finder: Finder,
}

#[derive(Clone, Debug)]
enum Finder {
    Few(Box<Few>),
    Many(Box<Many>),
}

#[derive(Clone, Debug)]
struct Many {
    table: Table,
    odd: Option<Odd>,
    /// The action of every rule; empty when the table has all that are asked for.
    actions: Vec<u32>,
}

/// A rule and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    /// Position in the list, or [`NO_RULE`].
    rule: u32,
    /// Its action.
    action: u32,
}

/// No rule matches.
const NOT_FOUND: Found = Found { rule: NO_RULE, action: UNCHANGED };

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialled<'a> {
    rule: u32,
    /// What goes out.
    pub result: &'a [u8],
}

impl Dialled<'_> {
    /// Position of the rule that won, from 0; `None` when none matched.
    #[must_use]
    pub fn rule(&self) -> Option<usize> {
        (self.rule != NO_RULE).then_some(self.rule as usize)
    }
}

impl Dialer {
    /// Makes rules ready; takes about as long as sorting them.
    #[must_use]
    pub fn new(rules: &[Rule]) -> Self {
        let (actions, numbers) = Actions::of(rules);
        let finder = if rules.len() <= FEW {
            Finder::Few(Box::new(Few::build(rules, &actions, numbers)))
        } else {
            Finder::Many(Box::new(Many::build(rules, numbers)))
        };
        Self { actions, finder }
    }

    #[inline]
    fn find(&self, head: Head, number: &[u8]) -> Found {
        match &self.finder {
            Finder::Few(few) => few.find(head, number),
            Finder::Many(many) => many.find(many.table.spot(head, number), head, number),
        }
    }

    /// What a client sends out for `number`.
    #[inline]
    pub fn dial<'a>(&self, number: &'a [u8], room: &'a mut Room) -> Dialled<'a> {
        let head = Head::of(number);
        let found = self.find(head, number);
        Dialled { rule: found.rule, result: self.actions.rewrite(found.action, head, number, room) }
    }

    /// Dials a number and appends the result; gives the position of the rule that won, from 0.
    ///
    /// ```
    /// use adr_engine::{Dialer, Rule};
    ///
    /// let mut result = Vec::new();
    /// assert_eq!(Dialer::new(&[Rule::as_client_reads("", 7, 0, "9")]).dial_into(b"5551212", &mut result), Some(0));
    /// assert_eq!(result, b"95551212");
    /// ```
    #[inline]
    pub fn dial_into(&self, number: &[u8], result: &mut Vec<u8>) -> Option<usize> {
        let rule = match &self.finder {
            Finder::Few(few) => self.dial_by_few(few, number, result),
            Finder::Many(many) => self.dial_by_many(many, number, result).rule,
        };
        (rule != NO_RULE).then_some(rule as usize)
    }

    #[inline(always)]
    fn dial_by_few(&self, few: &Few, number: &[u8], result: &mut Vec<u8>) -> u32 {
        let head = Head::of(number);
        match few.ready(head, number) {
            Some(outcome) => {
                outcome.append(head, result);
                outcome.rule
            }
            None => self.dial_further(few, number, result),
        }
    }

    /// What the first of a few rules do not decide.
    #[inline(never)]
    fn dial_further(&self, few: &Few, number: &[u8], result: &mut Vec<u8>) -> u32 {
        let head = Head::of(number);
        let found = few.find(head, number);
        self.actions.append(found.action, head, number, result);
        found.rule
    }

    #[inline(always)]
    fn dial_by_many(&self, many: &Many, number: &[u8], result: &mut Vec<u8>) -> Found {
        let head = Head::of(number);
        let found = many.find(many.table.spot(head, number), head, number);
        self.actions.append(found.action, head, number, result);
        found
    }

    /// Dials many numbers; `results` then holds what became of them, in order, and nothing else.
    ///
    /// Faster than one by one, above all where the rules do not fit in the processor's caches.
    /// Allocates only when the results need more room than those before them.
    ///
    /// ```
    /// use adr_engine::{Dialer, Results, Rule};
    ///
    /// let dialer = Dialer::new(&[Rule::as_client_reads("", 7, 0, "9")]);
    /// let mut results = Results::default();
    /// dialer.dial_all(&[b"5551212", b"911"], &mut results);
    /// assert_eq!(results.bytes(), b"95551212911");
    /// let rules: Vec<_> = results.iter().map(|dialled| dialled.rule()).collect();
    /// assert_eq!(rules, [Some(0), None]);
    /// ```
    pub fn dial_all(&self, numbers: &[&[u8]], results: &mut Results) {
        results.begin(numbers.len());
        match &self.finder {
            Finder::Few(few) => {
                let find = |_, head, number: &[u8]| few.find(head, number);
                let short = |at, head, number: &[u8]| {
                    if let Some(outcome) = few.ready(head, number) {
                        return Some((outcome.rule, outcome.short(head)));
                    }
                    let found = find(at, head, number);
                    Some((found.rule, self.actions.short(found.action, head, number)?))
                };
                results.add_ready(&self.actions, numbers, (short, find));
            }
            Finder::Many(many) if many.table.is_small() => {
                results.add(&self.actions, numbers, |_, head, number| {
                    many.find(many.table.spot(head, number), head, number)
                });
            }
            Finder::Many(many) => {
                for batch in numbers.chunks(BATCH) {
                    self.dial_batch(many, batch, results);
                }
            }
        }
    }

    /// Three passes, so that the memory of many numbers is waited for at once.
    fn dial_batch(&self, many: &Many, numbers: &[&[u8]], results: &mut Results) {
        let mut spots = [Spot::default(); BATCH];
        for (number, spot) in numbers.iter().zip(&mut spots) {
            *spot = many.table.spot(Head::of(number), number);
        }
        let fetched = spots[..numbers.len()].iter().map(|spot| many.table.fetch(*spot));
        black_box(fetched.fold(0, |all, word| all ^ word));
        results.add(&self.actions, numbers, |at, head, number| many.find(spots[at], head, number));
    }

    /// Dials every line of a text and appends the results, each with a line end.
    ///
    /// A number ends at LF; what stands behind the last LF is not dialled. Gives how many bytes
    /// were.
    ///
    /// ```
    /// use adr_engine::{Dialer, Rule};
    ///
    /// let dialer = Dialer::new(&[Rule::as_client_reads("", 7, 0, "9")]);
    /// let mut results = Vec::new();
    /// assert_eq!(dialer.dial_lines(b"5551212\n911\n555", &mut results), 12);
    /// assert_eq!(results, b"95551212\n911\n");
    /// ```
    pub fn dial_lines(&self, lines: &[u8], results: &mut Vec<u8>) -> usize {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', lines) {
            let number = &lines[start..end];
            match &self.finder {
                Finder::Few(few) => {
                    self.dial_by_few(few, number, results);
                }
                Finder::Many(_) => {
                    let head = Head::within(lines, start, number.len());
                    let found = self.find(head, number);
                    self.actions.append(found.action, head, number, results);
                }
            }
            results.push(b'\n');
            start = end + 1;
        }
        start
    }

    /// Bytes that this value holds, the value itself included.
    #[must_use]
    pub fn memory(&self) -> usize {
        let finder = match &self.finder {
            Finder::Few(few) => size_of::<Few>() + few.heap_bytes(),
            Finder::Many(many) => size_of::<Many>() + many.heap_bytes(),
        };
        size_of::<Self>() + finder + self.actions.heap_bytes()
    }
}

impl Many {
    fn build(rules: &[Rule], actions: Vec<u32>) -> Self {
        let (table, rest) = build::build(rules, &actions);
        let odd = Odd::build(rules, &rest);
        let is_far = |action: &u32| *action >= u32::from(FAR);
        let keeps_actions = odd.is_some() || actions.iter().any(is_far);
        Self { table, odd, actions: if keeps_actions { actions } else { Vec::new() } }
    }

    #[inline(always)]
    fn find(&self, spot: Spot, head: Head, number: &[u8]) -> Found {
        let (rule, action) = self.table.find(spot, head, number);
        if action == FAR || self.odd.is_some() {
            return self.find_further(rule, number);
        }
        Found { rule, action: u32::from(action) }
    }

    #[cold]
    /// The winner, when that of the table is `rule` and there may be another, or its action stands
    /// elsewhere.
    fn find_further(&self, rule: u32, number: &[u8]) -> Found {
        let odd = self.odd.as_ref().and_then(|odd| odd.find(number));
        let rule = odd.map_or(rule, |odd| odd.min(rule));
        let action = self.actions.get(rule as usize);
        Found { rule, action: action.copied().unwrap_or(UNCHANGED) }
    }

    fn heap_bytes(&self) -> usize {
        self.table.heap_bytes()
            + self.odd.as_ref().map_or(0, Odd::heap_bytes)
            + self.actions.capacity() * size_of::<u32>()
    }
}
