//! `adrc prove`: a statement about every number, proved or refuted by one.

use adr_analysis::{Domain, Lengths, changed, difference};
use adr_language::{Levels, ListKind};
use adr_watcher::sources::{Input, recognise};
use clap::{Args, Subcommand};

use crate::book::check;
use crate::console::Console;
use crate::domain::words;
use crate::failure::{Failure, Status};
use crate::rules::{Asked, Rules};

/// Arguments of `adrc prove`.
#[derive(Debug, Args)]
pub(crate) struct Prove {
    #[command(subcommand)]
    statement: Statement,
}

/// What is to be proved.
#[derive(Debug, Subcommand)]
enum Statement {
    /// In every view, dialling an emergency number gives an emergency number
    Emergency {
        /// Rule sources
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<String>,
    },
    /// Two lists give the same result for every number
    Equal {
        /// One list: rule sources, a deployed file, or a published folder
        one: String,
        /// The other
        other: String,
        /// Compare what clients of this site have
        #[arg(long, value_name = "NAME")]
        site: Option<String>,
        /// Compare lookup rules, and not application rules
        #[arg(long)]
        lookup: bool,
    },
    /// Numbers of a pattern stay as they are
    Unchanged {
        /// The rules: rule sources, a deployed file, or a published folder
        #[arg(short, long, value_name = "PATH", required = true)]
        rules: Vec<String>,
        /// Try the rules of this site
        #[arg(long, value_name = "NAME")]
        site: Option<String>,
        /// Ask lookup rules, and not application rules
        #[arg(long)]
        lookup: bool,
        /// What the numbers begin with, and an X for each digit behind: 911, or 4XXXX
        #[arg(value_name = "PATTERN", required = true)]
        patterns: Vec<String>,
    },
}

impl Prove {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        match self.statement {
            Statement::Emergency { paths } => emergency(&paths, console),
            Statement::Equal {
                one,
                other,
                site,
                lookup,
            } => {
                let asked = asked(lookup, site.as_deref());
                let one = Rules::read(&[one], asked, console)?;
                let other = Rules::read(&[other], asked, console)?;
                match (one, other) {
                    (Some(one), Some(other)) => equal(&one, &other, console),
                    _ => Ok(Status::Findings),
                }
            }
            Statement::Unchanged {
                rules,
                site,
                lookup,
                patterns,
            } => {
                let asked = asked(lookup, site.as_deref());
                match Rules::read(&rules, asked, console)? {
                    Some(rules) => unchanged(&rules, &patterns, console),
                    None => Ok(Status::Findings),
                }
            }
        }
    }
}

fn asked(lookup: bool, site: Option<&str>) -> Asked<'_> {
    Asked {
        kind: if lookup {
            ListKind::Lookup
        } else {
            ListKind::Application
        },
        site,
        with_places: false,
    }
}

/// The proof is part of every check; here it is told.
fn emergency(paths: &[String], console: &Console) -> Result<Status, Failure> {
    let Input::Book(entries) = recognise(paths)? else {
        return Err(Failure::new(
            format!(
                "{}: emergency numbers are declared in rule sources",
                paths.join(" ")
            ),
            "name rule sources; `adrc prove unchanged` asks a deployed file",
        ));
    };
    let checked = check(&entries, &Levels::default())?;
    let Some(book) = checked.book() else {
        crate::book::show(&checked, console);
        return Ok(Status::Findings);
    };
    let numbers: Vec<&str> = book
        .emergency()
        .iter()
        .map(adr_engine::DialString::as_str)
        .collect();
    if numbers.is_empty() {
        return Err(Failure::new(
            format!("{}: no emergency numbers are declared", paths.join(" ")),
            "write `emergency 911, 9911`, or the numbers of your country, at the top",
        ));
    }
    let views = crate::book::count(book.sites().len() + 1, "view");
    console.line(format_args!(
        "proved: {} stay among themselves in {views}",
        numbers.join(", ")
    ))?;
    Ok(Status::Done)
}

/// Tells the largest domain for which two lists are equal, and a number for which they are not.
fn equal(one: &Rules, other: &Rules, console: &Console) -> Result<Status, Failure> {
    let mut shown = None;
    for domain in Domain::ALL.into_iter().rev() {
        let Some(first) = difference(one.rules(), other.rules(), domain)
            .into_iter()
            .next()
        else {
            console.line(format_args!("proved: equal for every {}", words(domain)))?;
            if let Some(shown) = shown {
                console.message(shown);
            }
            return Ok(Status::Done);
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
        shown = Some(format!(
            "not equal for every {}: {} gives {} and {}",
            words(domain),
            text(&first.witness),
            text(&first.old_result),
            text(&first.new_result)
        ));
    }
    console.line(shown.unwrap_or_default())?;
    Ok(Status::Findings)
}

fn unchanged(rules: &Rules, patterns: &[String], console: &Console) -> Result<Status, Failure> {
    let mut is_proved = true;
    for pattern in patterns {
        let begins_with = pattern.trim_end_matches(['X', 'x']);
        let length = pattern.len();
        let is_plain = !begins_with.is_empty() || !pattern.is_empty();
        if !is_plain
            || begins_with
                .bytes()
                .any(|byte| !b"0123456789+*#".contains(&byte))
        {
            return Err(Failure::new(
                format!("`{}` is not a pattern", pattern.escape_debug()),
                "write what numbers begin with and an X for each digit behind: 4XXXX",
            ));
        }
        let lengths = Lengths {
            from: length,
            to: Some(length),
        };
        match changed(
            rules.rules(),
            begins_with.as_bytes(),
            lengths,
            Domain::Dialable,
        ) {
            None => console.line(format_args!("proved: {pattern} stays as it is"))?,
            Some(change) => {
                is_proved = false;
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
                console.line(format_args!(
                    "not so: {pattern}: {} goes out as {}, by rule {}, \"{}\" ({})",
                    text(&change.witness),
                    text(&change.result),
                    change.rule + 1,
                    rules.name(change.rule),
                    rules.place(change.rule)
                ))?;
            }
        }
    }
    Ok(Status::findings(!is_proved))
}
