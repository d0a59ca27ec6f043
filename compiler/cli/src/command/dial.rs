//! `adrc dial` and `adrc lookup`: apply rules to numbers.

use std::io;
use std::path::{Path, PathBuf};

use adr_diagnostic::visible;
use adr_dialer::{Dialer, Scratch};
use adr_engine::Cleaner;
use adr_language::ListKind;
use clap::{Args, ValueEnum};

use crate::console::Console;
use crate::core_client::CoreClient;
use crate::encoding::Utf8;
use crate::failure::{Failure, Status};
use crate::plan_path::PathAndNumbers;
use crate::remarks::Remarks;
use crate::rules::{Lines, read_list};
use crate::stream::{self, Dialing};
use adr_render::lists::ListName;
use adr_render::trace;

/// Which rules a trace shows besides the one that decides.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Trace {
    /// Rules above it that match the beginning of the number
    Close,
    /// All rules above it
    All,
}

impl From<Trace> for trace::Skipped {
    fn from(trace: Trace) -> Self {
        match trace {
            Trace::Close => Self::Close,
            Trace::All => Self::All,
        }
    }
}

/// Arguments of `adrc dial` and `adrc lookup`.
#[derive(Debug, Args)]
pub(crate) struct Dial {
    /// Use the rules of the client core with this control socket
    #[arg(long, value_name = "PATH", conflicts_with_all = ["site", "trace"])]
    core: Option<PathBuf>,
    /// Use the rules of this site instead of those of the default view
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Apply the rules to the numbers without cleaning, as a client does
    #[arg(long)]
    raw: bool,
    /// Convert letters to the digits of their keys: 1-800-FLOWERS is 18003569377
    #[arg(long, conflicts_with = "raw")]
    letters: bool,
    /// Show on standard error which rule decides, and why the rules above it do not match
    #[arg(
        long,
        value_name = "RULES",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "close"
    )]
    trace: Option<Trace>,
    #[command(flatten)]
    arguments: PathAndNumbers,
}

impl Dial {
    pub(crate) fn run(self, kind: ListKind, console: &Console) -> Result<Status, Failure> {
        let mut remarks = Remarks::new(self.cleaner(), console);
        let status = match &self.core {
            Some(socket) => self.by_core(socket, kind, &mut remarks, console),
            None => self.by_rules(kind, &mut remarks, console),
        }?;
        remarks.end();
        Ok(status)
    }

    fn cleaner(&self) -> Option<Cleaner> {
        let cleaner = Cleaner { letters: self.letters };
        (!self.raw).then_some(cleaner)
    }

    fn by_rules(
        &self,
        kind: ListKind,
        remarks: &mut Remarks<'_>,
        console: &Console,
    ) -> Result<Status, Failure> {
        let (path, numbers) = self.arguments.split();
        if numbers.is_empty() {
            return Err(Failure::new(
                format!("{path}: no number is given"),
                "write the numbers after the path, or `-` to read them from standard input",
            ));
        }
        if is_stream(numbers) && path == "-" {
            return Err(Failure::new(
                "rules and numbers cannot both come from standard input",
                "name a file for one of them",
            ));
        }
        let list = ListName { kind, site: self.site.as_deref() };
        let lines = if self.trace.is_some() { Lines::Known } else { Lines::Unknown };
        let Some(rules) = read_list(&[path], list, lines, console)? else {
            return Ok(Status::Findings);
        };
        let dialer = Dialer::new(rules.rules());
        if is_stream(numbers) && self.trace.is_none() {
            let mut dialing = Dialing::new(&dialer, remarks);
            self.blocks(|lines| {
                console.data(dialing.lines(lines))?;
                console.flush()
            })?;
        } else {
            let mut scratch = Scratch::default();
            self.each(numbers, remarks, |number| {
                if let Some(shown) = self.trace {
                    console.message(trace::to_text(&rules, number, shown.into()).trim_end());
                }
                console.data(dialer.dial(number, &mut scratch).result)?;
                console.data(b"\n")
            })?;
        }
        Ok(Status::findings(!rules.is_valid()))
    }

    /// Applies the rules of a running client core.
    fn by_core(
        &self,
        socket: &Path,
        kind: ListKind,
        remarks: &mut Remarks<'_>,
        console: &Console,
    ) -> Result<Status, Failure> {
        let verb = match kind {
            ListKind::Application => "dial",
            ListKind::Lookup => "lookup",
        };
        let mut core = CoreClient::connect(Some(socket))?;
        self.each(self.arguments.words(), remarks, |number| {
            console.line(core.number(verb, &String::from_utf8_lossy(number))?)
        })?;
        Ok(Status::Done)
    }

    /// Reads standard input in blocks of whole lines, and decodes it unless `--raw` is given.
    fn blocks(&self, take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
        let input = io::stdin().lock();
        match self.raw {
            true => stream::blocks(input, take),
            false => stream::blocks(Utf8::new(input), take),
        }
    }

    /// Calls `take` with each number after cleaning.
    fn each(
        &self,
        numbers: &[String],
        remarks: &mut Remarks<'_>,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !is_stream(numbers) {
            return numbers.iter().try_for_each(|number| {
                let place = format_args!("`{}`", visible(number));
                take(&remarks.clean(number.as_bytes(), place))
            });
        }
        let mut line = 0;
        self.blocks(|lines| {
            stream::numbers(lines).try_for_each(|number| {
                line += 1;
                take(&remarks.clean(number, format_args!("line {line}")))
            })
        })
    }
}

/// Whether the numbers come from standard input.
fn is_stream(numbers: &[String]) -> bool {
    numbers == ["-"]
}
