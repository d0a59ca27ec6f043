//! Renders the results of analyses as text, tables, drawings, JSON and JUnit.
//!
//! Layer 5. Pure: values in, strings out. [`lists::Rules`] is a list together with the names of its
//! rules. [`coverage`] and [`diff`] render answers about lists. [`trace`] shows how one number is
//! dialed. [`test_results`] shows which tests pass. [`adr_writer`] converts rules to rule source.
//! [`style::Styles`] defines how text is colored, and [`document::Document`] has the fields that
//! all JSON documents share.
//!
//! ```text
//! DialPlan ──> lists::Rules ──> coverage::CoverageMap ──> text, JSON, SVG
//!                         └──> diff::compare ─────────> text, JSON, JUnit
//! ```
//!
//! ```
//! assert_eq!(adr_render::text::count(2, "rule"), "2 rules");
//! assert_eq!(adr_render::text::grouped("1234567"), "1,234,567");
//! ```

pub mod adr_writer;
pub mod client_verdict;
pub mod coverage;
pub mod cucm_source;
pub mod deployment;
pub mod device_views;
pub mod diagnosis;
pub mod dialed;
pub mod diff;
pub mod document;
pub mod domain;
pub mod imported;
pub mod in_place;
pub mod inverse;
pub mod lists;
pub mod optimized;
pub mod plan_size;
pub mod provisioned;
pub mod push_plan;
pub mod sites;
pub mod style;
pub mod table;
pub mod test_results;
pub mod text;
pub mod trace;

/// The size and the abilities of a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// The width in columns.
    pub width: usize,
    /// Whether it shows color.
    pub color: bool,
}

impl Terminal {
    /// The styles of text on this terminal.
    #[must_use]
    pub fn styles(self) -> style::Styles {
        style::Styles::new(self.color)
    }
}
