//! Dial plans as plain values, their texts, and a naive model of their meaning.

use std::collections::HashSet;
use std::fmt::Write;

use proptest::prelude::*;

/// A rule as in CUCM: begins-with, digits, remove, prefix.
pub(crate) type Row = (String, i32, i32, String);

/// A dial string, written directly or by the name of a let.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Plain(String),
    /// A let's number, then more.
    Let(usize, String),
}

/// Total digits to be removed, prefix, or neither.
#[derive(Clone, Debug)]
pub(crate) enum Consequence {
    Keep,
    Change { remove: Remove, prefix: Text },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Remove {
    Nothing,
    Matched,
    Some(u8),
}

/// A written rule: entries of begins-with, lengths, and the action.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) begins_with: Vec<Text>,
    /// Ranges, both ends included.
    pub(crate) digits: Vec<(u8, u8)>,
    pub(crate) consequence: Consequence,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Rule(Rule),
    Use(usize),
}

/// A dial plan: lets, groups that use groups below them, one list, and a site with lets of its own.
#[derive(Clone, Debug)]
pub(crate) struct PlanModel {
    pub(crate) lets: Vec<String>,
    pub(crate) groups: Vec<Vec<Item>>,
    pub(crate) list: Vec<Item>,
    /// The lets of the site, by number, and whether its list begins with the default list.
    pub(crate) site: (Vec<Option<String>>, bool, Vec<Item>),
    /// Which items lie in an included file.
    pub(crate) included: bool,
}

const LETS: usize = 3;
const GROUPS: usize = 3;

fn dial_string() -> impl Strategy<Value = String> {
    "[0-9+*#]{1,3}"
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        3 => dial_string().prop_map(Text::Plain),
        1 => (0..LETS, "[0-9]{0,2}").prop_map(|(at, rest)| Text::Let(at, rest)),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let digits =
        prop::collection::vec((12..20_u8, 0..3_u8).prop_map(|(low, more)| (low, low + more)), 1..3);
    let remove =
        prop_oneof![Just(Remove::Nothing), Just(Remove::Matched), (1..9_u8).prop_map(Remove::Some)];
    let consequence = prop_oneof![
        1 => Just(Consequence::Keep),
        3 => (remove, text()).prop_map(|(remove, prefix)| Consequence::Change { remove, prefix }),
    ];
    (prop::collection::vec(text(), 1..4), digits, consequence)
        .prop_map(|(begins_with, digits, consequence)| Rule { begins_with, digits, consequence })
}

/// Items that use groups from `from` on, so that there are no cycles.
fn items(from: usize) -> impl Strategy<Value = Vec<Item>> {
    let uses = if from < GROUPS { 1 } else { 0 };
    let item = prop_oneof![
        3 => rule().prop_map(Item::Rule),
        uses => (from..GROUPS.max(from + 1)).prop_map(Item::Use),
    ];
    prop::collection::vec(item, 0..4)
}

pub(crate) fn plan() -> impl Strategy<Value = PlanModel> {
    let groups = (items(1), items(2), items(3)).prop_map(|(a, b, c)| vec![a, b, c]);
    let site_lets = prop::collection::vec(prop::option::of(dial_string()), LETS);
    (
        prop::collection::vec(dial_string(), LETS),
        groups,
        items(0),
        (site_lets, any::<bool>(), items(0)),
        any::<bool>(),
    )
        .prop_map(|(lets, groups, list, site, included)| PlanModel {
            lets,
            groups,
            list,
            site,
            included,
        })
}

impl Text {
    fn written(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Let(at, rest) => format!("${{v{at}}}{rest}"),
        }
    }

    fn value(&self, lets: &[String]) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Let(at, rest) => format!("{}{rest}", lets[*at]),
        }
    }
}

impl Rule {
    fn write(&self, name: &str, out: &mut String) {
        let begins_with: Vec<String> = self.begins_with.iter().map(Text::written).collect();
        let digits = self.digits.iter().map(|(low, high)| match low == high {
            true => low.to_string(),
            false => format!("{low}..{high}"),
        });
        let digits: Vec<String> = digits.collect();
        let _ = write!(
            out,
            "  rule \"{name}\" {{ begins-with {}; digits {}; ",
            begins_with.join(", "),
            digits.join(", ")
        );
        match &self.consequence {
            Consequence::Keep => out.push_str("keep"),
            Consequence::Change { remove, prefix } => {
                match remove {
                    Remove::Nothing => {}
                    Remove::Matched => out.push_str("remove matched; "),
                    Remove::Some(number) => {
                        let _ = write!(out, "remove {number}; ");
                    }
                }
                let _ = write!(out, "prefix {}", prefix.written());
            }
        }
        out.push_str(" }\n");
    }

