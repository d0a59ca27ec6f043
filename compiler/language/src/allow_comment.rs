//! `// allow(name): reason`: how a comment that allows a finding is written.

use adr_diagnostic::{Sources, Span};

/// A comment that begins like an `allow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AllowComment<'s> {
    /// The name between the parentheses, without the blanks around it.
    pub(crate) name: &'s str,
    /// The text after the colon; `None` if it is missing or empty.
    pub(crate) reason: Option<&'s str>,
}

impl<'s> AllowComment<'s> {
    /// The `allow` that a comment holds; `None` for an ordinary comment.
    pub(crate) fn read(comment: Span, sources: &'s Sources) -> Option<Self> {
        let text = sources.slice(comment).trim_start_matches('/').trim();
        let (name, rest) = text.strip_prefix("allow(")?.split_once(')')?;
        let reason = rest.trim_start().strip_prefix(':').map(str::trim);
        Some(Self { name: name.trim(), reason: reason.filter(|reason| !reason.is_empty()) })
    }
}

/// Whether a comment is a whole `allow`, with a name and a reason.
pub(crate) fn is_allow(comment: Span, sources: &Sources) -> bool {
    AllowComment::read(comment, sources).is_some_and(|allow| allow.reason.is_some())
}
