//! Renders which rule gets which numbers of a list, and which numbers remain unchanged.

mod grid;
mod json;
mod map;
mod svg;
mod text;

pub use json::to_json;
pub use map::CoverageMap;
pub use svg::to_svg;
pub use text::to_text;
