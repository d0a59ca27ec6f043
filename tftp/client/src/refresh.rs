//! Refreshing the rules while they are in use: following servers, fetching, and reporting.
//!
//! ```text
//!                                            Agenda
//!                                              │ Action
//!  server ──events──> FollowTask ──Signal──> Refresher ──round──> fetch, verify
//!  server <──reports── report::run <──────────┘  └──> CurrentRules, Status, Cache
//! ```

mod event_stream;
mod follow_task;
mod refresher;
mod report;
mod standby_task;
mod tasks;

pub(crate) use refresher::Refresher;
