//! Reads rule sources from disk, publishes generations, and keeps both in step.
//!
//! Layer 6: the compiler touches no disk, so this crate reads its sources and writes its artifacts.
//! [`sources`] recognizes and reads what a command line names. [`publish`] writes generations into
//! a folder so that readers see each one as a whole or not at all, lists them, and rolls back.
//! [`mod@watch`] reports changes of sources, and [`supervisor`] decides what to do about them.
//! [`change_plan`] is the file between `adrc plan` and `adrc apply`, [`mod@write`] replaces single
//! files, and [`provisioning`] writes what a profile of clients becomes.
//!
//! ```text
//!  *.adr files ──▶ sources ──▶ adr_language ──▶ publish ──▶ DIR/generations/N, DIR/current
//!       │                                          ▲
//!       └────────▶ watch ──────▶ supervisor ───────┘ runs jobs: check, publish, renew, retry
//! ```
//!
//! # Example
//!
//! Publishes a dial plan and reads the history of the folder:
//!
//! ```
//! use adr_language::{Levels, load};
//! use adr_watcher::publish::{Publisher, history};
//! use adr_watcher::sources::{self, Disk};
//!
//! let folder = tempfile::tempdir()?;
//! let plan = folder.path().join("plan.adr");
//! std::fs::write(&plan, r#"application { rule "Local" { begins-with 5; digits 7; prefix 9 } }"#)?;
//!
//! let entries = sources::plan_entries(&[plan.display().to_string()])?;
//! let checked = sources::check(load(&Disk, &entries), &Levels::default())?;
//! let rules = checked.into_plan().ok_or("the dial plan has errors")?;
//!
//! let published = folder.path().join("published");
//! let artifacts = rules.artifacts();
//! let publisher = Publisher::new(&published, "1.0.0", 1_767_225_600);
//! publisher.publish(&artifacts, || rules.read_back(&artifacts))?;
//!
//! let entries = history(&published)?;
//! assert_eq!((entries[0].generation, entries[0].is_current), (1, true));
//! assert!(published.join("CUPC/AppDialRules.xml").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/publish.rs` does the same with a dial plan and a folder of your choice.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate reads the rule sources from disk, and writes the published files"
)]

pub mod change_plan;
pub mod git;
mod platform;
pub mod project;
pub mod provisioning;
pub mod publication;
pub mod publish;
pub mod sources;
pub mod supervisor;
pub mod toml_file;
pub mod utf8;
pub mod watch;
pub mod write;
