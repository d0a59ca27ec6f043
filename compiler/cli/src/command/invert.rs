//! `adrc invert`: the lookup rules that undo application rules.

use adr_analysis::{
    Domain, Inverse, InverseRule, Unrecoverable, first_difference, inverse, longest_covered,
};
use adr_engine::Rule;
use adr_language::ListKind;
use adr_watcher::write::create;
use clap::Args;
use serde::Serialize;

use crate::command::optimize::read_back;
use crate::console::Console;
use crate::dial_plan::reject;
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::rules::{Lines, read_list};
use adr_render::adr_writer::{NamedRule, laid_out, written};
use adr_render::document::Document;
use adr_render::domain::name;
use adr_render::lists::{ListName, Rules};
use adr_render::text::count;
use adr_render::text::{escaped, grouped, in_sentence, list_words, shown};

/// Groups of numbers that are named in comments; the last line says how many more do not come back.
const NAMED: usize = 20;

/// Arguments of `adrc invert`.
#[derive(Debug, Args)]
#[command(
    after_help = "What is written is rule source. Its comments show the numbers that no lookup rule can bring\n\
                  back, one of each group, and why: mostly another number that goes out alike. Results of more\n\
                  than 100 characters do not come back, since CUCM accepts no rule for them."
)]
pub(crate) struct Invert {
    /// Rule sources, a deployed file, or a published folder
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// Undo the rules of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Where to write; standard output if left out
    #[arg(short, long, value_name = "FILE.adr")]
    output: Option<String>,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    /// What counts as a number
    #[arg(long, value_enum, default_value = "digits")]
    domain: Numbers,
}

impl Invert {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let list = ListName { kind: ListKind::Application, site: self.site.as_deref() };
        let rules = match read_list(&self.paths, list, Lines::Known, console)? {
            Ok(rules) => rules,
            Err(errors) => return reject(&[errors], self.format, console),
        };
        let domain: Domain = self.domain.into();
        let inverse = inverse(rules.rules(), domain);
        let title = format!(
            "undoes {}, {}",
            one_line(&self.paths.join(" ")),
            list_words(list.site, list.kind)
        );
        let text = laid_out(source(&rules, &inverse, &title));
        let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
        let made = read_back(&text)?;
        let read = made.default_view().list(ListKind::Lookup).rules();
        if let Some(difference) = first_difference(&undoing, read, Domain::Anything) {
            return Err(Failure::new(
                format!("what is written treats {} otherwise", shown(&difference.witness)),
                "this is a defect of adrc; please report it with the rules",
            ));
        }
        match &self.output {
            None if self.format == TextOrJson::Json => {}
            None => console.data(text.as_bytes())?,
            Some(output) => {
                create(output.as_ref(), text.as_bytes())?;
                console.message(format_args!(
                    "{output}: {}; next, `adrc check {output}`",
                    count(undoing.len(), "rule")
                ));
            }
        }
        if self.format == TextOrJson::Json {
            let inverted = Inverted::of(&rules, &inverse, domain, &text);
            console.document(&Document::of(inverted).valid(rules.is_valid()))?;
        }
        console.message(summary(&inverse));
        if let Some(longest) = longest_covered(&[rules.rules()]) {
            let longest = grouped(&longest.to_string());
            console.message(format_args!("this covers numbers up to {longest} characters long"));
        }
        Ok(Status::findings(!rules.is_valid()))
    }
}

#[derive(Serialize)]
struct Inverted<'i> {
    domain: &'static str,
    /// The longest numbers that the answer covers; null where it covers every length.
    up_to_characters: Option<usize>,
    rules: Vec<Row<'i>>,
    unrecoverable: Vec<Lost>,
    /// The rule source.
    source: &'i str,
}

#[derive(Serialize)]
struct Row<'i> {
    begins_with: &'i str,
    digits: i32,
    remove: i32,
    prefix: &'i str,
    /// The application rule that it undoes; null where it protects unchanged numbers.
    undoes: Option<String>,
}

/// A group of numbers that no lookup rule brings back, by the shortest of them.
#[derive(Serialize)]
struct Lost {
    witness: String,
    result: String,
    /// The rule that decides; null where none does.
    rule: Option<String>,
    reason: String,
}

