//! `adrc prove`: proves a statement about every number, or refutes it with a number.

mod emergency;
mod equal;
mod unchanged;

use adr_analysis::Domain;
use adr_engine::Rule;
use adr_language::ListKind;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::console::Console;
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use adr_render::document::Document;
use adr_render::domain::name;
use adr_render::lists::NamedList;
use adr_render::text::{escaped, kind_word, view_words};

/// Arguments of `adrc prove`.
#[derive(Debug, Args)]
pub(crate) struct Prove {
    #[command(subcommand)]
    statement: Statement,
}

/// A statement to prove.
#[derive(Debug, Subcommand)]
enum Statement {
    /// Prove that emergency numbers reach only emergency numbers, in every view
    Emergency(emergency::Emergency),
    /// Prove that two dial plans give the same result for every number
    Equal(equal::Equal),
    /// Prove that the numbers of a pattern remain unchanged
    Unchanged(unchanged::Unchanged),
}

/// Options of several statements.
#[derive(Debug, Args)]
struct Shared {
    /// The numbers for which the statement must hold [default: that of the project, else digits]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
}

impl Prove {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        match self.statement {
            Statement::Emergency(emergency) => emergency.run(console),
            Statement::Equal(equal) => equal.run(console),
            Statement::Unchanged(unchanged) => unchanged.run(console),
        }
    }
}

/// A statement, and whether it holds.
#[derive(Debug, Serialize)]
struct Verdict {
    /// The statement in words.
    statement: String,
    proved: bool,
    /// The largest domain for which it holds; null if it does not hold, or if the statement itself
    /// says which numbers it is about.
    domain: Option<&'static str>,
    /// The greatest length of the numbers that were examined; null for every length.
    up_to_characters: Option<usize>,
    /// A number that refutes it, or refutes it for the next larger domain.
    counterexample: Option<Counterexample>,
    /// The line for people.
    #[serde(skip)]
    words: String,
}

/// One number for which a statement does not hold.
#[derive(Debug, Serialize)]
struct Counterexample {
    kind: &'static str,
    site: Option<String>,
    witness: String,
    /// The result; of two plans, that of the first one.
    result: String,
    /// The result of the second plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<String>,
    /// The rule that decides; null if no rule matches.
    rule: Option<String>,
    place: Option<String>,
}

#[derive(Serialize)]
struct Answers<'a> {
    proved: bool,
    answers: &'a [Verdict],
}

/// Writes verdicts. The status is [`Status::Findings`] unless all statements hold and clients use
/// all of the lists, which `valid` says.
fn report(
    answers: &[Verdict],
    valid: bool,
    format: TextOrJson,
    console: &Console,
) -> Result<Status, Failure> {
    let proved = answers.iter().all(|answer| answer.proved);
    match format {
        TextOrJson::Json => {
            console.document(&Document::of(Answers { proved, answers }).valid(valid))?;
        }
        TextOrJson::Text => answers.iter().try_for_each(|answer| console.line(&answer.words))?,
    }
    Ok(Status::findings(!proved || !valid))
}

/// The largest domain, not smaller than `needed`, for which nothing refutes the statement; with
/// what refuted it for the next larger domain.
fn strongest<T>(
    needed: Domain,
    mut refute: impl FnMut(Domain) -> Option<T>,
) -> (Option<Domain>, Option<T>) {
    let mut refuted = None;
    for domain in Domain::ALL.into_iter().rev() {
        match refute(domain) {
            None => return (Some(domain), refuted),
            found => refuted = found,
        }
        if domain == needed {
            break;
        }
    }
    (None, refuted)
}

/// ", in site "Dallas"" if there are several lists of this kind.
fn in_view(listed: &NamedList, lists: &[&NamedList]) -> String {
    let mut alike = lists.iter().filter(|other| other.kind == listed.kind);
    match alike.nth(1) {
        None => String::new(),
        Some(_) => format!(", in {}", place(listed.site.as_deref())),
    }
}

fn place(site: Option<&str>) -> String {
    match site {
        None => format!("the {}", view_words(None)),
        site => view_words(site),
    }
}

/// Positions of the lists of one kind or both, and of one site or every view.
fn selected(
    lists: &[NamedList],
    kind: Option<ListKind>,
    site: Option<&str>,
) -> Result<Vec<usize>, Failure> {
    let fits = |listed: &&NamedList| site.is_none_or(|site| listed.site.as_deref() == Some(site));
    if !lists.iter().any(|listed| fits(&listed)) {
        let site = site.unwrap_or_default();
        let mut names: Vec<&str> =
            lists.iter().filter_map(|listed| listed.site.as_deref()).collect();
        names.dedup();
        return Err(crate::rules::no_such_site(site, names.into_iter()));
    }
    let all = lists.iter().enumerate().filter(|(_, listed)| fits(listed));
    let of_kind = |listed: &NamedList| kind.is_none_or(|kind| listed.kind == kind);
    Ok(all.filter(|(_, listed)| of_kind(listed)).map(|(at, _)| at).collect())
}

/// A number with its result in a list, and the rule that decides.
fn counterexample(
    listed: &NamedList,
    rule: Option<usize>,
    texts: (&[u8], &[u8]),
) -> Counterexample {
    let (witness, result) = texts;
    Counterexample {
        kind: kind_word(listed.kind),
        site: listed.site.clone(),
        witness: adr_render::text::shown(witness),
        result: adr_render::text::shown(result),
        other: None,
        rule: rule.map(|at| listed.rules.name(at)),
        place: rule.map(|at| listed.rules.place(at)),
    }
}

/// The rules of some lists.
fn rules_of<'l>(lists: &[&'l NamedList]) -> Vec<&'l [Rule]> {
    lists.iter().map(|listed| listed.rules.rules()).collect()
}

/// "by rule 3, "Local" (plan.adr:4)".
fn by_rule(listed: &NamedList, rule: usize) -> String {
    format!(
        "by rule {}, \"{}\" ({})",
        rule + 1,
        escaped(&listed.rules.name(rule)),
        escaped(&listed.rules.place(rule))
    )
}

/// The name of a domain for programs.
fn domain_name(domain: Option<Domain>) -> Option<&'static str> {
    domain.map(name)
}
