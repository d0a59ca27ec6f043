//! The change plan of a push: which calls change, which rules, and which calls to CUCM do it.

mod show;
mod words;

use adr_analysis::Domain;
use adr_cucm::{CucmRule, RuleKind};
use adr_engine::Rule;
use adr_language::ListKind;
use adr_push::ListPlan;
use serde::Serialize;

use crate::Terminal;
use crate::diff::{self, Compared, Comparison, compare};
use crate::lists::{NamedList, Rules};
use show::ListObject;

/// Plans of a push, for people and programs.
pub struct Review<'p> {
    plans: &'p [ListPlan],
    old: Vec<NamedList>,
    new: Vec<NamedList>,
    domain: Domain,
}

/// The fields of a push plan in a JSON document.
#[derive(Serialize)]
pub struct PushDocument<'p> {
    /// Whether anything is to be done.
    changes: bool,
    /// How many calls that takes.
    calls: usize,
    lists: Vec<ListObject<'p>>,
    #[serde(flatten)]
    comparison: Comparison<'p>,
}

impl<'p> Review<'p> {
    /// A review of plans that make the lists of `cluster` equal to others; `domain` says which
    /// texts count as numbers.
    #[must_use]
    pub fn new(cluster: &str, plans: &'p [ListPlan], domain: Domain) -> Self {
        let lists = |records: fn(&ListPlan) -> &[CucmRule]| -> Vec<NamedList> {
            let list = |plan: &ListPlan| NamedList {
                site: None,
                kind: list_kind(plan.kind()),
                rules: Rules::of_records(cluster, records(plan).iter().map(named)),
            };
            plans.iter().map(list).collect()
        };
        Self { plans, old: lists(ListPlan::present), new: lists(ListPlan::target), domain }
    }

    /// How many calls the push takes.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.plans.iter().map(|plan| plan.steps().len()).sum()
    }

    /// The plan as text: first which calls change, as [`diff::to_text`] has it, then the rules,
    /// then the calls to CUCM in their order.
    #[must_use]
    pub fn to_text(&self, terminal: Terminal) -> String {
        let styles = terminal.styles();
        let mut text = diff::to_text(&self.compared(), self.domain, terminal);
        for plan in self.plans.iter().filter(|plan| !plan.is_empty()) {
            text.push_str(&words::changes(plan, styles));
        }
        text + &words::calls(self.plans, styles)
    }

    /// The fields of a JSON document, which lists every change and call.
    pub fn with_document<T>(&self, use_it: impl FnOnce(PushDocument<'_>) -> T) -> T {
        let compared = self.compared();
        use_it(PushDocument {
            changes: self.calls() > 0,
            calls: self.calls(),
            lists: self.plans.iter().map(ListObject::of).collect(),
            comparison: diff::comparison(&compared, self.domain, None),
        })
    }

    fn compared(&self) -> Vec<Compared<'_>> {
        compare(&self.old, &self.new, self.domain)
    }
}

/// A record as a rule with its name. Plans exist only for records whose counts are numbers.
fn named(record: &CucmRule) -> (String, Rule) {
    let count = |count: &adr_cucm::Count| {
        count.number().and_then(|number| i32::try_from(number).ok()).unwrap_or(0)
    };
    let (digits, remove) = (count(&record.digits), count(&record.remove));
    let rule = Rule::from_deployed(&record.begins_with, digits, remove, &record.prefix);
    (record.name.clone(), rule)
}

fn list_kind(kind: RuleKind) -> ListKind {
    match kind {
        RuleKind::Application => ListKind::Application,
        RuleKind::DirectoryLookup => ListKind::Lookup,
    }
}
