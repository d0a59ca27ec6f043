//! One thing that is to be said about a text.

use std::fmt::Write;

use crate::source::Span;

/// How much a finding weighs. Ordered: `Information < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; never fails a run.
    Information,
    /// Probably a mistake; the dial plan still compiles, the run exits with 1.
    Warning,
    /// The dial plan does not mean anything, or something dangerous; it is never compiled.
    Error,
}

impl Severity {
    /// The lower-case word that people and pipelines read.
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
    /// An input that the caller named and that cannot be read: nothing can be said about its
    /// content, so the job cannot be done.
    Input,
}

/// A span with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is pointed at.
    pub span: Span,
    /// Why; may be empty where the message says it all.
    pub text: String,
}

/// Whether a fix may be applied without a person looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// `--fix` applies it: no number's result changes. In a text with errors, it is the only way to
    /// correct the mistake.
    Safe,
    /// `--fix --unsafe` applies it: it may change results, so a person must choose it.
    Unsafe,
}

/// Text to put in place of a span; an empty span inserts, an empty text deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// The text with edits made, which lie in it and do not overlap. Those that insert at one place are
/// made in the order given.
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

/// A set of edits that mends a finding, all or none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an instruction: "remove the rule".
    pub message: String,
    /// Edits that do not overlap.
    pub edits: Vec<Edit>,
    /// Whether `--fix` applies it by itself.
    pub applicability: Applicability,
}

/// One finding: a kebab-case name, a severity, a message, the places, and a way out.
///
/// Wording: message and labels start in lower case, have no final stop, and put the user's own
/// text in backticks; `help` is apart from the message and says what to write.
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
    /// How much it weighs.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// One sentence: what is wrong.
    pub message: String,
    /// Places; the first is the one that the finding is about.
    pub labels: Vec<Label>,
    /// What to do, one sentence each.
    pub help: Vec<String>,
    /// A machine-applicable change.
    pub fix: Option<Fix>,
    /// A number that shows it, the shortest there is.
    pub witness: Option<String>,
    /// Position of the rule in its deployed file, from 1.
    pub rule_position: Option<u32>,
    /// Names of the rules that together cover this one (`dead-rule`).
    pub covered_by: Vec<String>,
}

/// Longest message, in bytes. Only one that quotes an absurdly long text of the user comes near it.
pub const MESSAGE_BYTES: usize = 10_000;

/// The beginning of a message that is too long, with how much is left out.
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
    /// A finding without a place yet. Of a message longer than [`MESSAGE_BYTES`] only the beginning
    /// is kept.
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

    /// An error without a place yet.
    #[must_use]
    pub fn error(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, Severity::Error, message)
    }

    /// A warning without a place yet.
    #[must_use]
    pub fn warning(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, Severity::Warning, message)
    }

    /// Points at `span`; the first call gives the primary place, later ones more places.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.labels.push(Label { span, text: String::new() });
        self
    }

    /// Words for the place given last.
    #[must_use]
    pub fn with_label(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.last_mut() {
            label.text = text.into();
        }
        self
    }

    /// One more sentence of what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The change that mends it.
    #[must_use]
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// A number that shows it.
    #[must_use]
    pub fn with_witness(mut self, witness: impl Into<String>) -> Self {
        self.witness = Some(witness.into());
        self
    }

    /// The position of the rule in its deployed file, from 1.
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
