//! `adrc dial` and `adrc lookup`: apply rules to numbers.

use std::io;
use std::path::{Path, PathBuf};

use adr_client::control::client::Reply;
use adr_diagnostic::visible;
use adr_dialer::{Dialer, Scratch};
use adr_engine::Cleaner;
use adr_language::ListKind;
use adr_watcher::utf8::Utf8;
use clap::{Args, ValueEnum};

use crate::console::Console;
use crate::core_client::{ANSWER_TIMEOUT, connect};
use crate::dial_plan::reject;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::plan_path::PathAndNumbers;
use crate::remarks::Remarks;
use crate::rules::{Lines, read_list};
use crate::stream::{self, Dialing};
use adr_render::dialed::{DialedNumber, DialedNumbers};
use adr_render::document::Document;
use adr_render::lists::{ListName, Rules};
use adr_render::text::kind_word;
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
    /// How results are written; json has the rule that decides, and with --trace the trace
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
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
        let (target, numbers) = self.arguments.split()?;
        let path = target.title();
        if numbers.is_empty() {
            return Err(Failure::new(
                format!("{path}: no number is given"),
                "write the numbers after the path, or `-` to read them from standard input",
            ));
        }
        if is_stream(numbers) && target.paths == ["-"] {
            return Err(Failure::new(
                "rules and numbers cannot both come from standard input",
                "name a file for one of them",
            ));
        }
        let list = ListName { kind, site: self.site.as_deref() };
        let is_text = self.format == TextOrJson::Text;
        let lines = if is_text && self.trace.is_none() { Lines::Unknown } else { Lines::Known };
        let rules = match read_list(&target.paths, list, lines, console)? {
            Ok(rules) => rules,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        match self.format {
            TextOrJson::Text => self.text(numbers, &rules, remarks, console)?,
            TextOrJson::Json => self.document((list, &rules), numbers, remarks, console)?,
        }
        Ok(Status::findings(!rules.is_valid()))
    }

    fn text(
        &self,
        numbers: &[String],
        rules: &Rules,
        remarks: &mut Remarks<'_>,
        console: &Console,
    ) -> Result<(), Failure> {
        let dialer = Dialer::new(rules.rules());
        if is_stream(numbers) && self.trace.is_none() {
            let mut dialing = Dialing::new(&dialer, remarks);
            return self.blocks(|lines| {
                console.data(dialing.dial(lines))?;
                console.flush()
            });
        }
        let mut scratch = Scratch::default();
        self.each(numbers, remarks, |_, number| {
            if let Some(shown) = self.trace {
                let styles = console.message_styles();
                console.message(trace::to_text(rules, number, shown.into(), styles).trim_end());
            }
            console.data(dialer.dial(number, &mut scratch).result)?;
            console.data(b"\n")
        })
    }

    fn document(
        &self,
        (list, rules): (ListName<'_>, &Rules),
        numbers: &[String],
        remarks: &mut Remarks<'_>,
        console: &Console,
    ) -> Result<(), Failure> {
        let dialer = Dialer::new(rules.rules());
        let mut scratch = Scratch::default();
        let skipped = self.trace.map(Into::into);
        let numbers = self.dialed(numbers, remarks, |number, cleaned| {
            let dialed = dialer.dial(cleaned, &mut scratch);
            let row = DialedNumber::new(number, cleaned, dialed.result);
            Ok(row.by(rules, dialed.rule()).traced(rules, cleaned, skipped))
        })?;
        let dialed = DialedNumbers { kind: kind_word(list.kind), site: list.site, numbers };
        console.document(&Document::of(dialed).valid(rules.is_valid()))
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
        let mut core = connect(Some(socket))?;
        let mut ask = |number: &[u8]| {
            let number = String::from_utf8_lossy(number);
            match core.send_number(verb, &number, ANSWER_TIMEOUT)? {
                Reply::Ok(answer) => Ok(answer["result"].as_str().unwrap_or_default().to_owned()),
                Reply::Error { message, .. } => {
                    Err(Failure::new(format!("{}: {message}", socket.display()), ""))
                }
            }
        };
        let numbers = self.arguments.words();
        if self.format == TextOrJson::Json {
            let dialed = self.dialed(numbers, remarks, |number, cleaned| {
                Ok(DialedNumber::new(number, cleaned, ask(cleaned)?.as_bytes()))
            });
            let dialed = DialedNumbers { kind: kind_word(kind), site: None, numbers: dialed? };
            console.document(&Document::of(dialed))?;
        } else {
            self.each(numbers, remarks, |_, number| console.line(ask(number)?))?;
        }
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

    /// All numbers, which one document holds.
    fn dialed(
        &self,
        numbers: &[String],
        remarks: &mut Remarks<'_>,
        mut dial: impl FnMut(&[u8], &[u8]) -> Result<DialedNumber, Failure>,
    ) -> Result<Vec<DialedNumber>, Failure> {
        let mut all = Vec::new();
        self.each(numbers, remarks, |number, cleaned| {
            all.push(dial(number, cleaned)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Calls `take` with each number as given and after cleaning.
    fn each(
        &self,
        numbers: &[String],
        remarks: &mut Remarks<'_>,
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !is_stream(numbers) {
            return numbers.iter().try_for_each(|number| {
                let place = format_args!("`{}`", visible(number));
                take(number.as_bytes(), &remarks.clean(number.as_bytes(), place))
            });
        }
        let mut line = 0;
        self.blocks(|lines| {
            stream::numbers(lines).try_for_each(|number| {
                line += 1;
                take(number, &remarks.clean(number, format_args!("line {line}")))
            })
        })
    }
}

/// Whether the numbers come from standard input.
fn is_stream(numbers: &[String]) -> bool {
    numbers == ["-"]
}
