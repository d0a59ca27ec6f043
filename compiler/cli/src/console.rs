//! Writes data to standard output and messages to standard error.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, BufWriter, StdoutLock, Write};

use adr_daemon::Messages;
use adr_diagnostic::render::{Format, Options, render, summary};
use adr_diagnostic::{Report, Sources};
use adr_language::{Checked, shorten_report};
use adr_render::document::Document;
use adr_render::style::{Styles, styled};
use adr_render::{Terminal, text};
use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use serde::Serialize;

use crate::VERSION;
use crate::failure::Failure;
use crate::platform::{Stream, has_color};

/// Columns of text if the width of the terminal is unknown.
const WIDTH: usize = 120;

/// Columns of a drawing if the width of the terminal is unknown.
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

/// The output streams of a run.
pub(crate) struct Console {
    out: RefCell<BufWriter<StdoutLock<'static>>>,
    color_out: bool,
    color_messages: bool,
    is_quiet: bool,
}

impl Console {
    /// The streams of this process. A quiet console shows findings and errors, but no messages.
    pub(crate) fn of_process(color: Color, is_quiet: bool) -> Self {
        // asks the console of Windows for color even if there is none in the end
        let is_colored = |stream, choice| match (has_color(stream), color) {
            (has_color, Color::Auto) => has_color && choice != ColorChoice::Never,
            (_, Color::Always) => true,
            (_, Color::Never) => false,
        };
        Self {
            out: RefCell::new(BufWriter::with_capacity(1 << 16, io::stdout().lock())),
            color_out: is_colored(Stream::Output, AutoStream::choice(&io::stdout())),
            color_messages: is_colored(Stream::Error, AutoStream::choice(&io::stderr())),
            is_quiet,
        }
    }

    /// Width and color of standard output.
    pub(crate) fn terminal(&self) -> Terminal {
        let size = terminal_size::terminal_size_of(io::stdout());
        Terminal {
            width: size.map_or(PICTURE, |(width, _)| usize::from(width.0)),
            color: self.color_out,
        }
    }

    /// Writes data unchanged.
    pub(crate) fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.out.borrow_mut().write_all(bytes);
        written.map_err(|error| Failure::stream("standard output", &error))
    }

    /// One JSON document as data.
    pub(crate) fn document(&self, document: &Document<'_, impl Serialize>) -> Result<(), Failure> {
        self.data(document.to_json().as_bytes())
    }

    /// Writes text for people; control characters in it are escaped.
    pub(crate) fn text(&self, text: impl Display) -> Result<(), Failure> {
        self.data(text::printable(&text.to_string(), self.color_out).as_bytes())
    }

    /// One line of text.
    pub(crate) fn line(&self, line: impl Display) -> Result<(), Failure> {
        self.text(format_args!("{line}\n"))
    }

    /// Flushes buffered data.
    pub(crate) fn flush(&self) -> Result<(), Failure> {
        let flushed = self.out.borrow_mut().flush();
        flushed.map_err(|error| Failure::stream("standard output", &error))
    }

    /// Writes one message. Errors are ignored, because standard error may be closed.
    pub(crate) fn message(&self, message: impl Display) {
        let _ = self.flush();
        self.messages().message(&message, &mut io::stderr());
    }

    /// Whether only findings and errors are shown.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Shows the error that ended the run.
    pub(crate) fn failure(&self, failure: &Failure) {
        let _ = self.flush();
        self.messages().failure(failure, &mut io::stderr());
    }

    /// How messages are colored.
    pub(crate) fn message_styles(&self) -> Styles {
        Styles::new(self.color_messages)
    }

    /// Standard error alone, which any thread may use.
    pub(crate) fn messages(&self) -> StandardError {
        StandardError { color: self.color_messages, is_quiet: self.is_quiet }
    }

    /// Writes findings as data, in a format; `valid` is a field of JSON. Formats for people show
    /// only the first of many findings.
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

    /// Shows findings as messages: of many, only the first.
    pub(crate) fn findings(&self, report: &Report, sources: &Sources) {
        let _ = self.flush();
        self.messages().report(report, sources, &mut io::stderr());
    }
}

/// Messages for standard error. Errors are ignored, because standard error may be closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StandardError {
    color: bool,
    is_quiet: bool,
}

impl StandardError {
    fn line(self, line: impl Display, out: &mut dyn Write) {
        let _ = writeln!(out, "{}", text::printable(&line.to_string(), self.color));
    }

    fn failure(self, failure: &Failure, out: &mut dyn Write) {
        let error = styled(Styles::new(self.color).error, "error");
        let _ = writeln!(out, "{error}: {}", text::printable(&failure.to_string(), false));
    }

    fn report(self, report: &Report, sources: &Sources, out: &mut dyn Write) {
        if !report.is_empty() {
            let text = render(Format::Text, &shorten_report(report), sources, &options(self.color));
            self.line(text.trim_end(), out);
        }
    }
}

impl Messages for StandardError {
    fn message(&self, message: &dyn Display, out: &mut dyn Write) {
        if !self.is_quiet {
            self.line(message, out);
        }
    }

    fn error(&self, error: &adr_daemon::Error, out: &mut dyn Write) {
        let help = match error.help() {
            "" => String::new(),
            help => format!("\n  help: {help}"),
        };
        self.failure(&Failure::new(format!("{error}{help}"), ""), out);
    }

    fn findings(&self, checked: &Checked, out: &mut dyn Write) {
        self.report(checked.report(), checked.sources(), out);
        if let Some(summary) = summary(checked.report()) {
            self.line(format_args!("{summary}; {EXPLAIN}"), out);
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
