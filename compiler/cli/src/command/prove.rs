//! `adrc prove`: a statement about every number, proved or refuted by one.

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
#[command(
    after_help = "Every view is asked unless --site names one. adrc reports the strongest statement that holds: for\n\
                  every string of characters, for every number that can be dialed, or for every number of\n\
                  digits; --domain says which of them is needed. Ends with 1 when it does not hold.\n\
                  A pattern of `unchanged` says by itself which numbers it speaks of: an X is a digit, and a !\n\
                  any number of further digits, also none."
)]
pub(crate) struct Prove {
    #[command(subcommand)]
    statement: Statement,
}

/// What is to be proved.
#[derive(Debug, Subcommand)]
enum Statement {
    /// In every view, dialing an emergency number gives an emergency number
    Emergency(emergency::Emergency),
    /// Two plans give the same result for every number
    Equal(equal::Equal),
    /// Numbers of a pattern stay as they are
    Unchanged(unchanged::Unchanged),
}

/// What all statements take.
#[derive(Debug, Args)]
struct Shared {
    /// What counts as a number [default: that of the project, else digits]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
    /// How the answer is written
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

/// The answer to one statement.
#[derive(Debug, Serialize)]
struct Answer {
    /// What was to be proved.
    statement: String,
    proved: bool,
    /// The largest domain for which it holds; null where it holds for none, or says itself which
    /// numbers it is about.
    domain: Option<&'static str>,
    /// The longest numbers that the answer covers; null where it covers every length.
    up_to_characters: Option<usize>,
    /// A number that refutes it for the next larger domain.
    counterexample: Option<Counterexample>,
    /// The answer in words.
    #[serde(skip)]
    words: String,
}

/// One number for which a statement does not hold.
#[derive(Debug, Serialize)]
struct Counterexample {
    kind: &'static str,
    site: Option<String>,
    witness: String,
    /// What comes out; of two plans what the first one gives.
    result: String,
    /// What the second plan gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<String>,
    /// The rule that decides; null where none does.
    rule: Option<String>,
    place: Option<String>,
}

#[derive(Serialize)]
struct Answers<'a> {
    proved: bool,
    answers: &'a [Answer],
}

/// Writes answers; all must hold, and `valid` says whether clients use all of the lists.
fn tell(
    answers: &[Answer],
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

/// Asks for the largest domain first, down to `needed`; gives the one for which nothing refutes the
/// statement, and what refuted it for the next larger one.
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

/// ", in site "Dallas"" where there is more than one list of a kind.
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

/// The lists that are asked about: of one kind, and of one site or of every view.
fn asked(
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

/// What a list makes of a number, and by which rule.
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
