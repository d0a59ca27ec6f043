//! `partly-dead-rule`: a rule that wins only some of the numbers that it matches.

use std::collections::BTreeMap;

use adr_analysis::{Coverage, Domain, PartialShadow, Reachability, partial_shadows, reachability};
use adr_diagnostic::{Diagnostic, Finding, Span};
use adr_engine::Rule;
use hashbrown::{HashMap, HashSet};

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};
use super::entries::Entries;
use super::rule_names::RuleNames;
use crate::plan::{List, RuleOrigin};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::note(
    "partly-dead-rule",
    "a rule wins only some of the numbers that it matches",
    include_str!("../pages/partly-dead-rule.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for WrittenList { list, .. } in context.lists() {
        for (origin, loss) in losses(context, list) {
            found.push(diagnostic(context, list, origin, &loss));
        }
    }
}

/// The numbers that a written rule loses, over all of its deployed rules.
#[derive(Debug, Default)]
struct Loss {
    /// The share of its numbers of digits that it wins, by length.
    kept: BTreeMap<usize, Coverage>,
    /// Whether it wins any of them.
    wins: bool,
    /// Whether some of its numbers have an unlimited length, so that shares have no meaning.
    is_endless: bool,
    /// The positions of the rules that take its numbers.
    taken_by: Vec<usize>,
    /// The positions of the deployed rules that lose some numbers.
    losing: Vec<usize>,
    /// The number of its deployed rules.
    rows: usize,
    /// The first number that it does not win.
    witness: Vec<u8>,
}

impl Loss {
    fn add(&mut self, rule: &Rule, reachability: &Reachability, partly: Option<&PartialShadow>) {
        let all = Coverage::full(rule, Domain::Digits);
        let kept = self.kept.entry(rule.length().unwrap_or(0)).or_default();
        self.is_endless |= rule.length().is_none();
        self.wins |= *reachability == Reachability::Live;
        match (reachability, partly) {
            (Reachability::Shadowed(by), _) => {
                kept.matched += all.matched;
                let mut number = rule.begins_with().as_bytes().to_vec();
                number.resize(rule.length().unwrap_or(number.len()), b'0');
                self.take(by, &number);
            }
            (_, Some(partly)) => {
                *kept += partly.coverage.as_ref().unwrap_or(&all);
                self.take(&partly.shadowed_by, &partly.witness);
            }
            _ => *kept += &all,
        }
    }

    /// Describes the smallest share that it wins.
    fn part(&self) -> String {
        if !self.wins {
            return "no number of digits, only numbers with `*` or `#`".to_owned();
        }
        let losing = self.kept.iter().filter(|(_, share)| share.won != share.matched);
        match losing.clone().min_by_key(|(_, share)| share.permille()) {
            Some((_, share)) if self.kept.len() == 1 => format!("{share} of its numbers"),
            Some((length, share)) if !self.is_endless => {
                let least = if losing.count() > 1 { "as little as " } else { "" };
                format!("{least}{share} of its numbers of {length} digits")
            }
            _ => "a part of its numbers".to_owned(),
        }
    }

    fn take(&mut self, by: &[usize], witness: &[u8]) {
        if self.taken_by.is_empty() {
            self.witness = witness.to_vec();
        }
        self.taken_by.extend(by);
    }
}

/// The written rules that win some numbers and lose others, in the order of the rules.
fn losses(context: &Context<'_>, list: &List) -> Vec<(RuleOrigin, Loss)> {
    let rules = list.rules();
    let of_digits = reachability(rules, Domain::Digits);
    let partly = partial_shadows(rules, Domain::Digits).into_iter();
    let partly: HashMap<usize, PartialShadow> =
        partly.map(|partly| (partly.rule, partly)).collect();
    let loses =
        |at: &usize| partly.contains_key(at) || matches!(of_digits[*at], Reachability::Shadowed(_));
    let mut losses: HashMap<Span, (RuleOrigin, Loss)> = (0..rules.len())
        .filter(loses)
        .filter_map(|at| list.origin(at))
        .map(|origin| (origin.rule, (origin, Loss::default())))
        .collect();
    if losses.is_empty() {
        return Vec::new();
    }
    for (at, reachability) in of_digits.iter().enumerate() {
        let origin = list.origin(at);
        if let Some((_, loss)) = origin.and_then(|origin| losses.get_mut(&origin.rule)) {
            loss.rows += 1;
            if loses(&at) {
                loss.losing.push(at);
            }
            loss.add(&rules[at], reachability, partly.get(&at));
        }
    }
    let winning = winning((list, context.reachability(list)), &losses);
    let mut losses: Vec<_> = losses.into_values().collect();
    losses.retain(|(origin, loss)| loss.wins || winning.contains(&origin.rule));
    losses.sort_by_key(|(origin, _)| origin.rule);
    losses
}

/// The rules that win no number of digits, but win other numbers. Rules that win no number at all
/// are left to `dead-rule`.
fn winning(
    (list, reachability): (&List, &[Reachability]),
    losses: &HashMap<Span, (RuleOrigin, Loss)>,
) -> HashSet<Span> {
    if losses.values().all(|(_, loss)| loss.wins) {
        return HashSet::new();
    }
    let reachability = reachability.iter().enumerate();
    reachability
        .filter(|(_, one)| **one == Reachability::Live)
        .filter_map(|(at, _)| Some(list.origin(at)?.rule))
        .collect()
}

fn diagnostic(context: &Context<'_>, list: &List, origin: RuleOrigin, loss: &Loss) -> Diagnostic {
    let takers = RuleNames::of(context.sources, list, &loss.taken_by);
    let takes = if takers.is_one() { "takes" } else { "take" };
    let entries = Entries::of(context.sources, list, &loss.losing);
    let beginning = match entries.len() {
        0 => String::new(),
        _ if loss.losing.len() == loss.rows => String::new(),
        _ => format!(", which begin with {}", entries.listed()),
    };
    let message =
        format!("this rule wins {}; {takers} above {takes} the others{beginning}", loss.part());
    let mut found = FINDING.found(message).at(origin.name);
    for taker in takers.shown() {
        found = found.at(taker.name).with_label("wins before it");
    }
    found.covered_by = takers.into_names();
    found.with_witness(String::from_utf8_lossy(&loss.witness))
}
