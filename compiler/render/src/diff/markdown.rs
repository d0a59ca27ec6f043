//! Differences as Markdown for a pull request.

use adr_analysis::Domain;

use super::changes::to_text;
use super::{Compared, NO_CHANGES};
use crate::Terminal;

/// The width of the tables.
const PAGE: Terminal = Terminal { width: 100, color: false };

/// The differences in a code block of Markdown, or "No changes.".
#[must_use]
pub fn to_markdown(compared: &[Compared<'_>], domain: Domain) -> String {
    let text = to_text(compared, domain, PAGE);
    match text.is_empty() {
        true => NO_CHANGES.to_owned(),
        false => format!("```text\n{}\n```\n", text.trim_end()),
    }
}
