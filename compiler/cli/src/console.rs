//! The two streams: data on standard output, messages on standard error.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, BufWriter, StdoutLock, Write};

use adr_daemon::Messages;
use adr_diagnostic::render::{Format, Options, render, summary};
use adr_diagnostic::{Report, Sources};
use adr_language::{Checked, shorten_report};
use adr_render::Terminal;
use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

use crate::VERSION;
use crate::failure::Failure;

/// Columns where nobody says how wide the terminal is.
const WIDTH: usize = 120;

/// Columns of a picture where nobody says how wide the terminal is.
const PICTURE: usize = 80;

/// When output has color.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, and as NO_COLOR and CLICOLOR_FORCE say
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What a run writes to.
pub(crate) struct Console {
    out: RefCell<BufWriter<StdoutLock<'static>>>,
    color_out: bool,
    color_messages: bool,
    is_quiet: bool,
}

impl Console {
    /// The streams of this process. A quiet one shows findings and errors, and no messages.
    pub(crate) fn of_process(color: Color, is_quiet: bool) -> Self {
        let is_colored = |choice| match color {
            Color::Auto => choice != ColorChoice::Never,
            Color::Always => true,
            Color::Never => false,
        };
        Self {
            out: RefCell::new(BufWriter::with_capacity(1 << 16, io::stdout().lock())),
            color_out: is_colored(AutoStream::choice(&io::stdout())),
            color_messages: is_colored(AutoStream::choice(&io::stderr())),
            is_quiet,
        }
    }

    /// What standard output can show.
    pub(crate) fn terminal(&self) -> Terminal {
        let size = terminal_size::terminal_size_of(io::stdout());
        Terminal {
            width: size.map_or(PICTURE, |(width, _)| usize::from(width.0)),
            color: self.color_out,
        }
    }

    /// Data, as it is.
    pub(crate) fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.out.borrow_mut().write_all(bytes);
        written.map_err(|error| Failure::stream("standard output", &error))
    }

    /// One line of data.
    pub(crate) fn line(&self, line: impl Display) -> Result<(), Failure> {
        self.data(format!("{line}\n").as_bytes())
    }

    /// Everything written so far is out.
    pub(crate) fn flush(&self) -> Result<(), Failure> {
        let flushed = self.out.borrow_mut().flush();
        flushed.map_err(|error| Failure::stream("standard output", &error))
    }

    /// One message. Standard error may be closed; that ends nothing.
    pub(crate) fn message(&self, message: impl Display) {
        let _ = self.flush();
        self.messages().message(&message);
    }

    /// Whether only findings and errors are shown.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Why the job could not be done.
    pub(crate) fn failure(&self, failure: &Failure) {
        let _ = self.flush();
        self.messages().failure(failure);
    }

    /// Standard error alone, which any thread may use.
    pub(crate) fn messages(&self) -> StandardError {
        StandardError { color: self.color_messages, is_quiet: self.is_quiet }
    }

    /// Findings as data, in a format; `valid` is what JSON says of the whole. People get the first
    /// of many, programs get all.
    pub(crate) fn report(
        &self,
        format: Format,
        report: &Report,
        sources: &Sources,
        valid: bool,
    ) -> Result<(), Failure> {
        let mut options = options(self.color_out);
        options.valid = Some(valid);
        let written = match format {
            Format::Text | Format::Compact | Format::Github => {
                render(format, &shorten_report(report), sources, &options)
            }
            _ => render(format, report, sources, &options),
        };
        self.data(written.as_bytes())
    }

    /// Findings as messages, for people: the first of many.
    pub(crate) fn findings(&self, report: &Report, sources: &Sources) {
        let _ = self.flush();
        self.messages().report(report, sources);
    }
}

/// Messages for people on standard error. It may be closed; that ends nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StandardError {
    color: bool,
    is_quiet: bool,
}

impl StandardError {
    fn line(self, line: impl Display) {
        let _ = writeln!(io::stderr(), "{line}");
    }

    fn failure(self, failure: &Failure) {
        if self.color {
            self.line(format_args!("\x1b[1;31merror\x1b[0m: {failure}"));
        } else {
            self.line(format_args!("error: {failure}"));
        }
    }

    fn report(self, report: &Report, sources: &Sources) {
        if !report.is_empty() {
            let text = render(Format::Text, &shorten_report(report), sources, &options(self.color));
            self.line(text.trim_end());
        }
    }
}

impl Messages for StandardError {
    fn message(&self, message: &dyn Display) {
        if !self.is_quiet {
            self.line(message);
        }
    }

    fn error(&self, error: &adr_daemon::Error) {
        let help = match error.help() {
            "" => String::new(),
            help => format!("\n  help: {help}"),
        };
        self.failure(&Failure::new(format!("{error}{help}"), ""));
    }

    fn findings(&self, checked: &Checked) {
        self.report(checked.report(), checked.sources());
        if let Some(summary) = summary(checked.report()) {
            self.line(format_args!("{summary}; {EXPLAIN}"));
        }
    }
}

/// What follows the number of findings.
pub(crate) const EXPLAIN: &str = "see `adrc explain NAME`";

fn options(color: bool) -> Options<'static> {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    Options {
        color,
        width: columns.unwrap_or(WIDTH),
        version: VERSION,
        findings: adr_language::findings(),
        valid: None,
    }
}
