//! Sources: texts, and places in them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Identifies a text in its [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub(crate) u32);

/// A half-open byte range of one source: `start <= end <= text.len()`, both on character
/// boundaries.
///
/// A span has twelve bytes, because each of millions of rules stores where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The end of the range: the offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` to `end` of `source`.
    #[must_use]
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        debug_assert!(start <= end);
        Self { source, start, end }
    }

    /// The range of bytes, to slice the text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The smallest span that contains both. `other` must lie in the same source.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        debug_assert_eq!(self.source, other.source);
        Self {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A place in lines and columns. Both start at 1, and columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// A text and its name.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user wrote it.
    name: String,
    text: Arc<String>,
    /// The byte offset of the start of each line; computed when it is first needed.
    line_starts: OnceLock<Vec<u32>>,
    /// The number of characters before each block of [`BLOCK`] bytes; computed only for long lines.
    characters: OnceLock<Vec<u32>>,
}

/// Number of bytes within which characters are counted one by one.
const BLOCK: usize = 1_024;

impl Source {
    /// The path as the user wrote it; `-` is standard input.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The position of the byte `offset`. An offset past the end is the end.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1) - 1;
        let start = starts[line] as usize;
        let end = (offset as usize).clamp(start, self.text.len());
        let column = match end - start {
            0..=BLOCK => characters(&self.text.as_bytes()[start..end]),
            _ => self.characters_before(end) - self.characters_before(start),
        };
        Position { line: number(line + 1), column: number(column + 1) }
    }

    /// The number of characters that begin before a byte.
    fn characters_before(&self, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let before = self.characters.get_or_init(|| {
            let blocks = bytes.chunks(BLOCK).scan(0, |before, block| {
                *before += characters(block);
                Some(number(*before))
            });
            std::iter::once(0).chain(blocks).collect()
        });
        let block = end / BLOCK;
        before[block] as usize + characters(&bytes[block * BLOCK..end])
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let after_newlines = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(after_newlines.map(|(at, _)| number(at + 1))).collect()
        })
    }
}

/// The texts of one run, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A source is at the index of its number.
    sources: Vec<Source>,
}

impl Sources {
    /// No texts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text, and returns its number.
    ///
    /// A file that cannot be read is added with an empty text, so that a diagnostic can point at
    /// it. Texts have less than 4 GiB; the readers enforce far lower limits.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let id = SourceId(number(self.sources.len()));
        self.sources.push(Source {
            name: name.into(),
            text: Arc::new(text.into()),
            line_starts: OnceLock::new(),
            characters: OnceLock::new(),
        });
        id
    }

    /// The source with this number, which must come from [`add`](Self::add) of this value.
    #[must_use]
    pub fn get(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// The text that a span covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        &self.get(span.source).text[span.range()]
    }

    /// The position of the start of a span.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        self.get(span.source).position(span.start)
    }

    /// Adds the texts of `other`, and returns their numbers here. A text that is here already under
    /// the same name keeps its number.
    pub(crate) fn extend(&mut self, other: Self) -> Vec<SourceId> {
        let known: HashMap<String, SourceId> =
            self.iter().map(|(id, source)| (source.name.clone(), id)).collect();
        let added = other.sources.into_iter().map(|source| {
            let known = known.get(&source.name).copied();
            let same = known.filter(|known| self.get(*known).text == source.text);
            same.unwrap_or_else(|| {
                self.sources.push(source);
                SourceId(number(self.sources.len() - 1))
            })
        });
        added.collect()
    }

    /// All sources with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().enumerate().map(|(at, source)| (SourceId(number(at)), source))
    }
}

/// The number of characters that begin in some bytes of a text.
fn characters(bytes: &[u8]) -> usize {
    let begins = |byte: &&u8| **byte & 0xc0 != 0x80;
    bytes.iter().filter(begins).count()
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
