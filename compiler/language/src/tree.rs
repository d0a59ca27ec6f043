//! The syntax tree of a rule source.
//!
//! There is one tree for each file. A dial plan may have a million rules, so their fields and
//! values are packed in an arena of the tree, and a rule holds ranges of it; [`Tree::fields`] and
//! [`Tree::values`] return them. Everything else is plain nested data. Every node knows its span,
//! and texts are slices of the source. The span of a name does not include the quotes.

mod arena;

use std::ops::Range;

pub use adr_bundle::ListKind;
use adr_diagnostic::{SourceId, Span};

pub(crate) use arena::{Arena, VALUE_BYTES};

/// One parsed file.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The file.
    pub source: SourceId,
    /// Top-level items, in order.
    pub items: Vec<Item>,
    /// The comments in the order of the text. A span extends from `//` to the end of the line.
    pub comments: Vec<Span>,
    /// True if an error was found in the text. Then something that is missing here may have been
    /// written.
    pub damaged: bool,
    pub(crate) arena: Arena,
}

impl Tree {
    /// The fields of a rule of this tree, in the order written.
    pub fn fields(&self, rule: &Rule) -> impl Iterator<Item = Field> + '_ {
        self.arena.fields(self.source, rule.fields.clone(), rule.first_value)
    }

    /// The values of a field, a let or an emergency line of this tree, in the order written.
    pub fn values(
        &self,
        values: &Values,
    ) -> impl DoubleEndedIterator<Item = Value> + ExactSizeIterator + '_ {
        self.arena.values(self.source, values)
    }
}

/// An item at the top level of a file.
#[derive(Clone, Debug)]
pub enum Item {
    /// `let name = values`
    Let(Let),
    /// `emergency 911, 9911`
    Emergency(Emergency),
    /// `include "x.adr"`
    Include(Include),
    /// `longest-number 20`
    LongestNumber(LongestNumber),
    /// `group "name" { … }`
    Group(Group),
    /// `application { … }` or `lookup { … }`
    Block(Block),
    /// `site "name" { … }`
    Site(Site),
    /// `test { … }`
    Test(TestBlock),
}

/// A range of values in the arena; [`Tree::values`] returns them.
pub type Values = Range<u32>;

/// `let name = values`
#[derive(Clone, Debug)]
pub struct Let {
    /// The whole line.
    pub span: Span,
    /// The name: a letter or `_`, then letters, digits, `-` and `_`.
    pub name: Span,
    /// At least one value.
    pub values: Values,
}

/// `emergency 911, 9911`
#[derive(Clone, Debug)]
pub struct Emergency {
    /// The whole line.
    pub span: Span,
    /// At least one value.
    pub values: Values,
}

/// `include "x.adr"`
#[derive(Clone, Debug)]
pub struct Include {
    /// The whole line.
    pub span: Span,
    /// The path between the quotes.
    pub path: Span,
}

/// `longest-number 20`
#[derive(Clone, Debug)]
pub struct LongestNumber {
    /// The whole line.
    pub span: Span,
    /// One value.
    pub values: Values,
}

/// `group "name" { … }`
#[derive(Clone, Debug)]
pub struct Group {
    /// Keyword to closing brace.
    pub span: Span,
    /// The name between the quotes.
    pub name: Span,
    /// Rules and uses, in order.
    pub items: Vec<ListItem>,
}

/// `application { … }` or `lookup { … }`
#[derive(Clone, Debug)]
pub struct Block {
    /// Keyword to closing brace.
    pub span: Span,
    /// The keyword.
    pub keyword: Span,
    /// Which list.
    pub kind: ListKind,
    /// Rules and uses, in order.
    pub items: Vec<ListItem>,
}

/// An item of a group or a block.
#[derive(Clone, Debug)]
pub enum ListItem {
    /// `rule "name" { … }`
    Rule(Rule),
    /// `use "name"` or `use default`
    Use(Use),
}

/// `use "name"` or `use default`
#[derive(Clone, Debug)]
pub struct Use {
    /// The whole line.
    pub span: Span,
    /// The group's name between the quotes; `None` is `use default`.
    pub group: Option<Span>,
}

