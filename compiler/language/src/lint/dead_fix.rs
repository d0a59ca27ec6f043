//! The fix for a rule that never wins: it is removed if it only repeats others, and otherwise moved
//! to where it wins.

use adr_analysis::{Domain, first_difference};
use adr_diagnostic::{Applicability, Fix, Span};
use adr_engine::Rule;
use hashbrown::{HashMap, HashSet};

use super::context::Context;
use super::relocation::Bodies;
use super::removal::{entry_removal, removal};
use crate::plan::{List, RuleOrigin};

/// How a rule that never wins relates to the rules that take its numbers. Ordered: the last one has
/// the least certain fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// They do the same to all of its numbers.
    Repeats,
    /// One of them matches all of its numbers and others, and does something else: the order is
    /// wrong.
    Special,
    /// Anything else: each of them matches only some of its numbers, or exactly the same.
    Other,
}

/// A written rule that never wins in a list.
pub(super) struct DeadRule<'l> {
    pub(super) list: &'l List,
    pub(super) origin: RuleOrigin,
    /// Its deployed rules, each with the rules above that take its numbers.
    pub(super) rows: Vec<(usize, &'l [usize])>,
}

impl DeadRule<'_> {
    /// The entries that its deployed rules were made from, as written, unique and ascending.
    fn values(&self) -> Vec<Span> {
        let origins = self.rows.iter().filter_map(|(at, _)| self.list.origin(*at));
        let values = origins.filter_map(|origin| Some(origin.entry?.value));
        let mut values: Vec<Span> = values.collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The rules above that take some of its numbers.
    pub(super) fn above(&self) -> Vec<usize> {
        self.rows.iter().flat_map(|(_, by)| *by).copied().collect()
    }
}

/// Decides how to fix rules that never win.
///
/// A rule that only repeats others can be removed safely. A special rule below a general one was
/// meant to have an effect, so the fix moves it, as an unsafe fix. Otherwise the fix removes it, as
/// an unsafe fix, because only the author knows what the rule was for.
pub(super) struct DeadFixes<'f, 'b> {
    context: &'f Context<'b>,
    /// Made when a fix first needs them.
    bodies: Option<Bodies<'f, 'b>>,
    /// By the span of the written rule.
    roles: HashMap<Span, Role>,
}

