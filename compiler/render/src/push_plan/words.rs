//! Changes and calls of a push in words.

use std::fmt::Write;

use adr_cucm::axl::{AddRule, RuleChange};
use adr_cucm::{Count, CucmRule};
use adr_push::{Call, Change, ListPlan, Purpose, Step};
use anstyle::Style;

use super::list_kind;
use crate::style::{Styles, styled};
use crate::text::{count, escaped, kind_word};

/// Most changes of a list, and most calls, in a text; JSON has all of them.
const MOST_LINES: usize = 40;

/// What happens to a rule, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    Add,
    Update,
    Move,
    Renumber,
    Rename,
    Remove,
}

impl ChangeKind {
    const ALL: [Self; 6] =
        [Self::Add, Self::Update, Self::Move, Self::Remove, Self::Rename, Self::Renumber];

    pub(super) fn of(change: &Change) -> Self {
        let (before, after) = match (&change.before, &change.after) {
            (None, _) => return Self::Add,
            (_, None) => return Self::Remove,
            (Some(before), Some(after)) => (&before.record, &after.record),
        };
        let differs = RuleChange::between(before, after);
        let only_name = RuleChange { name: differs.name.clone(), ..RuleChange::default() };
        let only_priority = RuleChange { priority: differs.priority.clone(), ..only_name.clone() };
        if differs == only_name {
            Self::Rename
        } else if differs != only_priority {
            Self::Update
        } else if change.is_moved {
            Self::Move
        } else {
            Self::Renumber
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Move => "move",
            Self::Renumber => "renumber",
            Self::Rename => "rename",
            Self::Remove => "remove",
        }
    }

    fn style(self, styles: Styles) -> Style {
        match self {
            Self::Add => styles.good,
            Self::Remove => styles.bad,
            Self::Update | Self::Move | Self::Renumber | Self::Rename => Style::new(),
        }
    }
}

/// The changes of one list. Rules that only get another priority are counted.
pub(super) fn changes(plan: &ListPlan, styles: Styles) -> String {
    let kinds: Vec<ChangeKind> = plan.changes().iter().map(ChangeKind::of).collect();
    let of_kind = |kind| kinds.iter().filter(|it| **it == kind).count();
    let counts = ChangeKind::ALL.map(|kind| (kind, of_kind(kind)));
    let counts = counts.iter().filter(|(_, number)| *number > 0);
    let counts: Vec<String> =
        counts.map(|(kind, number)| format!("{} {number}", kind.word())).collect();
    let kind = kind_word(list_kind(plan.kind()));
    let title = styled(styles.heading, format_args!("{kind} rules in CUCM"));
    let mut text = format!("{title}: {}\n", counts.join(", "));
    let shown =
        plan.changes().iter().zip(&kinds).filter(|(_, kind)| **kind != ChangeKind::Renumber);
    let hidden = shown.clone().count().saturating_sub(MOST_LINES);
    for (change, kind) in shown.take(MOST_LINES) {
        let line = format!("  {} {}", kind.word(), in_words(change));
        let _ = writeln!(text, "{}", styled(kind.style(styles), line));
    }
    if hidden > 0 {
        let _ = writeln!(text, "  and {hidden} more; --format json has all");
    }
    text.push('\n');
    text
}

/// `"US" at place 3: begins with +1, 12 digits, remove 2, prefix 9`.
fn in_words(change: &Change) -> String {
    match (&change.before, &change.after) {
        (None, Some(after)) => {
            format!("{} at place {}: {}", name(&after.record), after.place, values(&after.record))
        }
        (Some(before), None) => {
            let values = values(&before.record);
            format!("{} at place {}: {values}", name(&before.record), before.place)
        }
        (Some(before), Some(after)) => {
            let fields = fields(&before.record, &after.record);
            let mut parts: Vec<String> = fields
                .iter()
                .filter(|field| field.label != "priority")
                .map(|field| format!("{} {} becomes {}", field.label, field.old, field.new))
                .collect();
            if change.is_moved {
                parts.push(format!("from place {} to {}", before.place, after.place));
            }
            format!("{}: {}", name(&before.record), parts.join(", "))
        }
        (None, None) => String::new(),
    }
}

/// A value of a record that changes.
pub(super) struct Field {
    pub(super) label: &'static str,
    pub(super) old: String,
    pub(super) new: String,
}

