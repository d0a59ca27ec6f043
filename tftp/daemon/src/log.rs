//! The log on standard error: one line for each event, for people or as JSON.

mod queue;

use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use adr_diagnostic::render::{Format, Options, render, summary};
use adr_language::{Checked, shorten_report};
use adr_server::{Registry, Restarts};
use prometheus_client::metrics::counter::Counter;
use serde::Deserialize;
use tracing::level_filters::LevelFilter;

use crate::Error;
pub(crate) use queue::LogQueue;

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

/// The log of this process. Dropping it waits a moment until the last lines are written.
pub(crate) struct Log(Arc<LogQueue>);

impl Log {
    /// A queue to standard error, for lines of any kind.
    ///
    /// # Errors
    ///
    /// The operating system does not start a thread.
    pub(crate) fn to_standard_error() -> Result<Self, Error> {
        let queue = LogQueue::start(std::io::stderr(), DROPPED.clone());
        Ok(Self(Arc::new(queue.map_err(Error::Threads)?)))
    }

    pub(crate) fn queue(&self) -> Arc<LogQueue> {
        Arc::clone(&self.0)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// The number of lines that were dropped because nobody read the log.
static DROPPED: LazyLock<Counter> = LazyLock::new(Counter::default);

/// How often parts of this process were started again.
pub(crate) static RESTARTS: LazyLock<Restarts> = LazyLock::new(Restarts::default);

/// Adds the metric `adrc_log_lines_dropped_total` to a registry.
pub(crate) fn register(registry: &mut Registry) {
    let help = "Log lines that were dropped because the reader of the log did not keep up";
    registry.register("adrc_log_lines_dropped", help, DROPPED.clone());
}

/// Initializes the log. After a second call, events still go to the first one.
///
/// # Errors
///
/// The operating system does not start a thread.
pub(crate) fn start(format: LogFormat) -> Result<Log, Error> {
    let started = Log::to_standard_error()?;
    let log = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_ansi(false)
        .with_target(false)
        .with_writer(started.queue());
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    Ok(started)
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
