//! What analyses found, for people and programs: text, tables, drawings, JSON and JUnit.
//!
//! Layer 5. Pure: values in, strings out. [`lists::Rules`] is a list together with the names of its
//! rules; [`coverage`] and [`diff`] render answers about lists, [`trace`] shows how one number is
//! dialed, [`test_results`] shows which tests pass, and [`adr_writer`] writes rules as rule
//! sources. [`style::Styles`] says how text is colored, and [`document::Document`] is what JSON
//! documents have in common.
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
pub mod coverage;
pub mod dialed;
pub mod diff;
pub mod document;
pub mod domain;
pub mod inverse;
pub mod lists;
pub mod optimized;
pub mod plan_size;
pub mod sites;
pub mod style;
pub mod table;
pub mod test_results;
pub mod text;
pub mod trace;

/// What a terminal can show.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    /// Whether it shows color.
    pub color: bool,
}

impl Terminal {
    /// How text is colored on it.
    #[must_use]
    pub fn styles(self) -> style::Styles {
        style::Styles::new(self.color)
    }
}
