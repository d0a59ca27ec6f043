//! Records of CUCM as adrc's rules, in the order in which CUCM applies them.

mod findings;

use std::collections::HashMap;

use adr_diagnostic::{Diagnostic, Finding, Report};
use adr_engine::{DialString, Rule};

pub use findings::FINDINGS;
use findings::{EQUAL_PRIORITIES, PAGE_REFUSES_RULE, RULE_OUTSIDE_LIMITS, UNREADABLE_COUNT};

use crate::file::LocatedRule;
use crate::rule::{Count, CucmRule, RuleKind};

/// Longest name, and longest description, that CUCM's page accepts, in characters.
pub const NAME_CHARACTERS: usize = 50;

/// Characters that CUCM's page refuses in names.
pub const NAME_EXCLUDES: [char; 6] = ['"', '%', '&', '\\', '<', '>'];

/// Records in order, with the rules that clients apply.
#[derive(Clone, Debug, Default)]
pub struct Converted {
    /// Application dial rules, the first one first.
    pub application: Vec<ConvertedRule>,
    /// Directory lookup dial rules, the first one first.
    pub lookup: Vec<ConvertedRule>,
    /// What is wrong with them. A finding names its rule by position in its list, from 1, and by
    /// the place of its row.
    pub report: Report,
}

/// A record, and the rule that clients apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertedRule {
    /// The record.
    pub record: LocatedRule,
    /// The rule; `None` if a count is not a number, which is an error in the report. A rule outside
    /// CUCM's limits is present, and an error as well.
    pub rule: Option<Rule>,
}

/// Sorts records by priority, then by name, and makes adrc's rules of them. Records without
/// priority come last. No record is lost: what CUCM's page would refuse is a finding.
///
/// An empty Number of Digits matches every length, and an empty Total Digits to be Removed removes
/// nothing, as in the file that CUCM deploys.
///
/// ```
/// use adr_cucm::{CucmRule, RuleKind, convert};
///
/// let rule = |name: &str, priority: i64| CucmRule {
///     begins_with: "+1".to_owned(),
///     digits: 12.into(),
///     remove: 2.into(),
///     priority: priority.into(),
///     ..CucmRule::new(RuleKind::Application, name)
/// };
/// let converted = convert(vec![rule("b", 2).into(), rule("a", 1).into()]);
/// assert!(converted.report.is_empty());
/// assert_eq!(converted.application[0].record.rule.name, "a");
/// assert_eq!(converted.application[0].rule.as_ref().unwrap().digits(), 12);
/// ```
#[must_use]
pub fn convert(rules: Vec<LocatedRule>) -> Converted {
    let (application, lookup): (Vec<_>, Vec<_>) =
        rules.into_iter().partition(|located| located.rule.kind == RuleKind::Application);
    let mut report = Report::new();
    let application = convert_list(application, &mut report);
    let lookup = convert_list(lookup, &mut report);
    Converted { application, lookup, report }
}

fn convert_list(mut records: Vec<LocatedRule>, report: &mut Report) -> Vec<ConvertedRule> {
    records.sort_by(|a, b| {
        let key = |located: &LocatedRule| {
            let priority = located.rule.priority.number();
            (priority.is_none(), priority)
        };
        key(a).cmp(&key(b)).then_with(|| a.rule.name.cmp(&b.rule.name))
    });
    let mut converter = Converter { report, names: HashMap::new(), before: None };
    let convert = |(at, record): (usize, LocatedRule)| converter.convert(at, record);
    records.into_iter().enumerate().map(convert).collect()
}

/// Converts the records of one list, in order.
struct Converter<'r> {
    report: &'r mut Report,
    /// The position of each name, from 0.
    names: HashMap<String, usize>,
    /// Name and priority of the record before.
    before: Option<(String, i64)>,
}

