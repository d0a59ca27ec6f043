//! The rule language: compiles `.adr` sources to a checked dial plan, and formats, fixes and
//! imports them.
//!
//! A dial plan passes through typed stages, and each stage consumes the one before. Loading never
//! fails: everything that is wrong is in the report of the check. A [`DialPlan`] exists only if
//! nothing is an error, so the rules that it holds may be deployed. This crate does not access
//! disks, sockets, clocks or the environment: files come in through the trait [`World`].
//!
//! ```text
//!   World, [EntryFile]          .adr files
//!         |  load()             read and parse, with includes
//!         v
//!       Parsed                  texts and trees
//!         |  .check(levels)     resolve names, expand rules, run lints and tests
//!         v
//!      Checked                  a report of all findings
//!         |  .into_plan()       only if no finding is an error
//!         v
//!      DialPlan                 the rules of every view
//!         |  .artifacts()
//!         v
//!      Artifacts                XML files for clients
//! ```
//!
//! ```
//! use adr_language::{EntryFile, Levels, ReadError, World, load};
//!
//! /// A single file in memory.
//! struct Memory;
//!
//! impl World for Memory {
//!     fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
//!         let text = r#"
//! emergency 911
//! application {
//!   rule "Local" { begins-with 555; digits 7; prefix 9 }
//! }
//! test { dial 5551212 -> 95551212 }
//! "#;
//!         Ok(text.as_bytes().to_vec())
//!     }
//! }
//!
//! let entry = EntryFile { path: "plan.adr".to_owned(), root: String::new() };
//! let checked = load(&Memory, &[entry]).check(&Levels::default());
//! assert!(checked.report().is_empty());
//!
//! let plan = checked.into_plan().unwrap();
//! let artifacts = plan.artifacts();
//! assert_eq!(artifacts.files[0].0, "AppDialRules.xml");
//! ```
//!
//! `examples/check.rs` prints findings with their places.
//!
//! Layer 4.

mod allow;
mod allow_comment;
mod artifacts;
mod author_note;
mod check;
mod find_rule;
mod findings;
mod fix;
mod format;
mod import;
mod levels;
pub mod limits;
mod lint;
mod load;
mod not_a_deployed_file;
mod parse;
mod parsed;
mod plan;
mod range;
mod registry;
mod remove_entries;
mod remove_rule;
mod resolve;
mod rule_comments;
mod rule_origin;
mod run_tests;
mod short_entries;
mod shorten_report;
mod suggest;
mod text_edit;
pub mod tree;
mod two_threads;
mod world;

pub use artifacts::{Artifacts, ReadBackError, ViewFolder};
pub use check::Checked;
pub use find_rule::rule_at;
pub use findings::{finding, findings, registry};
pub use fix::{
    Change, FixRecord, FixRun, FixScope, RefusalReason, RefusedFix, Snapshot, Undo, apply_fixes,
};
pub use format::{Formatted, WIDTH, format, print};
pub use import::{ImportError, ImportReason, import};
pub use levels::{Level, LevelError, Levels};
pub use load::load;
pub use not_a_deployed_file::not_a_deployed_file;
pub use parse::parse;
pub use parsed::Parsed;
pub use plan::{
    BeginsWithEntry, DialPlan, DialTest, Expectation, List, ListKind, RuleOrigin, View,
};
pub use registry::Registry;
pub use remove_entries::remove_entries;
pub use remove_rule::remove_rule;
pub use rule_comments::RuleComments;
pub use run_tests::{TestOutcome, run_tests};
pub use short_entries::{ShortEntry, short_entries};
pub use shorten_report::shorten_report;
pub use suggest::closest;
pub use world::{EntryFile, ReadError, World};