    /// Entries of begins-with in the order written, outer; lengths ascending and each once, inner.
    fn rows(&self, lets: &[String]) -> Vec<Row> {
        let mut lengths: Vec<u8> =
            self.digits.iter().flat_map(|(low, high)| *low..=*high).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let mut rows = Vec::new();
        for text in &self.begins_with {
            let begins_with = text.value(lets);
            let matched = i32::try_from(begins_with.len()).unwrap();
            for length in &lengths {
                let (remove, prefix) = match &self.consequence {
                    Consequence::Keep => (matched, begins_with.clone()),
                    Consequence::Change { remove, prefix } => {
                        let remove = match remove {
                            Remove::Nothing => 0,
                            Remove::Matched => matched,
                            Remove::Some(number) => i32::from(*number),
                        };
                        (remove, prefix.value(lets))
                    }
                };
                rows.push((begins_with.clone(), i32::from(*length), remove, prefix));
            }
        }
        rows
    }
}

impl PlanModel {
    fn write_items(items: &[Item], scope: &str, out: &mut String) {
        for (at, item) in items.iter().enumerate() {
            match item {
                Item::Rule(rule) => rule.write(&format!("{scope} {at}"), out),
                Item::Use(group) => {
                    let _ = writeln!(out, "  use \"group {group}\"");
                }
            }
        }
    }

    /// The dial plan as files; it begins at `main.adr`.
    pub(crate) fn files(&self) -> Vec<(&'static str, String)> {
        let lets = self.lets.iter().enumerate();
        let lets: String = lets.map(|(at, value)| format!("let v{at} = {value}\n")).collect();
        let mut groups = String::new();
        for (at, items) in self.groups.iter().enumerate() {
            let _ = writeln!(groups, "group \"group {at}\" {{");
            Self::write_items(items, &format!("in {at}"), &mut groups);
            groups.push_str("}\n");
        }
        let mut rest = "application {\n".to_owned();
        Self::write_items(&self.list, "list", &mut rest);
        rest.push_str("}\nsite \"Dallas\" {\n  clients 10.0.0.0/8\n");
        for (at, value) in self.site.0.iter().enumerate() {
            if let Some(value) = value {
                let _ = writeln!(rest, "  let v{at} = {value}");
            }
        }
        rest.push_str("  application {\n");
        if self.site.1 {
            rest.push_str("  use default\n");
        }
        Self::write_items(&self.site.2, "site", &mut rest);
        rest.push_str("  }\n}\n");
        if self.included {
            vec![
                ("main.adr", format!("{lets}include \"groups.adr\"\n{rest}")),
                ("groups.adr", groups),
            ]
        } else {
            vec![("main.adr", lets + &groups + &rest)]
        }
    }

    /// The rules of items. A group that the list contains already is omitted.
    fn rows_of(&self, items: &[Item], lets: &[String], held: &mut HashSet<usize>) -> Vec<Row> {
        let mut rows = Vec::new();
        for item in items {
            match item {
                Item::Rule(rule) => rows.extend(rule.rows(lets)),
                Item::Use(group) if held.insert(*group) => {
                    rows.extend(self.rows_of(&self.groups[*group], lets, held));
                }
                Item::Use(_) => {}
            }
        }
        rows
    }

    /// The list of the default view.
    pub(crate) fn default_rows(&self) -> Vec<Row> {
        self.rows_of(&self.list, &self.lets, &mut HashSet::new())
    }

    /// The list of the site. `use default` is the list of the default view.
    pub(crate) fn site_rows(&self) -> Vec<Row> {
        let (own, with_default, items) = &self.site;
        let lets: Vec<String> = own
            .iter()
            .zip(&self.lets)
            .map(|(own, outer)| own.clone().unwrap_or_else(|| outer.clone()))
            .collect();
        let mut rows = if *with_default { self.default_rows() } else { Vec::new() };
        rows.extend(self.rows_of(items, &lets, &mut HashSet::new()));
        rows
    }
}