/// `rule "name" { … }`
#[derive(Clone, Debug)]
pub struct Rule {
    /// Keyword to closing brace.
    pub span: Span,
    /// The name between the quotes.
    pub name: Span,
    /// A range of fields in the arena; [`Tree::fields`] returns them.
    pub(crate) fields: Range<u32>,
    /// The index of the first value of the first field.
    pub(crate) first_value: u32,
    /// True if an error was found in the rule. Then a field that is missing here may have been
    /// written.
    pub damaged: bool,
}

/// One field of a rule.
#[derive(Clone, Debug)]
pub struct Field {
    /// Keyword to last value.
    pub span: Span,
    /// Which one.
    pub kind: FieldKind,
    /// Its values; empty for `keep`. A description has one value of kind [`ValueKind::Quoted`].
    pub values: Values,
}

/// The keywords inside a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldKind {
    /// Number Begins With.
    BeginsWith,
    /// Number of Digits.
    Digits,
    /// The number of digits after the begins-with; used in place of `digits`.
    Rest,
    /// Total Digits to be Removed.
    Remove,
    /// The number of digits that remain; used in place of `remove`.
    RemoveAllBut,
    /// Prefix With Pattern.
    Prefix,
    /// Description.
    Description,
    /// An exception: the number stays unchanged.
    Keep,
}

impl FieldKind {
    /// Every field, in the order in which the formatter's examples write them.
    pub const ALL: [Self; 8] = [
        Self::BeginsWith,
        Self::Digits,
        Self::Rest,
        Self::Remove,
        Self::RemoveAllBut,
        Self::Prefix,
        Self::Description,
        Self::Keep,
    ];

    /// The keyword as written.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::BeginsWith => "begins-with",
            Self::Digits => "digits",
            Self::Rest => "rest",
            Self::Remove => "remove",
            Self::RemoveAllBut => "remove-all-but",
            Self::Prefix => "prefix",
            Self::Description => "description",
            Self::Keep => "keep",
        }
    }
}

/// One element of a comma-separated list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The element, without quotes.
    pub span: Span,
    /// How it is written.
    pub kind: ValueKind,
}

impl Value {
    /// Whether the value is in quotes.
    #[must_use]
    pub fn is_quoted(self) -> bool {
        matches!(self.kind, ValueKind::Quoted | ValueKind::Template { quoted: true })
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A bare run of `0-9 + * #`.
    Bare,
    /// A quoted text; holds `${name}` or `[…]` only where [`ValueKind::Template`] says so.
    Quoted,
    /// Bare or quoted text with at least one `${name}` or class such as `[2-9]`.
    Template {
        /// True if it is in quotes.
        quoted: bool,
    },
    /// `low..high`, or `low..` where a length may be open; each side is a bare run of `0-9 + * #`
    /// or one `${name}`. `dots` is the offset of the two dots from the start of the span.
    Range {
        /// Offset of `..` from the span's start.
        dots: u32,
    },
    /// A word: `any` or `matched`.
    Word,
}

/// `site "name" { … }`
#[derive(Clone, Debug)]
pub struct Site {
    /// Keyword to closing brace.
    pub span: Span,
    /// The name between the quotes.
    pub name: Span,
    /// Lets, clients and blocks, in order.
    pub items: Vec<SiteItem>,
}

/// An item of a site.
#[derive(Clone, Debug)]
pub enum SiteItem {
    /// `let name = values`
    Let(Let),
    /// `clients 10.20.0.0/16, 2001:db8:20::/48`
    Clients(Clients),
    /// `application { … }` or `lookup { … }`
    Block(Block),
}

/// `clients 10.20.0.0/16, 2001:db8:20::/48`
#[derive(Clone, Debug)]
pub struct Clients {
    /// The whole line.
    pub span: Span,
    /// Each network as written, not yet checked.
    pub networks: Vec<Span>,
}

/// `test { … }`
#[derive(Clone, Debug)]
pub struct TestBlock {
    /// Keyword to closing brace.
    pub span: Span,
    /// The lines.
    pub tests: Vec<Test>,
}

/// `dial 911 at "Dallas" -> unchanged`
#[derive(Clone, Debug)]
pub struct Test {
    /// The whole line.
    pub span: Span,
    /// The list that is tested: `dial` or `lookup`.
    pub kind: ListKind,
    /// The number as people write it, without quotes; may contain spaces.
    pub number: Span,
    /// The site's name between the quotes.
    pub site: Option<Span>,
    /// The expected result without quotes; `None` is `unchanged`.
    pub expected: Option<Span>,
}
