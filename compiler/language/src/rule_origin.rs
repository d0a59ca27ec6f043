//! The places in the rule sources where deployed rules were written.

use adr_diagnostic::{SourceId, Span};

/// Where a deployed rule was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleOrigin {
    /// The rule's name, between its quotes.
    pub name: Span,
    /// The rule, keyword to closing brace.
    pub rule: Span,
    /// The entry of begins-with that the deployed rule was made from; `None` for a rule without
    /// begins-with, and for an empty entry.
    pub entry: Option<BeginsWithEntry>,
}

/// One entry of begins-with: a dial string, a member of a class or of a `${list}`, or a whole
/// range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BeginsWithEntry {
    /// The value as written, without quotes: `0800`, `[2-9]11`, `2000..2449` or `${areas}`.
    pub value: Span,
    /// The position of the entry in the rule, counted from 0, after classes and lists are expanded.
    /// The deployed rules of one range have the same position.
    pub number: u32,
}

/// The origins of the rules of a list, 28 bytes each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct RuleOrigins(Vec<Packed>);

impl RuleOrigins {
    pub(crate) fn push(&mut self, origin: RuleOrigin) {
        self.0.push(Packed::of(origin));
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    pub(crate) fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    pub(crate) fn get(&self, at: usize) -> Option<RuleOrigin> {
        self.0.get(at).map(|packed| packed.origin())
    }

    /// All of them, in the order of their rules.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RuleOrigin> + '_ {
        self.0.iter().map(|packed| packed.origin())
    }
}

/// An origin in 28 bytes. The name and the value lie in the same source as the rule, and a value
/// has at most [`VALUE_BYTES`](crate::limits::VALUE_BYTES) bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Packed {
    source: SourceId,
    /// Start and end of the rule.
    rule: (u32, u32),
    /// Start of the name.
    name: u32,
    /// Start of the value of the entry.
    value: u32,
    /// The length of the value in the low bits, and the position of the entry above them; a length
    /// of 0 means that there is no entry.
    entry: u32,
    name_length: u16,
}

const LENGTH_BITS: u32 = 12;
const LENGTH_MASK: u32 = (1 << LENGTH_BITS) - 1;

/// Number of entries of one rule that have different positions; later entries share the last one.
const ENTRIES: u32 = 1 << (32 - LENGTH_BITS);

impl Packed {
    fn of(origin: RuleOrigin) -> Self {
        let (value, entry) = origin.entry.map_or((0, 0), |entry| {
            let length = (entry.value.end - entry.value.start).min(LENGTH_MASK);
            let number = entry.number.min(ENTRIES - 1);
            (entry.value.start, (number << LENGTH_BITS) | length)
        });
        let name_length = origin.name.end - origin.name.start;
        Self {
            source: origin.rule.source,
            rule: (origin.rule.start, origin.rule.end),
            name: origin.name.start,
            value,
            entry,
            name_length: u16::try_from(name_length).unwrap_or(u16::MAX),
        }
    }

    fn origin(self) -> RuleOrigin {
        let span = |start, length| Span::new(self.source, start, start + length);
        let length = self.entry & LENGTH_MASK;
        RuleOrigin {
            name: span(self.name, u32::from(self.name_length)),
            rule: Span::new(self.source, self.rule.0, self.rule.1),
            entry: (length > 0).then(|| BeginsWithEntry {
                value: span(self.value, length),
                number: self.entry >> LENGTH_BITS,
            }),
        }
    }
}
