//! The log on standard error: one line for each event, for people or as JSON.

use std::str::FromStr;

use adr_diagnostic::render::{Format, Options, render, summary};
use adr_language::{Checked, shorten_report};
use serde::Deserialize;
use tracing::level_filters::LevelFilter;

/// The format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl LogFormat {
    /// The names of all formats.
    pub const NAMES: [&str; 2] = ["text", "json"];
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("write text or json"),
        }
    }
}

/// Initializes the log. A second call has no effect.
pub(crate) fn start(format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_ansi(false)
        .with_target(false)
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(started);
}

/// Logs findings, one per line, and how many there are.
pub(crate) fn log_findings(checked: &Checked) {
    let options = Options {
        color: false,
        width: 120,
        version: env!("CARGO_PKG_VERSION"),
        findings: adr_language::findings(),
        valid: None,
    };
    let lines =
        render(Format::Compact, &shorten_report(checked.report()), checked.sources(), &options);
    for line in lines.lines() {
        tracing::warn!(finding = line, "finding");
    }
    if let Some(summary) = summary(checked.report()) {
        tracing::warn!("{summary}");
    }
}
