//! Diagnostics: findings about a text, with their places and fixes.

use std::fmt::Write;

use crate::source::Span;

/// How serious a finding is. Ordered: `Information < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing. Does not change the exit status.
    Information,
    /// Probably a mistake. The dial plan still compiles; the exit status is 1.
    Warning,
    /// The dial plan has no meaning, or is dangerous. It is not compiled.
    Error,
}

impl Severity {
    /// The name in lower case, as in messages and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// What a text says.
    Content,
    /// An input that the caller named and that cannot be read. The command cannot do its job
    /// without it.
    Input,
}

/// A place that a finding points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A short explanation; empty if the message explains the place.
    pub text: String,
}

/// Whether a fix may be applied without review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// `--fix` applies it: no number's result changes. In a text with errors, it is the only way to
    /// correct the mistake.
    Safe,
    /// `--fix --unsafe` applies it: it may change results, so a person must choose it.
    Unsafe,
}

/// A replacement of text. An empty span inserts, and an empty replacement deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The text to replace.
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// Applies edits to a text. The edits lie in the text and do not overlap. Edits that insert at the
/// same place are applied in the given order.
///
/// ```
/// use adr_diagnostic::{Edit, Sources, Span, edited};
///
/// let mut sources = Sources::new();
/// let id = sources.add("plan.adr", "digts 7");
/// let edit = Edit { span: Span::new(id, 0, 5), replacement: "digits".to_owned() };
/// assert_eq!(edited("digts 7", [&edit]), "digits 7");
/// ```
#[must_use]
pub fn edited<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut sorted: Vec<&Edit> = edits.into_iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let (mut new, mut at) = (String::with_capacity(text.len()), 0);
    for edit in sorted {
        new.push_str(text.get(at..edit.span.range().start).unwrap_or_default());
        new.push_str(&edit.replacement);
        at = edit.span.range().end;
    }
    new + text.get(at..).unwrap_or_default()
}

/// A set of edits that together fix a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, as an instruction: "remove the rule".
    pub message: String,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
    /// Whether the fix may be applied without review.
    pub applicability: Applicability,
}

/// One finding: its name, severity, message, places and help.
///
/// Wording: messages and labels begin in lower case, have no final stop, and put the user's text in
/// backticks. The help is separate from the message and says what to write.
///
/// ```
/// use adr_diagnostic::{Diagnostic, Severity, Sources, Span};
///
/// let mut sources = Sources::new();
/// let id = sources.add("plan.adr", "digits 1O");
/// let diagnostic = Diagnostic::error("not-a-number", "`1O` is not a number")
///     .at(Span::new(id, 7, 9))
///     .with_label("a letter O, not a zero")
///     .with_help("write `digits 10`");
/// assert_eq!(diagnostic.severity, Severity::Error);
/// assert_eq!(sources.slice(diagnostic.span().unwrap()), "1O");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Kebab-case name that reads well after "allow".
    pub name: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// What the finding is about.
    pub subject: Subject,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The places; the first one is the primary place.
    pub labels: Vec<Label>,
    /// What to do, one sentence each.
    pub help: Vec<String>,
    /// A change that fixes it.
    pub fix: Option<Fix>,
    /// An example: the shortest number for which the finding is true.
    pub witness: Option<String>,
    /// The position of the rule in its deployed file, from 1.
    pub rule_position: Option<u32>,
    /// The names of the rules that together match every number of this rule (`dead-rule`).
    pub covered_by: Vec<String>,
}

/// Longest message, in bytes. Only a message that quotes a very long text of the user exceeds it.
pub const MESSAGE_BYTES: usize = 10_000;

/// Shortens a message that is too long, and appends how many bytes were cut off.
fn shortened(mut message: String) -> String {
    if message.len() > MESSAGE_BYTES {
        let end = message.floor_char_boundary(MESSAGE_BYTES);
        let more = message.len() - end;
        message.truncate(end);
        message.shrink_to_fit();
        let _ = write!(message, "… ({more} more bytes)");
    }
    message
}

impl Diagnostic {
    /// Every place: of labels, and of the edits of its fix.
    pub(crate) fn spans_mut(&mut self) -> impl Iterator<Item = &mut Span> {
        let edits = self.fix.iter_mut().flat_map(|fix| &mut fix.edits);
        let labels = self.labels.iter_mut().map(|label| &mut label.span);
        labels.chain(edits.map(|edit| &mut edit.span))
    }

    /// A finding without a place. A message longer than [`MESSAGE_BYTES`] is shortened.
    #[must_use]
    pub fn new(name: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            name,
            severity,
            subject: Subject::Content,
            message: shortened(message.into()),
            labels: Vec::new(),
            help: Vec::new(),
            fix: None,
            witness: None,
            rule_position: None,
            covered_by: Vec::new(),
        }
    }

    /// An error without a place.
    #[must_use]
    pub fn error(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, Severity::Error, message)
    }

    /// A warning without a place.
    #[must_use]
    pub fn warning(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, Severity::Warning, message)
    }

    /// Adds a place. The first call sets the primary place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.labels.push(Label { span, text: String::new() });
        self
    }

    /// Sets the label of the last place.
    #[must_use]
    pub fn with_label(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.last_mut() {
            label.text = text.into();
        }
        self
    }

    /// Adds a sentence of help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Sets the fix.
    #[must_use]
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Sets the example number.
    #[must_use]
    pub fn with_witness(mut self, witness: impl Into<String>) -> Self {
        self.witness = Some(witness.into());
        self
    }

    /// Sets the position of the rule in its deployed file, from 1.
    #[must_use]
    pub fn with_rule(mut self, position: u32) -> Self {
        self.rule_position = Some(position);
        self
    }

    /// The primary place, if the finding has one.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, MESSAGE_BYTES};

    #[test]
    fn long_message_keeps_its_beginning() {
        let message = "é".repeat(MESSAGE_BYTES);
        let found = Diagnostic::error("unknown-group", format!("`{message}`"));
        assert!(found.message.starts_with("`éé"));
        assert!(found.message.ends_with("é… (10003 more bytes)"), "{}", found.message.len());
        let short = "a".repeat(MESSAGE_BYTES);
        assert_eq!(Diagnostic::error("unknown-group", short.as_str()).message, short);
    }
}
