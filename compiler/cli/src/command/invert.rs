//! `adrc invert`: writes the lookup rules that undo application rules.

use adr_analysis::{Domain, Inverse, Unrecoverable, first_difference, inverse, longest_covered};
use adr_engine::Rule;
use adr_language::ListKind;
use adr_watcher::write::create;
use clap::Args;

use crate::command::optimize::read_back;
use crate::console::Console;
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::rules::{Lines, read_list};
use adr_render::adr_writer::{NamedRule, laid_out, written};
use adr_render::lists::{ListName, Rules};
use adr_render::text::count;
use adr_render::text::{escaped, grouped, in_sentence, list_words, shown};

/// Most groups of numbers that comments name; a last line has the number of the others.
const NAMED: usize = 20;

/// Arguments of `adrc invert`.
#[derive(Debug, Args)]
pub(crate) struct Invert {
    /// Rule sources, a deployed file, or a published folder
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// Undo the application rules of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Write into this new file instead of standard output
    #[arg(short, long, value_name = "FILE.adr")]
    output: Option<String>,
    /// The numbers to restore
    #[arg(long, value_enum, default_value = "digits")]
    domain: Numbers,
}

impl Invert {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let name = ListName { kind: ListKind::Application, site: self.site.as_deref() };
        let Some(rules) = read_list(&self.paths, name, Lines::Known, console)? else {
            return Ok(Status::Findings);
        };
        let domain: Domain = self.domain.into();
        let inverse = inverse(rules.rules(), domain);
        let title = format!(
            "undoes {}, {}",
            one_line(&self.paths.join(" ")),
            list_words(name.site, name.kind)
        );
        let text = laid_out(source(&rules, &inverse, &title));
        let list: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
        let compiled = read_back(&text)?;
        let read = compiled.default_view().list(ListKind::Lookup).rules();
        if let Some(difference) = first_difference(&list, read, Domain::Anything) {
            return Err(Failure::new(
                format!("the written rules give another result for {}", shown(&difference.witness)),
                "this is a defect of adrc; please report it with the rules",
            ));
        }
        match &self.output {
            None => console.data(text.as_bytes())?,
            Some(output) => {
                create(output.as_ref(), text.as_bytes())?;
                console.message(format_args!(
                    "{output}: {}; next, `adrc check {output}`",
                    count(list.len(), "rule")
                ));
            }
        }
        console.message(summary(&inverse));
        if let Some(longest) = longest_covered(&[rules.rules()]) {
            let longest = grouped(&longest.to_string());
            console.message(format_args!("covered: numbers up to {longest} characters long"));
        }
        Ok(Status::findings(!rules.is_valid()))
    }
}

/// How many groups of numbers that rules change the lookup rules cannot restore.
fn summary(inverse: &Inverse) -> String {
    let of_rules = inverse.unrecoverable.iter().filter(|loss| loss.region.winner.is_some());
    match of_rules.count() {
        0 => "every number that a rule changes can be restored".to_owned(),
        1 => {
            "1 group of numbers that a rule matches cannot be restored; see the comments".to_owned()
        }
        lost => format!(
            "{lost} groups of numbers that a rule matches cannot be restored; see the comments"
        ),
    }
}

/// Groups of numbers that cannot be restored: first those that a rule matches, then unchanged
/// numbers that equal the result of another number.
fn unrecoverable(inverse: &Inverse) -> Vec<&Unrecoverable> {
    let mut lost: Vec<&Unrecoverable> = inverse.unrecoverable.iter().collect();
    lost.sort_by_key(|loss| loss.region.winner.is_none());
    lost
}

fn source(rules: &Rules, inverse: &Inverse, title: &str) -> String {
    let mut text = format!("// {title}: written by adrc invert.\n");
    for loss in unrecoverable(inverse).into_iter().take(NAMED) {
        text += &format!("// {}\n", explanation(rules, loss));
    }
    if let Some(more @ 1..) = inverse.unrecoverable.len().checked_sub(NAMED) {
        let groups = if more == 1 { "group" } else { "groups" };
        text += &format!("// {more} more {groups} of numbers cannot be restored.\n");
    }
    let named = inverse.rules.iter().map(|rule| NamedRule {
        rule: rule.rule.clone(),
        name: match rule.undoes {
            Some(at) => format!("Undo {}", rules.name(at)),
            None => "Unchanged".to_owned(),
        },
        remark: String::new(),
    });
    let named: Vec<NamedRule> = named.collect();
    format!("{text}\nlookup {{\n{}}}\n", written(&named))
}

/// Why a group of numbers cannot be restored.
fn explanation(rules: &Rules, loss: &Unrecoverable) -> String {
    let number = shown(&loss.witness);
    let by = match loss.region.winner {
        Some(at) => format!(" by {}", escaped(&rules.name(at))),
        None => String::new(),
    };
    let dialed = match loss.witness == loss.result {
        true => format!("{number} remains unchanged{by}"),
        false => format!("{number} becomes {}{by}", in_sentence(&loss.result)),
    };
    let why = match &loss.collides_with {
        _ if loss.result.len() > Rule::DIGITS_LIMIT as usize => {
            format!("CUCM accepts no rule for more than {} characters", Rule::DIGITS_LIMIT)
        }
        Some(other) if *other == loss.result => format!("{} remains unchanged", shown(other)),
        Some(other) if loss.witness == loss.result => {
            format!("{} becomes {number}", shown(other))
        }
        Some(other) => format!("so does {}", shown(other)),
        None if loss.result.is_empty() => "no rule matches an empty number".to_owned(),
        None => "CUCM accepts no rule that restores it".to_owned(),
    };
    format!("Cannot be restored: {dialed}, and {why}.")
}

/// A path on one line, for a comment.
fn one_line(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).collect()
}
