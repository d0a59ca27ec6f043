//! `adrc prove unchanged`: numbers of a pattern stay as they are, in every view.

use std::collections::HashSet;

use adr_analysis::{Change, Domain, Lengths, changed};
use adr_language::ListKind;
use clap::Args;

use super::{
    Answer, Shared, asked, counterexample, domain_name, for_every, in_view, strongest, tell,
    text_or_json,
};
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::rules::{Listed, Rules};
use crate::words::shown;

/// Arguments of `adrc prove unchanged`.
#[derive(Debug, Args)]
pub(super) struct Unchanged {
    /// The rules: rule sources, a deployed file, or a published folder
    #[arg(short, long, value_name = "PATH", required = true)]
    rules: Vec<String>,
    /// Try the rules of this site, and not those of every view
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Ask lookup rules, and not application rules
    #[arg(long)]
    lookup: bool,
    #[command(flatten)]
    shared: Shared,
    /// What the numbers begin with, an X for each digit behind, and ! for any number of digits more:
    /// 911, 4XXXX, +44!
    #[arg(value_name = "PATTERN", required = true)]
    patterns: Vec<String>,
}

/// What numbers begin with, and how long they are.
struct Pattern<'p> {
    text: &'p str,
    begins_with: &'p str,
    lengths: Lengths,
}

impl Unchanged {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        text_or_json(self.shared.format)?;
        let patterns: Vec<Pattern<'_>> = self
            .patterns
            .iter()
            .map(|text| Pattern::of(text))
            .collect::<Result<_, _>>()?;
        let Some(lists) = Rules::all_with_places(&self.rules, console)? else {
            return Ok(Status::Findings);
        };
        // a single file is taken for what it is asked as
        let kind = match (lists.as_slice(), self.lookup) {
            ([_], _) => None,
            (_, true) => Some(ListKind::Lookup),
            (_, false) => Some(ListKind::Application),
        };
        let asked: Vec<&Listed> = asked(&lists, kind, self.site.as_deref())?
            .into_iter()
            .map(|at| &lists[at])
            .collect();
        let answers: Vec<Answer> = patterns
            .iter()
            .map(|pattern| self.answer(pattern, &asked))
            .collect();
        let status = tell(&answers, self.shared.format, console)?;
        let is_valid = asked.iter().all(|listed| listed.rules.valid);
        Ok(if is_valid { status } else { Status::Findings })
    }

    fn answer(&self, pattern: &Pattern<'_>, lists: &[&Listed]) -> Answer {
        let needed = self.shared.domain.into();
        let begins_with = pattern.begins_with.as_bytes();
        let mut seen = HashSet::new();
        let different = lists.iter().enumerate();
        let different: Vec<_> = different
            .filter(|(_, listed)| seen.insert(listed.rules.identity()))
            .collect();
        let (holds, refuted) = strongest(needed, |domain| {
            let change = |listed: &Listed| {
                changed(listed.rules.rules(), begins_with, pattern.lengths, domain)
            };
            let changes = different
                .iter()
                .copied()
                .filter_map(|(at, list)| Some((at, change(list)?)));
            changes.min_by(|(_, a), (_, b)| Domain::order(&a.witness, &b.witness))
        });
        let words = match (&holds, &refuted) {
            (Some(_), None) if pattern.is_one() => {
                format!("proved: {} stays as it is", pattern.text)
            }
            (Some(domain), _) => {
                format!(
                    "proved: {} stays as it is, {}",
                    pattern.text,
                    for_every(*domain)
                )
            }
            (None, Some((at, change))) => format!(
                "not so: {}: {}",
                pattern.text,
                told(lists[*at], lists, change)
            ),
            (None, None) => String::new(),
        };
        Answer {
            statement: format!("{} stays as it is", pattern.text),
            proved: holds.is_some(),
            domain: domain_name(holds),
            counterexample: refuted.map(|(at, change)| {
                counterexample(
                    lists[at],
                    Some(change.rule),
                    (&change.witness, &change.result),
                )
            }),
            words,
        }
    }
}

impl<'p> Pattern<'p> {
    fn of(text: &'p str) -> Result<Self, Failure> {
        let (fixed, is_open) = match text.strip_suffix('!') {
            Some(fixed) => (fixed, true),
            None => (text, false),
        };
        let begins_with = fixed.trim_end_matches(['X', 'x']);
        let is_dialable = begins_with
            .bytes()
            .all(|byte| b"0123456789+*#".contains(&byte));
        if text.is_empty() || !is_dialable {
            return Err(Failure::new(
                format!("`{}` is not a pattern", text.escape_debug()),
                "write what numbers begin with and an X for each digit behind: 4XXXX, or +44! for all lengths",
            ));
        }
        let from = fixed.len() + usize::from(is_open);
        let to = (!is_open).then_some(from);
        Ok(Self {
            text,
            begins_with,
            lengths: Lengths { from, to },
        })
    }

    /// Whether it is one number.
    fn is_one(&self) -> bool {
        self.lengths.to == Some(self.begins_with.len())
    }
}

fn told(listed: &Listed, lists: &[&Listed], change: &Change) -> String {
    format!(
        "{} goes out as {}{}, by rule {}, \"{}\" ({})",
        shown(&change.witness),
        shown(&change.result),
        in_view(listed, lists),
        change.rule + 1,
        listed.rules.name(change.rule),
        listed.rules.place(change.rule)
    )
}
