//! `adrc dial` and `adrc lookup`: what becomes of numbers.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use adr_engine::{Dialer, Room, clean};
use adr_language::ListKind;
use clap::Args;

use crate::ask::Asking;
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::rules::{Asked, Rules};
use crate::stream::{self, Dialling};
use crate::trace;

/// Arguments of `adrc dial` and `adrc lookup`.
#[derive(Debug, Args)]
#[command(
    after_help = "One result a line, in the order of the numbers. Spaces and - . ( ) / are dropped from a number\n\
                  unless --raw is given. `--` before a number that begins with a minus."
)]
pub(crate) struct Try {
    /// The rules: rule sources, a deployed .xml file, or a published folder
    #[arg(
        short,
        long,
        value_name = "PATH",
        required_unless_present = "core",
        conflicts_with = "core"
    )]
    rules: Vec<String>,
    /// Ask the core that answers at this socket
    #[arg(long, value_name = "PATH", conflicts_with_all = ["site", "trace"])]
    core: Option<PathBuf>,
    /// Try the rules of this site; those of the default view if left out
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Take numbers as they are, as a client does
    #[arg(long)]
    raw: bool,
    /// Tell on standard error which rule decides, and why the rules above it do not
    #[arg(long)]
    trace: bool,
    /// Numbers, or `-` for one a line on standard input
    #[arg(value_name = "NUMBER", required = true)]
    numbers: Vec<String>,
}

impl Try {
    pub(crate) fn run(self, kind: ListKind, console: &Console) -> Result<Status, Failure> {
        if let Some(socket) = &self.core {
            return self.by_core(socket, kind, console);
        }
        let is_stream = self.numbers == ["-"];
        if is_stream && self.rules.iter().any(|path| path == "-") {
            return Err(Failure::new(
                "rules and numbers cannot both come from standard input",
                "name a file for one of them",
            ));
        }
        let asked = Asked {
            kind,
            site: self.site.as_deref(),
            with_places: self.trace,
        };
        let Some(rules) = Rules::read(&self.rules, asked, console)? else {
            return Ok(Status::Findings);
        };
        let dialer = Dialer::new(rules.rules());
        match (is_stream, self.trace) {
            (true, false) => {
                let dialling = Dialling::new(&dialer, !self.raw);
                stream::run(dialling, io::stdin().lock(), |bytes| {
                    console.data(bytes)?;
                    console.flush()
                })?;
            }
            (true, true) => {
                for line in io::stdin().lock().split(b'\n') {
                    let line = line.map_err(|error| Failure::stream("standard input", &error))?;
                    self.one(
                        line.strip_suffix(b"\r").unwrap_or(&line),
                        &rules,
                        &dialer,
                        console,
                    )?;
                }
            }
            (false, _) => {
                for number in &self.numbers {
                    self.one(number.as_bytes(), &rules, &dialer, console)?;
                }
            }
        }
        Ok(Status::findings(!rules.valid))
    }

    /// The rules are those of a core that runs.
    fn by_core(&self, socket: &Path, kind: ListKind, console: &Console) -> Result<Status, Failure> {
        let verb = match kind {
            ListKind::Application => "dial",
            ListKind::Lookup => "lookup",
        };
        let mut asking = Asking::connect(Some(socket))?;
        let mut ask = |number: &str| {
            let number = if self.raw {
                number.as_bytes().into()
            } else {
                clean(number.as_bytes())
            };
            console.line(asking.number(verb, &String::from_utf8_lossy(&number))?)
        };
        if self.numbers == ["-"] {
            for line in io::stdin().lock().lines() {
                ask(&line.map_err(|error| Failure::stream("standard input", &error))?)?;
            }
        } else {
            self.numbers.iter().try_for_each(|number| ask(number))?;
        }
        Ok(Status::Done)
    }

    fn one(
        &self,
        number: &[u8],
        rules: &Rules,
        dialer: &Dialer,
        console: &Console,
    ) -> Result<(), Failure> {
        let cleaned = if self.raw {
            number.into()
        } else {
            clean(number)
        };
        if self.trace {
            console.message(trace::tell(rules, &cleaned).trim_end());
        }
        let mut room = Room::default();
        console.data(dialer.dial(&cleaned, &mut room).result)?;
        console.data(b"\n")
    }
}
