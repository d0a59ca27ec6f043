//! The rule language: `.adr` text to a checked rule book, and back.
//!
//! Layer 4. The way through is one line of typed stages, each owning its result:
//!
//! ```text
//! load(world, entries) -> Parsed -> .check(levels) -> Checked -> .into_book() -> RuleBook -> .artefacts()
//! ```
//!
//! Nothing here touches disk, socket, clock or environment: texts come in through [`World`].

mod allow;
mod allow_comment;
mod artefacts;
mod beside;
mod book;
mod check;
mod entry_text;
mod findings;
mod fix;
mod format;
mod import;
mod levels;
pub mod limits;
mod lint;
mod load;
mod not_deployed;
mod origin;
mod parse;
mod parsed;
mod range;
mod registry;
mod resolve;
mod rule_text;
mod shorten;
mod suggest;
mod test;
pub mod tree;
mod world;
mod write_entries;

pub use artefacts::{Artefacts, ReadBackError, ViewFolder};
pub use book::{DialTest, Expectation, List, ListKind, Origin, RuleBook, View, WrittenEntry};
pub use check::Checked;
pub use entry_text::remove_entries;
pub use findings::{finding, findings, registry};
pub use fix::{Change, FixRecord, FixRun, FixScope, RefusedFix, Snapshot, Undo, apply_fixes};
pub use format::{Formatted, WIDTH, format, print};
pub use import::{ImportError, import};
pub use levels::{Level, LevelError, Levels};
pub use load::load;
pub use not_deployed::not_a_deployed_file;
pub use parse::parse;
pub use parsed::Parsed;
pub use registry::Registry;
pub use rule_text::{RuleComments, remove_rule, rule_at};
pub use shorten::shorten;
pub use suggest::closest;
pub use test::{TestOutcome, run_tests};
pub use world::{Entry, ReadError, World};
pub use write_entries::{ShortEntry, short_entries};
