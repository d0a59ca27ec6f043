//! Exported files in all their dialects, and records put in order.

#![allow(clippy::expect_used, reason = "a missing value fails the test")]

mod exports;
mod order;
mod patterns;
