//! Applying rules fast, at any size.
//!
//! The first-match answer depends only on a number's length and its first bytes. A list of few rules is
//! compared eight rules at a time (`few`); a longer one becomes one sorted table of intervals for
//! each length (`intervals`, made by `build`), and the rare rules that do not fit in it are found by
//! their exact begins-with (`odd`). `key` turns numbers into integers, `action` rewrites them.

mod action;
mod build;
mod few;
mod intervals;
mod key;
mod odd;

use crate::rule::Rule;

pub use action::Room;
use action::{Actions, UNCHANGED};
use few::{FEW, Few};
use intervals::{BATCH, Intervals, NO_RULE};
use key::Head;
use odd::Odd;

/// Rules, made ready to be applied very often.
///
/// Built once from a list, immutable, shareable between threads. Agrees with
/// [`apply`](crate::apply()) on every number, whatever the rules; applying allocates nothing for numbers of
/// up to 16 bytes and prefixes of up to 8, and reuses the caller's [`Room`] beyond that.
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
    intervals: Intervals,
    odd: Option<Odd>,
    /// The action of every rule.
    actions: Numbers,
}

/// One small number for every rule.
#[derive(Clone, Debug)]
enum Numbers {
    /// All of them are below 256.
    Narrow(Vec<u8>),
    Wide(Vec<u32>),
}

impl Numbers {
    fn of(numbers: Vec<u32>) -> Self {
        let narrow: Result<_, _> = numbers.iter().map(|number| u8::try_from(*number)).collect();
        narrow.map_or(Self::Wide(numbers), Self::Narrow)
    }

    #[inline]
    fn get(&self, at: u32) -> Option<u32> {
        match self {
            Self::Narrow(numbers) => numbers.get(at as usize).map(|number| u32::from(*number)),
            Self::Wide(numbers) => numbers.get(at as usize).copied(),
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.capacity(),
            Self::Wide(numbers) => numbers.capacity() * size_of::<u32>(),
        }
    }
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
const NOT_FOUND: Found = Found {
    rule: NO_RULE,
    action: UNCHANGED,
};

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
            Finder::Few(Box::new(Few::build(rules, numbers)))
        } else {
            Finder::Many(Box::new(Many::build(rules, numbers)))
        };
        Self { actions, finder }
    }

    #[inline]
    fn find(&self, head: Head, number: &[u8]) -> Found {
        match &self.finder {
            Finder::Few(few) => few.find(head, number),
            Finder::Many(many) => many.find(head, number),
        }
    }

    /// What a client sends out for `number`.
    #[inline]
    pub fn dial<'a>(&self, number: &'a [u8], room: &'a mut Room) -> Dialled<'a> {
        let head = Head::of(number);
        let found = self.find(head, number);
        Dialled {
            rule: found.rule,
            result: self.actions.rewrite(found.action, head, number, room),
        }
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
        let head = Head::of(number);
        let found = self.find(head, number);
        self.actions.append(found.action, head, number, result);
        (found.rule != NO_RULE).then_some(found.rule as usize)
    }

    /// Dials many numbers; `each` gets what became of them, in order.
    ///
    /// Faster than one by one where the rules do not fit in the processor's caches.
    #[inline]
    pub fn dial_all(&self, numbers: &[&[u8]], room: &mut Room, mut each: impl FnMut(Dialled<'_>)) {
        let mut found = [NOT_FOUND; BATCH];
        for batch in numbers.chunks(BATCH) {
            match &self.finder {
                Finder::Few(few) => few.find_all(batch, &mut found),
                Finder::Many(many) => many.find_all(batch, &mut found),
            }
            for (number, found) in batch.iter().zip(found) {
                each(Dialled {
                    rule: found.rule,
                    result: self
                        .actions
                        .rewrite(found.action, Head::of(number), number, room),
                });
            }
        }
    }

    /// Dials every line of a text and appends the results, each with a line end.
    ///
    /// A number ends at LF; what stands behind the last LF is not dialled. Gives how many bytes were.
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
            let head = Head::within(lines, start, number.len());
            let found = self.find(head, number);
            self.actions.append(found.action, head, number, results);
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
        let (intervals, rest) = build::build(rules);
        Self {
            intervals,
            odd: Odd::build(rules, &rest),
            actions: Numbers::of(actions),
        }
    }

    #[inline]
    fn find(&self, head: Head, number: &[u8]) -> Found {
        if number.is_empty() {
            return NOT_FOUND;
        }
        self.finish(number, self.intervals.find(head, number))
    }

    fn find_all(&self, numbers: &[&[u8]], found: &mut [Found]) {
        let mut rules = [NO_RULE; BATCH];
        self.intervals.find_all(numbers, &mut rules);
        for ((number, found), rule) in numbers.iter().zip(found).zip(rules) {
            *found = if number.is_empty() {
                NOT_FOUND
            } else {
                self.finish(number, rule)
            };
        }
    }

    #[inline]
    fn finish(&self, number: &[u8], rule: u32) -> Found {
        let odd = self.odd.as_ref().and_then(|odd| odd.find(number));
        let rule = odd.map_or(rule, |odd| odd.min(rule));
        Found {
            rule,
            action: self.actions.get(rule).unwrap_or(UNCHANGED),
        }
    }

    fn heap_bytes(&self) -> usize {
        self.intervals.heap_bytes()
            + self.odd.as_ref().map_or(0, Odd::heap_bytes)
            + self.actions.heap_bytes()
    }
}
