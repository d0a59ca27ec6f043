//! What became of many numbers.

use super::action::{Actions, SHORT, Short};
use super::key::Head;
use super::{Dialled, Found};

/// What became of many numbers, kept by the caller and used again and again.
///
/// Filled by [`Dialer::dial_all`](crate::Dialer::dial_all).
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The results one behind the other, and room behind them.
    bytes: Vec<u8>,
    used: usize,
    places: Vec<Place>,
    /// How many results there will be.
    expected: usize,
}

/// Where a result ends, and its rule.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    end: usize,
    rule: u32,
}

impl Results {
    /// All results, one behind the other.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// How many results there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The results in the order of the numbers.
    pub fn iter(&self) -> impl Iterator<Item = Dialled<'_>> {
        self.places.iter().scan(0, |start, place| {
            let result = &self.bytes[*start..place.end];
            *start = place.end;
            let rule = place.rule;
            Some(Dialled { rule, result })
        })
    }

    /// Forgets what there is, for so many numbers.
    pub(super) fn begin(&mut self, numbers: usize) {
        self.used = 0;
        self.expected = numbers;
        self.places.clear();
        self.places.reserve(numbers);
        self.make_room(SHORT * numbers);
    }

    /// Adds what becomes of some of the numbers; `find` finds the rule of each, by its position
    /// among them.
    #[inline(always)]
    pub(super) fn add(
        &mut self,
        actions: &Actions,
        numbers: &[&[u8]],
        find: impl Fn(usize, Head, &[u8]) -> Found,
    ) {
        let short = |at: usize, head: Head, number: &[u8]| {
            let found = find(at, head, number);
            let short = actions.short(found.action, head, number)?;
            Some((found.rule, short))
        };
        self.add_ready(actions, numbers, (short, &find));
    }

    /// The same where `short` gives the rule of a number and its result, if that is put together in
    /// registers, and `find` is asked about the others.
    #[inline(always)]
    pub(super) fn add_ready(
        &mut self,
        actions: &Actions,
        numbers: &[&[u8]],
        (short, find): (
            impl Fn(usize, Head, &[u8]) -> Option<(u32, Short)>,
            impl Fn(usize, Head, &[u8]) -> Found,
        ),
    ) {
        let before = self.places.len();
        self.places.resize(before + numbers.len(), Place::default());
        let mut at = 0;
        while at < numbers.len() {
            let places = &mut self.places[before + at..];
            let mut writer = Writer { used: self.used, room: &mut self.bytes[self.used..] };
            at += writer.add_short(&numbers[at..], places, |after, head, number| {
                short(at + after, head, number)
            });
            self.used = writer.used;
            if let Some(number) = numbers.get(at) {
                let found = find(at, Head::of(number), number);
                self.add_long(before + at, found.rule, actions.long(found.action, number));
                at += 1;
            }
        }
    }

    /// Adds a long result, the one at `place`; there is room for short ones behind it.
    #[cold]
    fn add_long(&mut self, place: usize, rule: u32, (prefix, kept): (&[u8], &[u8])) {
        let length = prefix.len() + kept.len();
        self.make_room(length + SHORT * (self.expected - place));
        let room = &mut self.bytes[self.used..][..length];
        room[..prefix.len()].copy_from_slice(prefix);
        room[prefix.len()..].copy_from_slice(kept);
        self.used += length;
        let end = self.used;
        self.places[place] = Place { end, rule };
    }

    /// Sees to so many bytes behind those that are used.
    fn make_room(&mut self, bytes: usize) {
        if self.bytes.len() < self.used + bytes {
            self.bytes.resize(self.used + bytes, 0);
        }
    }
}

/// Writes short results one behind the other.
struct Writer<'r> {
    used: usize,
    room: &'r mut [u8],
}

impl Writer<'_> {
    /// Adds results as long as they are short, and tells how many were.
    #[inline(always)]
    fn add_short(
        &mut self,
        numbers: &[&[u8]],
        places: &mut [Place],
        short: impl Fn(usize, Head, &[u8]) -> Option<(u32, Short)>,
    ) -> usize {
        for (at, (number, place)) in numbers.iter().zip(places).enumerate() {
            let short = short(at, Head::of(number), number);
            let (Some((rule, short)), Some(room)) = (short, self.room.first_chunk_mut()) else {
                return at;
            };
            let length = short.put(room);
            self.room = &mut std::mem::take(&mut self.room)[length..];
            self.used += length;
            let end = self.used;
            *place = Place { end, rule };
        }
        numbers.len()
    }
}