impl<'i> Inverted<'i> {
    fn of(rules: &Rules, inverse: &'i Inverse, domain: Domain, source: &'i str) -> Self {
        let row = |made: &'i InverseRule| Row {
            begins_with: made.rule.begins_with(),
            digits: made.rule.digits(),
            remove: made.rule.remove(),
            prefix: made.rule.prefix(),
            undoes: made.undoes.map(|at| rules.name(at)),
        };
        let lost = |loss: &Unrecoverable| Lost {
            witness: shown(&loss.witness),
            result: shown(&loss.result),
            rule: loss.region.winner.map(|at| rules.name(at)),
            reason: why(loss),
        };
        Self {
            domain: name(domain),
            up_to_characters: longest_covered(&[rules.rules()]),
            rules: inverse.rules.iter().map(row).collect(),
            unrecoverable: losses(inverse).into_iter().map(lost).collect(),
            source,
        }
    }
}

/// Whether every number that rules decide about comes back.
fn summary(inverse: &Inverse) -> String {
    let of_rules = inverse.unrecoverable.iter().filter(|loss| loss.region.winner.is_some());
    match of_rules.count() {
        0 => "every number that a rule changes comes back".to_owned(),
        1 => "1 group of numbers that rules decide about does not come back; see the comments"
            .to_owned(),
        lost => format!(
            "{lost} groups of numbers that rules decide about do not come back; see the comments"
        ),
    }
}

/// What does not come back, numbers that rules change first; after them those that nobody changed
/// and that look like results.
fn losses(inverse: &Inverse) -> Vec<&Unrecoverable> {
    let mut lost: Vec<&Unrecoverable> = inverse.unrecoverable.iter().collect();
    lost.sort_by_key(|loss| loss.region.winner.is_none());
    lost
}

fn source(rules: &Rules, inverse: &Inverse, title: &str) -> String {
    let mut text = format!("// {title}: written by adrc invert.\n");
    for loss in losses(inverse).into_iter().take(NAMED) {
        text += &format!("// {}\n", told(rules, loss));
    }
    if let Some(more @ 1..) = inverse.unrecoverable.len().checked_sub(NAMED) {
        let (groups, do_not) = match more {
            1 => ("group", "does"),
            _ => ("groups", "do"),
        };
        text += &format!("// {more} more {groups} of numbers {do_not} not come back.\n");
    }
    let named = inverse.rules.iter().map(|rule| NamedRule {
        rule: rule.rule.clone(),
        name: match rule.undoes {
            Some(at) => format!("Undo {}", rules.name(at)),
            None => "As it is".to_owned(),
        },
        remark: String::new(),
    });
    let named: Vec<NamedRule> = named.collect();
    format!("{text}\nlookup {{\n{}}}\n", written(&named))
}

fn told(rules: &Rules, loss: &Unrecoverable) -> String {
    let number = shown(&loss.witness);
    let by = match loss.region.winner {
        Some(at) => format!(" by {}", escaped(&rules.name(at))),
        None => String::new(),
    };
    let goes_out = match loss.witness == loss.result {
        true => format!("{number} goes out as it is{by}"),
        false => format!("{number} goes out as {}{by}", in_sentence(&loss.result)),
    };
    format!("Does not come back: {goes_out}, and {}.", why(loss))
}

/// Why numbers do not come back.
fn why(loss: &Unrecoverable) -> String {
    match &loss.collides_with {
        _ if loss.result.len() > Rule::DIGITS_LIMIT as usize => {
            format!("CUCM accepts no rule for more than {} characters", Rule::DIGITS_LIMIT)
        }
        Some(other) if *other == loss.result => format!("{} goes out as it is", shown(other)),
        Some(other) if loss.witness == loss.result => {
            format!("{} goes out as {}", shown(other), shown(&loss.witness))
        }
        Some(other) => format!("so does {}", shown(other)),
        None if loss.result.is_empty() => "no rule matches an empty number".to_owned(),
        None => "CUCM accepts no rule that brings it back".to_owned(),
    }
}

/// A path that can stand in a comment.
fn one_line(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).collect()
}
