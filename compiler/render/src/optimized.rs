//! The smallest lists with the same results, as text and as fields of a JSON document.

mod explain;

use std::collections::HashMap;
use std::rc::Rc;

use adr_analysis::{Domain, Minimal, longest_covered, minimize};
use adr_engine::Rule;
use serde::Serialize;

use crate::domain::name;
use crate::lists::NamedList;
use crate::text::{count, kind_word};

pub use explain::{Explanations, RemovedRule, to_text};

/// A list, and the smallest list with the same results.
pub struct Smaller<'l> {
    /// The old list.
    pub listed: &'l NamedList,
    /// The smallest list with the same results. Views that share the old list share this one, too.
    pub minimal: Rc<Minimal>,
}

impl Smaller<'_> {
    /// The name of a rule of the smaller list.
    #[must_use]
    pub fn name(&self, source: Option<usize>) -> String {
        source.map_or_else(|| "Unchanged".to_owned(), |at| self.listed.rules.name(at))
    }

    /// Rules of the smaller list, each with the old rule that it replaces.
    pub fn rows(&self) -> impl Iterator<Item = (&Rule, Option<usize>)> {
        let by_action = self.first_with_action();
        let sources = self.minimal.sources.iter().copied();
        self.minimal.rules.iter().zip(sources).map(move |(rule, source)| {
            let same = || by_action.get(&action(rule)).copied();
            (rule, source.or_else(|| same().filter(|_| !is_keep(rule))))
        })
    }

    /// The first old rule with each action. If one new rule replaces several old ones, it takes the
    /// name of the first.
    fn first_with_action(&self) -> HashMap<Action<'_>, usize> {
        let mut first = HashMap::new();
        if self.minimal.sources.contains(&None) {
            for (at, rule) in self.listed.rules.rules().iter().enumerate() {
                first.entry(action(rule)).or_insert(at);
            }
        }
        first
    }
}

/// Length, removed digits and prefix of a rule.
type Action<'r> = (i32, i32, &'r str);

fn action(rule: &Rule) -> Action<'_> {
    (rule.digits(), rule.remove(), rule.prefix())
}

/// Whether a rule leaves the numbers that it matches unchanged.
fn is_keep(rule: &Rule) -> bool {
    rule.begins_with() == rule.prefix() && usize::try_from(rule.remove()) == Ok(rule.prefix().len())
}

/// The smallest equal list of each list. Views that share a list share the smallest one.
#[must_use]
pub fn smaller(lists: &[NamedList], domain: Domain) -> Vec<Smaller<'_>> {
    let mut known: HashMap<*const Rule, Rc<Minimal>> = HashMap::new();
    let smaller = lists.iter().map(|listed| {
        let minimal = known
            .entry(listed.rules.identity())
            .or_insert_with(|| Rc::new(minimize(listed.rules.rules(), domain)));
        Smaller { listed, minimal: Rc::clone(minimal) }
    });
    smaller.collect()
}

/// The old rules of all lists.
#[must_use]
pub fn lists_of<'s>(smaller: &'s [Smaller<'_>]) -> Vec<&'s [Rule]> {
    smaller.iter().map(|smaller| smaller.listed.rules.rules()).collect()
}

/// "10 rules become 7".
#[must_use]
pub fn becomes(before: usize, after: usize) -> String {
    let becomes = if before == 1 { "becomes" } else { "become" };
    format!("{} {becomes} {after}", count(before, "rule"))
}

/// "10 rules become 7, the minimum".
#[must_use]
pub fn change(smaller: &Smaller<'_>) -> String {
    let (before, after) = (smaller.listed.rules.rules().len(), smaller.minimal.rules.len());
    let least = if smaller.minimal.is_minimum { ", the minimum" } else { "" };
    match after < before {
        true => format!("{}{least}", becomes(before, after)),
        false if before == 1 => format!("1 rule remains{least}"),
        false => format!("{before} rules remain{least}"),
    }
}

/// The fields of a JSON document about smallest lists.
#[derive(Serialize)]
pub struct Optimized<'s> {
    domain: &'static str,
    /// The greatest length for which the lists are proved equal; null for every length.
    up_to_characters: Option<usize>,
    lists: Vec<List<'s>>,
}

#[derive(Serialize)]
struct List<'s> {
    kind: &'static str,
    site: Option<&'s str>,
    before: usize,
    after: usize,
    /// Whether no equal list has fewer rules.
    is_least: bool,
    rules: Vec<Row>,
    gone: Vec<RemovedRule>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    begins_with: String,
    digits: i32,
    remove: i32,
    prefix: String,
    /// The position of the old rule that it replaces, from 1.
    from: Option<usize>,
}

impl<'s> Optimized<'s> {
    /// The smallest lists, with the removed rules and the reasons.
    #[must_use]
    pub fn new(smaller: &'s [Smaller<'_>], domain: Domain) -> Self {
        let mut removed = Explanations::new(domain);
        let mut list = |smaller: &'_ Smaller<'_>| {
            let rows = smaller.rows().map(|(rule, source)| Row {
                name: smaller.name(source),
                begins_with: rule.begins_with().to_owned(),
                digits: rule.digits(),
                remove: rule.remove(),
                prefix: rule.prefix().to_owned(),
                from: source.map(|at| at + 1),
            });
            (rows.collect::<Vec<_>>(), removed.of(smaller).to_vec())
        };
        let lists = smaller.iter().map(|smaller| {
            let (rules, gone) = list(smaller);
            List {
                kind: kind_word(smaller.listed.kind),
                site: smaller.listed.site.as_deref(),
                before: smaller.listed.rules.rules().len(),
                after: rules.len(),
                is_least: smaller.minimal.is_minimum,
                rules,
                gone,
            }
        });
        Self {
            domain: name(domain),
            up_to_characters: longest_covered(&lists_of(smaller)),
            lists: lists.collect(),
        }
    }
}