impl Converter<'_> {
    fn convert(&mut self, at: usize, record: LocatedRule) -> ConvertedRule {
        let finder = Finder { at, record: &record };
        let rule = self.rule(&finder);
        for reason in refusals(&record.rule) {
            self.report.push(finder.found(&PAGE_REFUSES_RULE, &reason));
        }
        self.check_name(&finder);
        self.check_priority(&finder);
        ConvertedRule { rule, record }
    }

    /// The rule that clients apply.
    fn rule(&mut self, finder: &Finder<'_>) -> Option<Rule> {
        let CucmRule { digits, remove, begins_with, prefix, .. } = &finder.record.rule;
        let mut count = |label: &str, count: &Count| {
            let number = match count {
                Count::Empty => Some(0),
                Count::Number(number) => i32::try_from(*number).ok(),
                Count::Other(_) => None,
            };
            if number.is_none() {
                let value = count.to_string();
                let message =
                    format!("{label} is `{}`, which is not a count", value.escape_debug());
                self.report.push(finder.found(&UNREADABLE_COUNT, &message));
            }
            number
        };
        let digits = count("Number of Digits", digits);
        let remove = count("Total Digits to be Removed", remove);
        let rule = Rule::from_deployed(begins_with, digits?, remove?, prefix);
        for (label, text) in [("Number Begins With", begins_with), ("Prefix With Pattern", prefix)]
        {
            if let Err(error) = DialString::new(text) {
                let message = format!("in {label}: {error}");
                self.report.push(finder.found(&RULE_OUTSIDE_LIMITS, &message));
            }
        }
        let counts = Rule::from_deployed("", rule.digits(), rule.remove(), "");
        if let Err(error) = counts.check() {
            self.report.push(finder.found(&RULE_OUTSIDE_LIMITS, &error.to_string()));
        }
        Some(rule)
    }

    fn check_name(&mut self, finder: &Finder<'_>) {
        let name = &finder.record.rule.name;
        if let Some(first) = self.names.get(name) {
            let message = format!("rule {} has the same name", first + 1);
            self.report.push(finder.found(&PAGE_REFUSES_RULE, &message));
        } else {
            self.names.insert(name.clone(), finder.at);
        }
    }

    fn check_priority(&mut self, finder: &Finder<'_>) {
        let CucmRule { name, priority, .. } = &finder.record.rule;
        let Some(number) = priority.number() else {
            let message = match priority {
                Count::Other(text) => format!("the priority is `{}`", text.escape_debug()),
                _ => "the priority is empty".to_owned(),
            };
            let message = format!("{message}, so adrc puts the rule last");
            self.report.push(finder.found(&PAGE_REFUSES_RULE, &message));
            return;
        };
        let here = (name.clone(), number);
        if let Some((other, before)) = self.before.replace(here)
            && before == number
        {
            let message = format!(
                "`{}` has priority {number} as well, and CUCM promises no order",
                other.escape_debug()
            );
            self.report.push(finder.found(&EQUAL_PRIORITIES, &message));
        }
    }
}

/// Where the record is that findings are about.
struct Finder<'c> {
    /// Position in the list, from 0.
    at: usize,
    record: &'c LocatedRule,
}

impl Finder<'_> {
    fn found(&self, finding: &Finding, message: &str) -> Diagnostic {
        let name: String = self.record.rule.name.chars().take(NAME_CHARACTERS).collect();
        let position = u32::try_from(self.at + 1).unwrap_or(u32::MAX);
        let message = format!("rule `{}`: {message}", name.escape_debug());
        let found = finding.found(message).with_rule(position);
        match self.record.span {
            Some(span) => found.at(span),
            None => found,
        }
    }
}

/// Why CUCM's page would refuse a rule that AXL accepts.
fn refusals(rule: &CucmRule) -> Vec<String> {
    let mut reasons = Vec::new();
    let CucmRule { name, description, begins_with, digits, remove, prefix, .. } = rule;
    if name.trim().is_empty() {
        reasons.push("the name is empty".to_owned());
    }
    for (label, text) in [("name", name), ("description", description)] {
        let characters = text.chars().count();
        if characters > NAME_CHARACTERS {
            reasons.push(format!(
                "the {label} has {characters} characters, and CUCM's page takes at most \
                 {NAME_CHARACTERS}"
            ));
        }
    }
    if let Some(found) = name.chars().find(|c| NAME_EXCLUDES.contains(c)) {
        reasons.push(format!("CUCM's page refuses `{found}` in names"));
    }
    match digits.number() {
        None | Some(0) => {
            reasons.push("Number of Digits is empty or 0, so every length matches".to_owned());
        }
        Some(length) if usize::try_from(length).is_ok_and(|length| length < begins_with.len()) => {
            reasons.push("Number Begins With is longer than Number of Digits".to_owned());
        }
        Some(_) => {}
    }
    if matches!(remove.number(), None | Some(0)) && prefix.is_empty() {
        reasons.push("the rule neither removes digits nor adds a prefix".to_owned());
    }
    reasons
}