/// The values that differ.
pub(super) fn fields(old: &CucmRule, new: &CucmRule) -> Vec<Field> {
    let text = |text: &String| match text.is_empty() {
        true => "empty".to_owned(),
        false => format!("\"{}\"", escaped(text)),
    };
    let count = |count: &Count| match count {
        Count::Empty => "empty".to_owned(),
        count => escaped(&count.to_string()),
    };
    let fields = [
        ("name", text(&old.name), text(&new.name)),
        ("description", text(&old.description), text(&new.description)),
        ("begins with", text(&old.begins_with), text(&new.begins_with)),
        ("digits", count(&old.digits), count(&new.digits)),
        ("remove", count(&old.remove), count(&new.remove)),
        ("prefix", text(&old.prefix), text(&new.prefix)),
        ("priority", count(&old.priority), count(&new.priority)),
    ];
    let differing = fields.into_iter().filter(|(_, old, new)| old != new);
    differing.map(|(label, old, new)| Field { label, old, new }).collect()
}

fn name(record: &CucmRule) -> String {
    format!("\"{}\"", escaped(&record.name))
}

fn values(record: &CucmRule) -> String {
    let begins_with = match record.begins_with.as_str() {
        "" => "any number".to_owned(),
        text => format!("begins with {}", escaped(text)),
    };
    let digits = match record.digits.number() {
        None | Some(..=0) => "any length".to_owned(),
        Some(1) => "1 digit".to_owned(),
        Some(digits) => format!("{digits} digits"),
    };
    let remove = match record.remove.number() {
        None | Some(0) => String::new(),
        Some(..0) => ", remove all".to_owned(),
        Some(remove) => format!(", remove {remove}"),
    };
    let prefix = match record.prefix.as_str() {
        "" => String::new(),
        prefix => format!(", prefix {}", escaped(prefix)),
    };
    format!("{begins_with}, {digits}{remove}{prefix}")
}

/// The calls of all lists, in their order.
pub(super) fn calls(plans: &[ListPlan], styles: Styles) -> String {
    let steps: Vec<(&ListPlan, &Step)> =
        plans.iter().flat_map(|plan| plan.steps().iter().map(move |step| (plan, step))).collect();
    let title = format!("{} to CUCM", count(steps.len(), "call"));
    let mut text = format!("{}, in this order:\n", styled(styles.heading, title));
    for (at, (plan, step)) in steps.iter().enumerate().take(MOST_LINES) {
        let kind = kind_word(list_kind(plan.kind()));
        let _ = writeln!(text, "  {:>3}  {kind}: {}", at + 1, step_words(step));
    }
    if steps.len() > MOST_LINES {
        let _ =
            writeln!(text, "       and {} more; --format json has all", steps.len() - MOST_LINES);
    }
    text + "After every call, each number goes where the present or the new list sends it.\n"
}

/// `update "US": priority 3`.
pub(super) fn step_words(step: &Step) -> String {
    let name = escaped(&step.name);
    match (&step.call, step.purpose) {
        (Call::Add(AddRule(record)), Purpose::Copy) => {
            format!("add \"{name}\", a copy with the new values, priority {}", record.priority)
        }
        (Call::Add(AddRule(record)), _) => format!("add \"{name}\", priority {}", record.priority),
        (Call::Update(update), _) => {
            format!("update \"{name}\": {}", change_words(&update.change).join(", "))
        }
        (Call::Remove(_), Purpose::RemoveReplaced) => {
            format!("remove \"{name}\", which the copy replaces")
        }
        (Call::Remove(_), _) => format!("remove \"{name}\""),
    }
}

fn change_words(change: &RuleChange) -> Vec<String> {
    let text = |label: &str, text: &Option<String>| {
        text.as_ref().map(|text| match text.as_str() {
            "" => format!("{label} empty"),
            text => format!("{label} \"{}\"", escaped(text)),
        })
    };
    let count = |label: &str, count: &Option<Count>| {
        count.as_ref().map(|count| format!("{label} {}", escaped(&count.to_string())))
    };
    let parts = [
        text("name", &change.name),
        text("description", &change.description),
        text("begins with", &change.begins_with),
        count("digits", &change.digits),
        count("remove", &change.remove),
        text("prefix", &change.prefix),
        count("priority", &change.priority),
    ];
    parts.into_iter().flatten().collect()
}
