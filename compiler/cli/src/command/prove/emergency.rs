//! `adrc prove emergency`: emergency numbers reach only emergency numbers, in every view.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use adr_analysis::{Leaving, NumberSet};
use adr_engine::{DialString, Rule};
use adr_language::ListKind;
use adr_watcher::sources::{Input, recognize};
use clap::Args;

use super::{Verdict, by_rule, counterexample, in_view, report};
use crate::console::Console;
use crate::dial_plan::{check, reject};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::rules::{Lines, read_lists};
use crate::target::{VARIABLE, target};
use adr_render::lists::NamedList;
use adr_render::text::count;
use adr_render::text::in_sentence;

/// Arguments of `adrc prove emergency`.
#[derive(Debug, Args)]
pub(super) struct Emergency {
    /// Rule sources, deployed files, or a published folder
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Emergency numbers, in addition to those that the rule sources declare
    #[arg(long, value_name = "NUMBER,...", value_delimiter = ',')]
    numbers: Vec<String>,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
}

impl Emergency {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let mut numbers = self.given()?;
        let target = target(&self.paths)?;
        if let Input::Plan(entries) = recognize(&target.paths)? {
            let checked = check(&entries, &target.levels)?;
            let Some(plan) = checked.plan() else {
                return reject(&[checked], self.format, console);
            };
            let declared = plan.emergency().iter().map(|number| number.as_str().to_owned());
            numbers = declared.chain(numbers).collect();
        }
        if numbers.is_empty() {
            return Err(Failure::new(
                format!("{}: no emergency numbers are declared", target.paths.join(" ")),
                "write `emergency 911, 9911` at the top of a rule source, or name them with `--numbers 911,9911`",
            ));
        }
        let mut seen = HashSet::new();
        numbers.retain(|number| seen.insert(number.clone()));
        let lists = match read_lists(&target.paths, Lines::Known, console)? {
            Ok(lists) => lists,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        let is_valid = lists.iter().all(|listed| listed.rules.is_valid());
        let lists: Vec<&NamedList> =
            lists.iter().filter(|listed| listed.kind == ListKind::Application).collect();
        if lists.is_empty() {
            return Err(Failure::new(
                format!(
                    "{}: these are lookup rules, which do not apply to dialed numbers",
                    target.paths.join(" ")
                ),
                "name the application rules",
            ));
        }
        report(&verdicts(&numbers, &lists), is_valid, self.format, console)
    }

    fn given(&self) -> Result<Vec<String>, Failure> {
        let number = |number: &String| {
            let checked = DialString::new(number.trim()).ok().filter(|number| !number.is_empty());
            checked.map(|number| number.as_str().to_owned()).ok_or_else(|| {
                Failure::new(
                    format!("--numbers: `{}` is not a number", number.escape_debug()),
                    "write digits, and commas between numbers: 911,9911",
                )
            })
        };
        self.numbers.iter().map(number).collect()
    }
}

/// Most numbers that a sentence lists.
const WRITTEN: usize = 20;

/// One verdict for each number that reaches another number, or one for all if there is none.
fn verdicts(numbers: &[String], lists: &[&NamedList]) -> Vec<Verdict> {
    let all = all(numbers);
    let set = NumberSet::new(numbers);
    let mut proved: HashMap<*const Rule, Rc<Vec<Leaving>>> = HashMap::new();
    let mut verdicts = Vec::new();
    for listed in lists {
        let leaving = proved
            .entry(listed.rules.identity())
            .or_insert_with(|| Rc::new(set.leaving(listed.rules.rules())));
        let view = match leaving.is_empty() {
            true => continue,
            false => in_view(listed, lists),
        };
        for one in leaving.iter() {
            verdicts.push(refuted((&numbers[one.number], &all), one, listed, &view));
        }
    }
    if verdicts.is_empty() {
        let views = count(lists.len(), "view");
        let statement = match numbers.len() {
            1 => format!("{all} remains unchanged"),
            _ => format!("{all} reach only emergency numbers"),
        };
        verdicts.push(Verdict {
            words: format!("proved: {statement} in {views}"),
            statement,
            proved: true,
            domain: None,
            up_to_characters: None,
            counterexample: None,
        });
    }
    verdicts
}

/// Numbers in a sentence: the first ones, and how many more there are.
fn all(numbers: &[String]) -> String {
    match numbers.len().saturating_sub(WRITTEN) {
        0 => numbers.join(", "),
        more => format!("{} and {more} more", numbers[..WRITTEN].join(", ")),
    }
}

/// The verdict for one number that reaches another number.
fn refuted(
    (number, all): (&str, &str),
    leaving: &Leaving,
    listed: &NamedList,
    view: &str,
) -> Verdict {
    let (rule, result) = (leaving.rule, &leaving.result);
    Verdict {
        statement: match number == all {
            true => format!("{number} remains unchanged"),
            false => format!("{number} reaches one of {all}"),
        },
        proved: false,
        domain: None,
        up_to_characters: None,
        counterexample: Some(counterexample(listed, Some(rule), (number.as_bytes(), result))),
        words: format!(
            "refuted: {number} becomes {}{view}, {}",
            in_sentence(result),
            by_rule(listed, rule)
        ),
    }
}
