//! Which numbers a list touches, by which rule, and what it leaves unchanged.

mod grid;
mod json;
mod map;
mod svg;
mod text;

pub use json::to_json;
pub use map::CoverageMap;
pub use svg::to_svg;
pub use text::to_text;
