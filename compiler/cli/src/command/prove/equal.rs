//! `adrc prove equal`: two dial plans give the same result for every number, in every view.

use std::collections::HashSet;

use adr_analysis::{Difference, Domain, first_difference, longest_covered};
use adr_language::ListKind;
use clap::Args;

use super::{Shared, Verdict, counterexample, domain_name, place, report, rules_of, strongest};
use crate::console::Console;
use crate::dial_plan::{both, reject};
use crate::domain::domain;
use crate::failure::{Failure, Status};
use crate::rules::{Lines, read_lists};
use crate::target::Plans;
use adr_render::diff::pairs;
use adr_render::domain::every;
use adr_render::lists::NamedList;
use adr_render::text::{in_sentence, kind_word, shown};

/// Arguments of `adrc prove equal`.
#[derive(Debug, Args)]
pub(super) struct Equal {
    /// One dial plan: rule sources, a deployed file, or a published folder
    one: String,
    /// The other dial plan
    other: String,
    /// Compare only the rules of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Compare only lookup rules
    #[arg(long, conflicts_with = "application")]
    lookup: bool,
    /// Compare only application rules
    #[arg(long)]
    application: bool,
    #[command(flatten)]
    shared: Shared,
}

/// The lists of one view and kind in both plans.
struct Pair<'p> {
    site: Option<&'p str>,
    one: &'p NamedList,
    other: &'p NamedList,
}

impl Equal {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let plans = Plans::find()?;
        let target_of = |path: &String| plans.target(std::slice::from_ref(path));
        let (one, other) = (target_of(&self.one)?, target_of(&self.other)?);
        let domain = domain(self.shared.domain, &one, Domain::Digits);
        let one = read_lists(&one.paths, Lines::Unknown, console)?;
        let other = read_lists(&other.paths, Lines::Unknown, console)?;
        let (one, other) = match both(one, other) {
            Ok(lists) => lists,
            Err(errors) => return reject(&errors, self.shared.format, console),
        };
        let kind = match (self.lookup, self.application) {
            (true, _) => Some(ListKind::Lookup),
            (_, true) => Some(ListKind::Application),
            _ => None,
        };
        let is_selected = |(site, kind_of, ..): &(Option<&str>, ListKind, _, _)| {
            kind.is_none_or(|kind| kind == *kind_of)
                && self.site.as_deref().is_none_or(|own| *site == Some(own))
        };
        let all = pairs(&one, &other);
        if let Some(own) = self.site.as_deref() {
            let mut sites: Vec<&str> = all.iter().filter_map(|(site, ..)| *site).collect();
            sites.dedup();
            if !sites.contains(&own) {
                return Err(crate::rules::no_such_site(own, sites.into_iter()));
            }
        }
        let pairs: Vec<Pair<'_>> = all
            .into_iter()
            .filter(is_selected)
            .map(|(site, _, one, other)| Pair { site, one, other })
            .collect();
        if pairs.is_empty() {
            return Err(Failure::new(
                format!("{} and {} have no kind of rules in common", self.one, self.other),
                "name two application lists, or two lookup lists",
            ));
        }
        let verdict = self.verdict(&pairs, domain);
        let is_valid =
            pairs.iter().all(|pair| pair.one.rules.is_valid() && pair.other.rules.is_valid());
        if verdict.proved
            && let Some(refuted) = &verdict.counterexample
        {
            console.message(format_args!(
                "not equal for a larger domain: {} gives {} and {}",
                refuted.witness,
                in_sentence(refuted.result.as_bytes()),
                in_sentence(refuted.other.as_deref().unwrap_or_default().as_bytes())
            ));
        }
        report(&[verdict], is_valid, self.shared.format, console)
    }

    fn verdict(&self, pairs: &[Pair<'_>], needed: Domain) -> Verdict {
        let mut seen = HashSet::new();
        let is_new = |(_, pair): &(usize, &Pair<'_>)| {
            seen.insert((pair.one.rules.identity(), pair.other.rules.identity()))
        };
        let different: Vec<_> = pairs.iter().enumerate().filter(is_new).collect();
        let (holds, refuted) = strongest(needed, |domain| {
            let differ = |pair: &Pair<'_>| {
                first_difference(pair.one.rules.rules(), pair.other.rules.rules(), domain)
            };
            let found =
                different.iter().copied().filter_map(|(at, pair)| Some((at, differ(pair)?)));
            found.min_by(|(_, a), (_, b)| Domain::compare(&a.witness, &b.witness))
        });
        let lists: Vec<&NamedList> = pairs.iter().flat_map(|pair| [pair.one, pair.other]).collect();
        let lists = rules_of(&lists);
        let words = match (&holds, &refuted) {
            (Some(domain), _) => format!("proved: equal for {}", every(*domain, &lists)),
            (None, Some((at, difference))) => {
                format!(
                    "not equal for {}: {}",
                    every(needed, &[]),
                    explanation(&pairs[*at], pairs.len(), difference)
                )
            }
            (None, None) => String::new(),
        };
        Verdict {
            statement: format!("{} and {} are equal", self.one, self.other),
            proved: holds.is_some(),
            domain: domain_name(holds),
            up_to_characters: longest_covered(&lists),
            counterexample: refuted.map(|(at, difference)| {
                let texts = (&difference.witness[..], &difference.old_result[..]);
                let mut found = counterexample(pairs[at].one, difference.old, texts);
                found.site = pairs[at].site.map(str::to_owned);
                found.other = Some(shown(&difference.new_result));
                found
            }),
            words,
        }
    }
}

/// "5551212 gives 95551212 and 85551212, application rules of site "Dallas"".
fn explanation(pair: &Pair<'_>, of: usize, difference: &Difference) -> String {
    let list = match of {
        1 => String::new(),
        _ => format!(", {} rules of {}", kind_word(pair.one.kind), place(pair.site)),
    };
    let witness = shown(&difference.witness);
    let [old, new] = [&difference.old_result, &difference.new_result].map(|text| in_sentence(text));
    format!("{witness} gives {old} and {new}{list}")
}
