//! The rule language: `.adr` text to a checked dial plan, and back.
//!
//! Layer 4. The way through is one line of typed stages, each owning its result:
//!
//! ```text
//! load(world, entries) -> Parsed -> .check(levels) -> Checked -> .into_plan() -> DialPlan -> .artifacts()
//! ```
//!
//! Nothing here touches disk, socket, clock or environment: texts come in through [`World`].

mod allow;
mod allow_comment;
mod artifacts;
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
