//! Distributes the winners of a length class over cache lines.

use crate::cache_line::{
    CELLS, CacheLine, Cell, EntryLayout, LineRange, LineWinner, OVERFLOW, SIZE_LIMIT,
};
use crate::winner::{NO_RULE, UNCHANGED};

/// Cells that a line fills on average, in tenths. With more, more lines overflow and become index
/// lines.
const FILLING: usize = 22;

/// Most bytes of lines for each rule of a class, lines below index lines not counted.
const BYTES: usize = 34;

/// A cell that is not used.
const NO_CELL: Cell = Cell { entry: u64::MAX, action: 0, is_closed: false };

/// Builds the lines of a table.
pub(crate) struct LineBuilder<'a> {
    pub(crate) layout: EntryLayout,
    /// The identifier of the action of each rule.
    pub(crate) action_ids: &'a [u32],
    /// The lines built so far.
    pub(crate) lines: Vec<CacheLine>,
}

/// Successive entries, and the rule that wins before the first of them.
#[derive(Clone, Copy)]
struct EntryRun<'e> {
    outer: u32,
    entries: &'e [u64],
}

/// A line whose entries did not fit, and which has to become an index line.
struct Overfull<'e> {
    /// Position of the line.
    line: usize,
    run: EntryRun<'e>,
}

impl LineBuilder<'_> {
    /// Distributes the entries of a class with this number of rules; entries ascend, and no rule
    /// wins before the first.
    pub(crate) fn add_class(&mut self, entries: &[u64], rules: usize) -> LineRange {
        let most = (rules * BYTES).div_ceil(size_of::<CacheLine>());
        let mut pending = Vec::new();
        let range = self.distribute(EntryRun { outer: NO_RULE, entries }, most, &mut pending);
        while let Some(Overfull { line, run }) = pending.pop() {
            let inner = self.distribute(run, usize::MAX, &mut pending);
            self.lines[line] = CacheLine::index(inner);
        }
        range
    }

    /// Distributes entries over at most `most` lines; adds those that are too full to `pending`.
    fn distribute<'e>(
        &mut self,
        run: EntryRun<'e>,
        most: usize,
        pending: &mut Vec<Overfull<'e>>,
    ) -> LineRange {
        let range = self.range_for(run.entries, most);
        let layout = self.layout;
        let mut rest = run;
        for line in 0..=range.more as usize {
            let in_line =
                |entry: &u64| range.line(layout.key(*entry)) == range.first as usize + line;
            let count = rest.entries.iter().take_while(|entry| in_line(entry)).count();
            let (own, others) = rest.entries.split_at(count);
            let built = self.line(rest.outer, own);
            if built.is_none() {
                let run = EntryRun { entries: own, ..rest };
                pending.push(Overfull { line: self.lines.len(), run });
            }
            self.lines.push(built.unwrap_or(CacheLine::EMPTY));
            rest = EntryRun {
                outer: own.last().map_or(rest.outer, |entry| layout.rule(*entry)),
                entries: others,
            };
        }
        range
    }

    /// The lines for these entries, from the first key to the last.
    fn range_for(&self, entries: &[u64], most: usize) -> LineRange {
        let key = |entry: &u64| self.layout.key(*entry);
        let (base, top) = (entries.first().map_or(0, key), entries.last().map_or(0, key));
        let cells = entries.len() - self.returning_entries(entries);
        let least = 1 + usize::from(entries.len() >= CELLS);
        let count = (10 * cells).div_ceil(FILLING).min(most).max(least);
        let width = u128::from(top - base) + 1;
        LineRange {
            base,
            scale: u64::try_from(((count as u128) << 64) / width).unwrap_or(u64::MAX),
            first: self.lines.len() as u32,
            more: (count - 1) as u32,
        }
    }

    /// How many entries return to the rule that won before the previous entry.
    fn returning_entries(&self, entries: &[u64]) -> usize {
        let rule = |entry: &u64| self.layout.rule(*entry);
        let returning = entries.windows(3).filter(|three| rule(&three[0]) == rule(&three[2]));
        returning.count()
    }

    /// The line with these entries; `None` when it has too few cells.
    fn line(&self, outer: u32, entries: &[u64]) -> Option<CacheLine> {
        let (mut cells, mut count) = ([NO_CELL; CELLS - 1], 0);
        let mut size = None;
        let mut rest = entries;
        while let [entry, others @ ..] = rest {
            let closed = others
                .first()
                .filter(|end| self.layout.rule(**end) == outer)
                .and_then(|end| self.closed_size(*entry, *end))
                .filter(|closed| *closed == *size.get_or_insert(*closed));
            *cells.get_mut(count)? = Cell {
                entry: *entry,
                action: self.action(self.layout.rule(*entry)),
                is_closed: closed.is_some(),
            };
            count += 1;
            rest = &others[usize::from(closed.is_some())..];
        }
        let first = LineWinner { rule: outer, action: self.action(outer) };
        Some(CacheLine::new(first, size.unwrap_or(0), &cells[..count]))
    }

    /// How many keys lie between two entries, if a closed cell can hold that many.
    fn closed_size(&self, entry: u64, end: u64) -> Option<u64> {
        let (start, end) = (self.layout.key(entry), self.layout.key(end));
        let size = self.layout.keys.whole_interval(start, end)?;
        (size < SIZE_LIMIT).then_some(size)
    }

    fn action(&self, rule: u32) -> u8 {
        match self.action_ids.get(rule as usize) {
            None => UNCHANGED as u8,
            Some(action) => u8::try_from(*action).unwrap_or(OVERFLOW),
        }
    }
}
