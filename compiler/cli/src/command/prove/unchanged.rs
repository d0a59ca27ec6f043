//! `adrc prove unchanged`: the numbers of a pattern remain unchanged, in every view.

use std::collections::HashSet;

use adr_analysis::{Change, Domain, Lengths, MAX_LENGTH, first_change, longest_covered};
use adr_language::ListKind;
use clap::Args;

use super::{Verdict, by_rule, counterexample, in_view, report, rules_of, selected};
use crate::console::Console;
use crate::dial_plan::reject;
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::plan_path::PathAndPatterns;
use crate::rules::{Lines, read_lists};
use adr_render::domain::a_number;
use adr_render::lists::NamedList;
use adr_render::text::{grouped, in_sentence, shown};

/// Arguments of `adrc prove unchanged`.
#[derive(Debug, Args)]
pub(super) struct Unchanged {
    /// Prove it only for the rules of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Prove it for lookup rules instead of application rules
    #[arg(long)]
    lookup: bool,
    /// Reject patterns with numbers outside of this domain
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    arguments: PathAndPatterns,
}

/// Numbers with the same beginning, and with one length or every length from a minimum.
struct Pattern<'p> {
    text: &'p str,
    begins_with: &'p str,
    lengths: Lengths,
}

impl Unchanged {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let (target, patterns) = self.arguments.split()?;
        let patterns: Vec<Pattern<'_>> =
            patterns.iter().map(|text| Pattern::of(text)).collect::<Result<_, _>>()?;
        for pattern in &patterns {
            self.check_domain(pattern)?;
        }
        let lists = match read_lists(&target.paths, Lines::Known, console)? {
            Ok(lists) => lists,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        // a single file may have either kind
        let kind = match (lists.as_slice(), self.lookup) {
            ([_], _) => None,
            (_, true) => Some(ListKind::Lookup),
            (_, false) => Some(ListKind::Application),
        };
        let selected: Vec<&NamedList> = selected(&lists, kind, self.site.as_deref())?
            .into_iter()
            .map(|at| &lists[at])
            .collect();
        let verdicts: Vec<Verdict> =
            patterns.iter().map(|pattern| verdict(pattern, &selected)).collect();
        let is_valid = selected.iter().all(|listed| listed.rules.is_valid());
        report(&verdicts, is_valid, self.format, console)
    }

    /// Rejects a pattern with numbers outside of `--domain`.
    fn check_domain(&self, pattern: &Pattern<'_>) -> Result<(), Failure> {
        let domain = self.domain.map(Domain::from);
        let begins_with = pattern.begins_with.as_bytes();
        match domain.filter(|domain| !domain.allows(begins_with)) {
            None => Ok(()),
            Some(domain) => Err(Failure::new(
                format!("`{}` is not {}", pattern.text, a_number(domain)),
                "leave --domain out: the pattern defines the numbers",
            )),
        }
    }
}

fn verdict(pattern: &Pattern<'_>, lists: &[&NamedList]) -> Verdict {
    let change = |listed: &&NamedList| {
        let rules = listed.rules.rules();
        first_change(rules, pattern.begins_with.as_bytes(), pattern.lengths)
    };
    let mut seen = HashSet::new();
    let changes = lists
        .iter()
        .enumerate()
        .filter(|(_, listed)| seen.insert(listed.rules.identity()))
        .filter_map(|(at, list)| Some((at, change(list)?)));
    let refuted = changes.min_by(|(_, a), (_, b)| Domain::compare(&a.witness, &b.witness));
    let longest = match pattern.lengths.to {
        Some(_) => None,
        None => longest_covered(&rules_of(lists)),
    };
    let words = match (&refuted, longest) {
        (Some((at, change)), _) => {
            let explanation = explanation(lists[*at], lists, change);
            format!("refuted: {}: {explanation}", pattern.text)
        }
        (None, None) => format!("proved: {} remains unchanged", pattern.text),
        (None, Some(longest)) => format!(
            "proved: {} remains unchanged, up to {} characters long",
            pattern.text,
            grouped(&longest.to_string())
        ),
    };
    Verdict {
        statement: format!("{} remains unchanged", pattern.text),
        proved: refuted.is_none(),
        domain: None,
        up_to_characters: longest,
        counterexample: refuted.map(|(at, change)| {
            let texts = (&change.witness[..], &change.result[..]);
            counterexample(lists[at], Some(change.rule), texts)
        }),
        words,
    }
}

impl<'p> Pattern<'p> {
    fn of(text: &'p str) -> Result<Self, Failure> {
        let (fixed, is_open) = match text.strip_suffix('!') {
            Some(fixed) => (fixed, true),
            None => (text, false),
        };
        let begins_with = fixed.trim_end_matches(['X', 'x']);
        let is_dialable = begins_with.bytes().all(|byte| b"0123456789+*#".contains(&byte));
        if text.is_empty() || !is_dialable {
            return Err(Failure::new(
                format!("`{}` is not a pattern", text.escape_debug()),
                "write the beginning of the numbers and an X for each further digit: 4XXXX, or +44! for all lengths",
            ));
        }
        if fixed.len() > MAX_LENGTH {
            return Err(Failure::new(
                format!("a pattern of {} characters is too long", fixed.len()),
                format!("write up to {MAX_LENGTH}"),
            ));
        }
        let lengths = Lengths { from: fixed.len(), to: (!is_open).then_some(fixed.len()) };
        Ok(Self { text, begins_with, lengths })
    }
}

fn explanation(listed: &NamedList, lists: &[&NamedList], change: &Change) -> String {
    format!(
        "{} becomes {}{}, {}",
        shown(&change.witness),
        in_sentence(&change.result),
        in_view(listed, lists),
        by_rule(listed, change.rule)
    )
}
