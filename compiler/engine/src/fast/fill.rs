//! Lays what wins from which key on out in lines.

use super::action::UNCHANGED;
use super::line::{FAR, Layout, Line, NO_RULE, PLACES, Place, SIZE_LIMIT, Span};

/// Places that lines fill on average, in tenths: with more, more lines are too small and lead to
/// others.
const FILLING: usize = 22;

/// Most bytes of lines for each rule of a class; lines that lead to others not counted.
const BYTES: usize = 34;

/// Nothing yet.
const NO_PLACE: Place = Place { entry: u64::MAX, action: 0, is_closed: false };

/// Makes lines.
pub(super) struct Filler<'a> {
    pub(super) layout: Layout,
    /// The action of every rule.
    pub(super) actions: &'a [u32],
    pub(super) lines: Vec<Line>,
}

/// Entries that hold from some key on, and what holds in front of the first.
#[derive(Clone, Copy)]
struct Piece<'e> {
    outer: u32,
    entries: &'e [u64],
}

impl Filler<'_> {
    /// Lays out the entries of one class with so many rules, ascending; in front of them no rule
    /// wins.
    pub(super) fn class(&mut self, entries: &[u64], rules: usize) -> Span {
        let most = (rules * BYTES).div_ceil(size_of::<Line>());
        let mut work = Vec::new();
        let span = self.spread(NO_RULE, entries, most, &mut work);
        while let Some((at, piece)) = work.pop() {
            let inner = self.spread(piece.outer, piece.entries, usize::MAX, &mut work);
            self.lines[at] = Line::span(inner);
        }
        span
    }

    /// Spreads entries over at most so many lines; those that are too full are left to do.
    fn spread<'e>(
        &mut self,
        outer: u32,
        entries: &'e [u64],
        most: usize,
        work: &mut Vec<(usize, Piece<'e>)>,
    ) -> Span {
        let span = self.span_over(entries, most);
        let layout = self.layout;
        let mut piece = Piece { outer, entries };
        for line in 0..=span.more as usize {
            let in_line = |entry: &u64| span.line(layout.key(*entry)) == span.first as usize + line;
            let count = piece.entries.iter().take_while(|entry| in_line(entry)).count();
            let (own, rest) = piece.entries.split_at(count);
            let made = self.line(piece.outer, own);
            if made.is_none() {
                let own = Piece { entries: own, ..piece };
                work.push((self.lines.len(), own));
            }
            self.lines.push(made.unwrap_or(Line::of((NO_RULE, 0), 0, &[])));
            piece = Piece {
                outer: own.last().map_or(piece.outer, |entry| layout.rule(*entry)),
                entries: rest,
            };
        }
        span
    }

    /// The lines for so many entries, from the first key to the last.
    fn span_over(&self, entries: &[u64], most: usize) -> Span {
        let key = |entry: &u64| self.layout.key(*entry);
        let (base, top) = (entries.first().map_or(0, key), entries.last().map_or(0, key));
        let places = entries.len() - self.ends(entries);
        let least = 1 + usize::from(entries.len() >= PLACES);
        let count = (10 * places).div_ceil(FILLING).min(most).max(least);
        let width = u128::from(top - base) + 1;
        Span {
            base,
            scale: u64::try_from(((count as u128) << 64) / width).unwrap_or(u64::MAX),
            first: self.lines.len() as u32,
            more: (count - 1) as u32,
        }
    }

    /// How many entries only say that what was before holds again.
    fn ends(&self, entries: &[u64]) -> usize {
        let rule = |entry: &u64| self.layout.rule(*entry);
        let inner = entries.windows(3).filter(|three| rule(&three[0]) == rule(&three[2]));
        inner.count()
    }

    /// The line with these entries, if it has places enough.
    fn line(&self, outer: u32, entries: &[u64]) -> Option<Line> {
        let (mut places, mut count) = ([NO_PLACE; PLACES - 1], 0);
        let mut size = None;
        let mut rest = entries;
        while let [entry, others @ ..] = rest {
            let closed = others
                .first()
                .filter(|end| self.layout.rule(**end) == outer)
                .and_then(|end| self.closed_size(*entry, *end))
                .filter(|closed| *closed == *size.get_or_insert(*closed));
            *places.get_mut(count)? = Place {
                entry: *entry,
                action: self.action(self.layout.rule(*entry)),
                is_closed: closed.is_some(),
            };
            count += 1;
            rest = &others[usize::from(closed.is_some())..];
        }
        let first = (outer, self.action(outer));
        Some(Line::of(first, size.unwrap_or(0), &places[..count]))
    }

    /// How many keys lie between two entries, if a line can say so of a closed place.
    fn closed_size(&self, entry: u64, end: u64) -> Option<u64> {
        let (start, end) = (self.layout.key(entry), self.layout.key(end));
        let size = self.layout.keys.whole_cone(start, end)?;
        (size < SIZE_LIMIT).then_some(size)
    }

    fn action(&self, rule: u32) -> u8 {
        match self.actions.get(rule as usize) {
            None => UNCHANGED as u8,
            Some(action) => u8::try_from(*action).unwrap_or(FAR),
        }
    }
}
