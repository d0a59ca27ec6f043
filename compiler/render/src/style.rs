//! Styles of text for people. Without color, all of them are empty.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// The styles of the parts of a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    /// Headings, and the rule that decides.
    pub heading: Style,
    /// Added text, and passed tests.
    pub good: Style,
    /// Removed text, and failed tests.
    pub bad: Style,
    /// The word `error`.
    pub error: Style,
    /// The word `warning`, and what may be wrong.
    pub warning: Style,
    /// What matters less.
    pub faint: Style,
}

impl Styles {
    /// Styles with color, or empty ones.
    #[must_use]
    pub fn new(color: bool) -> Self {
        if !color {
            return Self::default();
        }
        Self {
            heading: Style::new().bold(),
            good: AnsiColor::Green.on_default(),
            bad: AnsiColor::Red.on_default(),
            error: AnsiColor::Red.on_default().bold(),
            warning: AnsiColor::Yellow.on_default().bold(),
            faint: Style::new().dimmed(),
        }
    }
}

/// A text in a style. An empty style adds nothing.
///
/// ```
/// use adr_render::style::{Styles, styled};
///
/// assert_eq!(styled(Styles::new(false).good, "ok"), "ok");
/// assert_eq!(styled(Styles::new(true).good, "ok"), "\u{1b}[32mok\u{1b}[0m");
/// ```
#[must_use]
pub fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
