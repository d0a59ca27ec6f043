//! `--format`: the formats of results.

use adr_diagnostic::render::Format;
use clap::ValueEnum;

/// Formats of most results: for people, or one document for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    #[default]
    Text,
    Json,
}

/// Formats of test results: for people, one document for programs, or a test case for each test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    #[default]
    Text,
    Json,
    Junit,
}

/// Formats of differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For CI: a test case for each list
    Junit,
    /// For pull requests
    Markdown,
}

/// Formats of findings: [`Format`], which says what they are for, on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingFormat {
    #[default]
    Text,
    Compact,
    Json,
    Ndjson,
    Sarif,
    Junit,
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

/// Formats of what the doctor found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For CI: a test case for each cause
    Junit,
    /// For tickets
    Markdown,
}
