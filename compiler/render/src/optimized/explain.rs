//! `--explain`: which rules are removed, and why.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::rc::Rc;

use adr_analysis::{Domain, Reachability, mergeable, reachability};
use adr_engine::Rule;
use serde::Serialize;

use super::{Smaller, change};
use crate::domain::a_number;
use crate::text::{escaped, first_names, list_words};

/// Most rules that a reason lists.
const NAMED: usize = 3;

/// A rule of the source that has fewer file rules in the smaller list.
#[derive(Clone, Debug, Serialize)]
pub struct RemovedRule {
    name: String,
    place: String,
    /// Its file rules in the old list.
    before: usize,
    /// Its file rules in the smaller list.
    after: usize,
    reason: String,
}

/// The removed rules of every list, one a line.
pub fn to_text(smaller: &[Smaller<'_>], domain: Domain) -> String {
    let mut text = String::new();
    let mut explanations = Explanations::new(domain);
    for smaller in smaller.iter().filter(|smaller| !smaller.listed.rules.rules().is_empty()) {
        let title = list_words(smaller.listed.site.as_deref(), smaller.listed.kind);
        let _ = writeln!(text, "{title}: {}", change(smaller));
        for rule in explanations.of(smaller).iter() {
            let what = match rule.after {
                0 => "removed".to_owned(),
                after => format!("{} -> {after}", rule.before),
            };
            let _ = writeln!(
                text,
                "  {:8}  {}: {}  ({})",
                what,
                escaped(&rule.name),
                escaped(&rule.reason),
                escaped(&rule.place)
            );
        }
    }
    text
}

/// The removed rules of each list, computed once for all views that share it.
pub struct Explanations {
    domain: Domain,
    known: HashMap<*const Rule, Rc<Vec<RemovedRule>>>,
}

impl Explanations {
    /// Starts without any list.
    pub fn new(domain: Domain) -> Self {
        Self { domain, known: HashMap::new() }
    }

    /// The removed rules of a list, in the order of the list.
    pub fn of(&mut self, smaller: &Smaller<'_>) -> Rc<Vec<RemovedRule>> {
        let known = self.known.entry(smaller.listed.rules.identity());
        Rc::clone(known.or_insert_with(|| Rc::new(removed_rules(smaller, self.domain))))
    }
}

fn removed_rules(smaller: &Smaller<'_>, domain: Domain) -> Vec<RemovedRule> {
    let rules = &smaller.listed.rules;
    let mut left: HashMap<usize, usize> = HashMap::new();
    for at in smaller.rows().filter_map(|(_, source)| source) {
        *left.entry(at).or_default() += 1;
    }
    if smaller.minimal.rules.len() >= rules.rules().len() {
        return Vec::new();
    }
    let reachability = reachability(rules.rules(), domain);
    let mergeable: HashMap<usize, Vec<usize>> = mergeable(rules.rules(), domain)
        .into_iter()
        .map(|found| (found.rule, found.into))
        .collect();
    // by name and place, in the order of their first file rules
    let mut of_rule: BTreeMap<usize, (usize, usize, Vec<usize>)> = BTreeMap::new();
    let mut first: HashMap<(String, String), usize> = HashMap::new();
    for at in 0..rules.rules().len() {
        let start = *first.entry((rules.name(at), rules.place(at))).or_insert(at);
        let entry = of_rule.entry(start).or_default();
        entry.0 += 1;
        entry.1 += left.get(&at).copied().unwrap_or(0);
        if !left.contains_key(&at) {
            entry.2.push(at);
        }
    }
    let fewer = of_rule.into_iter().filter(|(_, (before, after, _))| after < before);
    let reason = |at: &[usize]| reason(smaller, at, &reachability, &mergeable, domain);
    fewer
        .map(|(start, (before, after, removed))| RemovedRule {
            name: rules.name(start),
            place: rules.place(start),
            before,
            after,
            reason: reason(&removed),
        })
        .collect()
}

fn reason(
    smaller: &Smaller<'_>,
    removed: &[usize],
    reachability: &[Reachability],
    mergeable: &HashMap<usize, Vec<usize>>,
    domain: Domain,
) -> String {
    let mut coverers: Vec<usize> = Vec::new();
    let mut successors: Vec<usize> = Vec::new();
    let (mut is_dead, mut is_same) = (true, true);
    for at in removed {
        match &reachability[*at] {
            Reachability::Live => is_dead = false,
            Reachability::Shadowed(by) => coverers.extend(by),
            Reachability::Impossible => {}
        }
        match mergeable.get(at) {
            Some(into) => successors.extend(into),
            None => is_same = false,
        }
    }
    match (is_dead, is_same) {
        (true, _) if coverers.is_empty() => format!("does not match {}", a_number(domain)),
        (true, _) => match names(smaller, &coverers) {
            (names, 1) => format!("never wins, {names} above matches all its numbers"),
            (names, _) => format!("never wins, {names} above match all its numbers"),
        },
        (_, true) if successors.is_empty() => {
            "changes nothing, and neither does a rule below".to_owned()
        }
        (_, true) => match names(smaller, &successors) {
            (names, 1) => format!("{names} below does the same"),
            (names, _) => format!("{names} below do the same"),
        },
        _ => "the remaining rules do the same".to_owned(),
    }
}

/// The names of some rules, and how many different names there are.
fn names(smaller: &Smaller<'_>, rules: &[usize]) -> (String, usize) {
    let mut seen = HashSet::new();
    let names = rules.iter().map(|at| smaller.listed.rules.name(*at));
    let names: Vec<String> = names.filter(|name| seen.insert(name.clone())).collect();
    (first_names(&names, NAMED), names.len())
}
