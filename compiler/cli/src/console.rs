//! The two streams: data on standard output, messages on standard error.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, BufWriter, StdoutLock, Write};

use adr_diagnostic::render::{Format, Options, render};
use adr_diagnostic::{Report, Sources};
use adr_language::shorten_report;
use anstream::{AutoStream, ColorChoice};

use crate::VERSION;
use crate::failure::Failure;

/// Columns where nobody says how wide the terminal is.
const WIDTH: usize = 120;

/// Columns of a picture where nobody says how wide the terminal is.
const PICTURE: usize = 80;

/// What standard output can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Columns.
    pub(crate) width: usize,
    /// Whether there is colour.
    pub(crate) colour: bool,
}

/// What a run writes to.
pub(crate) struct Console {
    out: RefCell<BufWriter<StdoutLock<'static>>>,
    colour_out: bool,
    colour_messages: bool,
}

impl Console {
    /// The streams of this process. Colour on a terminal only, and as `NO_COLOR` and
    /// `CLICOLOR_FORCE` say.
    pub(crate) fn of_process() -> Self {
        let is_coloured = |choice| choice != ColorChoice::Never;
        Self {
            out: RefCell::new(BufWriter::with_capacity(1 << 16, io::stdout().lock())),
            colour_out: is_coloured(AutoStream::choice(&io::stdout())),
            colour_messages: is_coloured(AutoStream::choice(&io::stderr())),
        }
    }

    /// What standard output can show.
    pub(crate) fn terminal(&self) -> Terminal {
        let size = terminal_size::terminal_size_of(io::stdout());
        Terminal {
            width: size.map_or(PICTURE, |(width, _)| usize::from(width.0)),
            colour: self.colour_out,
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
        let _ = writeln!(io::stderr(), "{message}");
    }

    /// Why the job could not be done.
    pub(crate) fn failure(&self, failure: &Failure) {
        if self.colour_messages {
            self.message(format_args!("\x1b[1;31merror\x1b[0m: {failure}"));
        } else {
            self.message(format_args!("error: {failure}"));
        }
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
        let mut options = options(self.colour_out);
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
        if !report.is_empty() {
            let text = render(
                Format::Text,
                &shorten_report(report),
                sources,
                &options(self.colour_messages),
            );
            self.message(text.trim_end());
        }
    }
}

fn options(colour: bool) -> Options<'static> {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    Options {
        color: colour,
        width: columns.unwrap_or(WIDTH),
        version: VERSION,
        findings: adr_language::findings(),
        valid: None,
    }
}
