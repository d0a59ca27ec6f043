//! `emergency-rewritten`: a rule changes an emergency number into another number.

use std::collections::BTreeMap;
use std::rc::Rc;

use adr_analysis::{Leaving, NumberSet};
use adr_diagnostic::{Diagnostic, Finding, Span};
use adr_engine::RuleList;
use hashbrown::HashMap;

use super::context::{Context, Shared};
use super::declaration::{Cost, Lint};
use super::wording::{SHOWN, first_of, view_name};
use crate::plan::{ListKind, RuleOrigin, View};
use crate::resolve::Emergency;

mod advice;

use advice::Advice;

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::error(
    "emergency-rewritten",
    "an emergency number does not go out as an emergency number",
    include_str!("../pages/emergency-rewritten.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let by_rule = by_rule(context);
    if by_rule.is_empty() {
        return;
    }
    let mut advice = Advice::of(context);
    for rewriting in by_rule.into_values() {
        found.push(rewriting.diagnostic(&context.resolved.emergency, &mut advice));
    }
}

/// What one written rule does to emergency numbers, in all lists that contain it.
struct Rewriting<'b> {
    origin: RuleOrigin,
    /// The different changes that it makes, each with its views. They differ between views, because
    /// of the rules above and the values of lets.
    cases: Vec<(Vec<Rc<Leaving>>, Vec<&'b View>)>,
}

/// The rules that change emergency numbers, in the order of their places.
fn by_rule<'b>(context: &Context<'b>) -> BTreeMap<Span, Rewriting<'b>> {
    let emergency = context.resolved.emergency.iter();
    let numbers = NumberSet::new(emergency.map(|emergency| emergency.number.as_str()));
    let mut proved: HashMap<&RuleList, Vec<Rc<Leaving>>> = HashMap::new();
    let mut by_rule: BTreeMap<Span, Rewriting<'b>> = BTreeMap::new();
    for shared in context.shared(ListKind::Application) {
        let rules = shared.list.rules();
        let leaving = proved
            .entry(rules)
            .or_insert_with(|| numbers.leaving(rules).into_iter().map(Rc::new).collect());
        for (origin, leaving) in of_written_rules(shared, leaving) {
            let rewriting = by_rule
                .entry(origin.rule)
                .or_insert_with(|| Rewriting { origin, cases: Vec::new() });
            rewriting.add(leaving, &shared.views);
        }
    }
    by_rule
}

/// The emergency numbers that leave the set, by the written rules that change them.
fn of_written_rules(
    shared: &Shared<'_>,
    leaving: &[Rc<Leaving>],
) -> impl Iterator<Item = (RuleOrigin, Vec<Rc<Leaving>>)> + use<> {
    let mut of_rules: BTreeMap<Span, (RuleOrigin, Vec<Rc<Leaving>>)> = BTreeMap::new();
    for one in leaving {
        if let Some(origin) = shared.list.origin(one.rule) {
            let of_rule = of_rules.entry(origin.rule);
            let (_, leaving) = of_rule.or_insert_with(|| (origin, Vec::new()));
            leaving.push(Rc::clone(one));
        }
    }
    of_rules.into_values()
}

impl<'b> Rewriting<'b> {
    fn add(&mut self, leaving: Vec<Rc<Leaving>>, views: &[&'b View]) {
        let same = |(known, _): &&mut (Vec<Rc<Leaving>>, Vec<&'b View>)| {
            let pairs = known.iter().zip(&leaving);
            known.len() == leaving.len()
                && pairs.into_iter().all(|(a, b)| (a.number, &a.result) == (b.number, &b.result))
        };
        // only the last one is compared, so that the work stays linear
        match self.cases.iter_mut().next_back().filter(same) {
            Some((_, known)) => known.extend_from_slice(views),
            None => self.cases.push((leaving, views.to_vec())),
        }
    }

    fn diagnostic(&self, emergency: &[Emergency], advice: &mut Advice<'_>) -> Diagnostic {
        let (first, views) = &self.cases[0];
        let others: Vec<&View> =
            self.cases[1..].iter().flat_map(|(_, views)| views.iter().copied()).collect();
        let mut message = format!("in {}, {}", names(views), rewritten(first, emergency));
        if !others.is_empty() {
            message += &format!("; the rule also changes emergency numbers in {}", names(&others));
        }
        let mut diagnostic = FINDING
            .found(message)
            .at(self.origin.name)
            .with_label("by this rule")
            .with_witness(emergency[first[0].number].number.as_str());
        for one in first.iter().take(SHOWN) {
            diagnostic = diagnostic.at(emergency[one.number].span).with_label("declared here");
        }
        let all = self.cases.iter().flat_map(|(leaving, _)| leaving);
        let numbers = all.map(|one| &emergency[one.number].number);
        diagnostic.with_help(advice.keeping(numbers))
    }
}

/// Names views: "the default view, site `Dallas` and 4 more".
fn names(views: &[&View]) -> String {
    let shown = views.iter().take(SHOWN).map(|view| view_name(view));
    first_of(&shown.collect::<Vec<_>>(), views.len())
}

/// Describes the changes: "`112` goes out as `0112`".
fn rewritten(leaving: &[Rc<Leaving>], emergency: &[Emergency]) -> String {
    let [one] = leaving else {
        let shown = leaving.iter().take(SHOWN).map(|one| {
            let result = String::from_utf8_lossy(&one.result);
            format!("`{}` as `{result}`", emergency[one.number].number)
        });
        let shown: Vec<String> = shown.collect();
        return format!(
            "{} emergency numbers go out as something else: {}",
            leaving.len(),
            first_of(&shown, leaving.len())
        );
    };
    let result = String::from_utf8_lossy(&one.result);
    format!("`{}` goes out as `{result}`", emergency[one.number].number)
}
