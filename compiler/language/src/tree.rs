//! What a text says, before anybody asks what it means.
//!
//! One tree a file. Rules are many, so their fields and values lie packed in an arena of the tree,
//! and a rule holds ranges: ask [`Tree::fields`] and [`Tree::values`]. Everything else is plain
//! nested data. Every node knows its span, and texts are slices of the source: a name's span covers
//! what stands between the quotes.

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
    /// Comments in order of their places; a span covers `//` up to before the line end.
    pub comments: Vec<Span>,
    /// True when an error was found in the text: what is missing here may have been written.
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

/// Something at the top level of a file.
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

/// A run of values; [`Tree::values`] gives them.
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

/// Something in a group or a block.
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
    /// A run of fields; [`Tree::fields`] gives them.
    pub(crate) fields: Range<u32>,
    /// The first value of the first field.
    pub(crate) first_value: u32,
    /// True when an error was found in the rule: a field that is missing here may have been
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
    /// How many digits follow what begins-with matched; stands in the place of `digits`.
    Rest,
    /// Total Digits to be Removed.
    Remove,
    /// How many digits are left of the number; stands in the place of `remove`.
    RemoveAllBut,
    /// Prefix With Pattern.
    Prefix,
    /// Description.
    Description,
    /// An exception: stop here, unchanged.
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
    /// Whether the value stands in quotes.
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
    /// Bare or quoted text with at least one `${name}` or class `[2-9]` in it; `quoted` says which.
    Template {
        /// True when it stands in quotes.
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

/// Something in a site.
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
    /// Which list is asked: `dial` or `lookup`.
    pub kind: ListKind,
    /// The number as people write it, bare or quoted, without quotes; may hold spaces.
    pub number: Span,
    /// The site's name between the quotes.
    pub site: Option<Span>,
    /// What must come out; `None` is `unchanged`. Without quotes.
    pub expected: Option<Span>,
}
