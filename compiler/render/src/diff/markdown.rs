//! Differences for a pull request.

use adr_analysis::Domain;

use super::Compared;
use super::changes::to_text;

/// Columns of the tables.
const WIDTH: usize = 100;

/// The differences in a code block of Markdown, or "No changes.".
#[must_use]
pub fn to_markdown(compared: &[Compared<'_>], domain: Domain) -> String {
    let text = to_text(compared, domain, WIDTH);
    match text.is_empty() {
        true => "No changes.\n".to_owned(),
        false => format!("```text\n{}\n```\n", text.trim_end()),
    }
}
