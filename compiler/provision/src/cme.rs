//! Settings of CME: the rule files that phones of a template fetch.

use crate::plain_text::PlainText;

/// Lines of a `voice register template`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cme {
    /// The number of the template: 1 to 10.
    pub template: u8,
    /// The URL of the application dial rules.
    pub application_rules: Option<RuleUrl>,
    /// The URL of the directory lookup rules.
    pub lookup_rules: Option<RuleUrl>,
}

/// Most characters of a URL; a router reads lines of 254.
const MAX_URL_LENGTH: usize = 220;

/// The URL of a rule file, as CME takes it: `http://`, `https://` or `tftp://`, and at most 220
/// printable ASCII characters without spaces, `?`, quotes and backslashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleUrl(PlainText);

impl RuleUrl {
    /// Checks a URL; `None` if CME cannot take it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let rest =
            ["http://", "https://", "tftp://"].iter().find_map(|it| text.strip_prefix(it))?;
        let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '"' | '\'' | '\\');
        let has_host = !rest.is_empty() && !rest.starts_with('/');
        let text = PlainText::new(text).ok().filter(|text| text.as_str().chars().all(fits))?;
        (has_host && text.as_str().len() <= MAX_URL_LENGTH).then_some(Self(text))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
