//! The rule language: `.adr` text to a checked rule book, and back.
//!
//! Floor 3. The way through is one line of typed stages, each owning its result:
//!
//! ```text
//! load(world, entries) -> Parsed -> .check(levels) -> Checked -> .into_book() -> RuleBook -> .artefacts()
//! ```
//!
//! Nothing here touches disk, socket, clock or environment: texts come in through [`World`].

mod allow;
mod artefacts;
mod book;
mod compile;
mod findings;
mod format;
mod import;
mod levels;
pub mod limits;
mod lint;
mod load;
mod parse;
mod resolve;
mod shorten;
mod suggest;
mod test;
pub mod tree;
mod world;

pub use artefacts::{Artefacts, ReadBackError, ViewFolder};
pub use book::{DialTest, Expectation, List, ListKind, Origin, RuleBook, View};
pub use compile::{Checked, Parsed};
pub use findings::{finding, findings, suggest, suggest_finding};
pub use format::{Formatted, WIDTH, format, print};
pub use import::{ImportError, import};
pub use levels::{Level, Levels, UnknownFinding};
pub use load::load;
pub use parse::parse;
pub use shorten::shorten;
pub use test::{TestOutcome, run_tests};
pub use world::{Entry, ReadError, World};