impl<'f, 'b> DeadFixes<'f, 'b> {
    /// `dead` must contain every list in which a rule never wins, because one fix changes the rule
    /// in all of them.
    pub(super) fn of(context: &'f Context<'b>, dead: &[DeadRule<'_>]) -> Self {
        let mut roles = HashMap::new();
        for dead in dead {
            let known = roles.entry(dead.origin.rule).or_insert(Role::Repeats);
            *known = role_of(dead).max(*known);
        }
        Self { context, bodies: None, roles }
    }

    /// The help for a rule.
    pub(super) fn help(&self, dead: &DeadRule<'_>) -> String {
        match self.roles.get(&dead.origin.rule) {
            Some(Role::Repeats) => "remove it: they do the same".to_owned(),
            Some(Role::Special) => {
                let above = first_above(dead).map(|above| self.context.sources.slice(above.name));
                let above = above.unwrap_or_default();
                format!("move it above `{above}`, so that it wins for its own numbers")
            }
            Some(Role::Other) | None => "remove it, or change which numbers it is for".to_owned(),
        }
    }

    /// The help for entries of a rule; `them` is the pronoun for the entries.
    pub(super) fn entry_help(&self, dead: &DeadRule<'_>, them: &str) -> String {
        match self.roles.get(&dead.origin.rule) {
            Some(Role::Repeats) => {
                format!("remove {them} from the list: the rules above do the same")
            }
            _ => format!("move this rule above, or remove {them} from the list"),
        }
    }

    /// The fix for entries of a rule, if there is one; `idle` are the entries that win in no list.
    pub(super) fn entry_fix(&mut self, dead: &DeadRule<'_>, idle: &HashSet<Span>) -> Option<Fix> {
        let applicability = match self.roles.get(&dead.origin.rule)? {
            Role::Repeats => Applicability::Safe,
            Role::Other => Applicability::Unsafe,
            Role::Special => return self.fix(dead, false),
        };
        let values = dead.values();
        let is_idle = values.iter().all(|value| idle.contains(value));
        is_idle
            .then(|| entry_removal(self.context, dead.origin.name, &values, applicability))
            .flatten()
    }

    /// The fix for a rule, if there is one; `is_idle` is true if it wins in no list.
    pub(super) fn fix(&mut self, dead: &DeadRule<'_>, is_idle: bool) -> Option<Fix> {
        let origin = dead.origin;
        let remove = |applicability| is_idle.then(|| removal(self.context, origin, applicability));
        match self.roles.get(&origin.rule)? {
            Role::Repeats => remove(Applicability::Safe),
            Role::Other => remove(Applicability::Unsafe),
            Role::Special => {
                let above = first_above(dead)?;
                let bodies = self.bodies.get_or_insert_with(|| Bodies::of(self.context));
                bodies.moving(origin, above)
            }
        }
    }
}

/// The first rule of the list that takes numbers of the dead rule.
fn first_above(dead: &DeadRule<'_>) -> Option<RuleOrigin> {
    let first = dead.rows.iter().flat_map(|(_, by)| *by).min()?;
    dead.list.origin(*first)
}

fn role_of(dead: &DeadRule<'_>) -> Role {
    let rules = dead.list.rules().rules();
    let roles = dead.rows.iter().map(|(at, by)| role(rules, *at, by));
    roles.max().unwrap_or(Role::Other)
}

fn role(rules: &[Rule], at: usize, by: &[usize]) -> Role {
    let rule = &rules[at];
    let others = || by.iter().map(|at| &rules[*at]);
    if others().all(|other| does_as(other, rule)) || is_repeated(rules, rule, by) {
        Role::Repeats
    } else if others().any(|other| is_within(rule, other)) {
        Role::Special
    } else {
        Role::Other
    }
}

/// Whether two rules do the same to every number, whatever they match.
fn does_as(a: &Rule, b: &Rule) -> bool {
    (a.remove(), a.prefix()) == (b.remove(), b.prefix())
}

/// Whether moving the rule above those that take its numbers changes no result.
fn is_repeated(rules: &[Rule], rule: &Rule, by: &[usize]) -> bool {
    if let [one] = by {
        return gives_same(rule, &rules[*one]);
    }
    let below: Vec<Rule> = by.iter().map(|at| rules[*at].clone()).collect();
    let above: Vec<Rule> = std::iter::once(rule).chain(&below).cloned().collect();
    first_difference(&below, &above, Domain::Dialable).is_none()
}

/// Whether another rule does the same to every number that a rule matches.
///
/// The digits after the begins-with can be any, so both must remove the same number of them, and
/// both must write the same text in front of the rest.
fn gives_same(rule: &Rule, other: &Rule) -> bool {
    let begins_with = rule.begins_with();
    let longest = rule.length().unwrap_or(usize::MAX);
    let result = |of: &Rule| {
        let removed = of.removed_from(longest);
        let kept = begins_with.get(removed..).unwrap_or_default();
        let dropped = removed.saturating_sub(begins_with.len());
        (dropped, [of.prefix(), kept].concat())
    };
    result(rule) == result(other)
}

/// Whether a rule matches some numbers of another rule, but not all of them.
fn is_within(rule: &Rule, other: &Rule) -> bool {
    let (inner, outer) = (rule.begins_with(), other.begins_with());
    let lengths = other.length().is_none() || other.length() == rule.length();
    inner.starts_with(outer) && lengths && (inner, rule.length()) != (outer, other.length())
}
