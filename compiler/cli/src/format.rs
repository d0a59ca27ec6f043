//! `--format`: the formats of results.

use adr_diagnostic::render::Format;
use clap::ValueEnum;

/// Formats of most results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    /// For people
    #[default]
    Text,
    /// For programs: one document
    Json,
}

/// Formats of test results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people
    #[default]
    Text,
    /// For programs: one document
    Json,
    /// For CI: a test case for each test
    Junit,
}

/// Formats of differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    #[default]
    Text,
    /// For programs: one document
    Json,
    /// For CI: a test case for each list
    Junit,
    /// For pull requests
    Markdown,
}

/// Formats of findings: [`Format`] on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingFormat {
    /// For people
    #[default]
    Text,
    /// One line for each finding
    Compact,
    /// For programs: one document
    Json,
    /// For programs: one object on each line
    Ndjson,
    /// For code scanning
    Sarif,
    /// For CI: a test case for each finding
    Junit,
    /// Annotations of GitHub
    Github,
}

impl From<FindingFormat> for Format {
    fn from(format: FindingFormat) -> Self {
        match format {
            FindingFormat::Text => Self::Text,
            FindingFormat::Compact => Self::Compact,
            FindingFormat::Json => Self::Json,
            FindingFormat::Ndjson => Self::Ndjson,
            FindingFormat::Sarif => Self::Sarif,
            FindingFormat::Junit => Self::Junit,
            FindingFormat::Github => Self::Github,
        }
    }
}

/// How the findings of a dial plan with errors are written, in place of a result.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FindingsAs {
    /// On standard error.
    Messages,
    /// One JSON document.
    Json,
    /// One JUnit document with this suite.
    Junit(&'static str),
}

impl From<TextOrJson> for FindingsAs {
    fn from(format: TextOrJson) -> Self {
        match format {
            TextOrJson::Text => Self::Messages,
            TextOrJson::Json => Self::Json,
        }
    }
}

impl From<TestFormat> for FindingsAs {
    fn from(format: TestFormat) -> Self {
        match format {
            TestFormat::Text => Self::Messages,
            TestFormat::Json => Self::Json,
            TestFormat::Junit => Self::Junit("adrc test"),
        }
    }
}

impl From<DiffFormat> for FindingsAs {
    fn from(format: DiffFormat) -> Self {
        match format {
            DiffFormat::Text | DiffFormat::Markdown => Self::Messages,
            DiffFormat::Json => Self::Json,
            DiffFormat::Junit => Self::Junit("adrc diff"),
        }
    }
}
