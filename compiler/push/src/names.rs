//! Names for rules that CUCM does not have yet.

use std::collections::{HashMap, HashSet};

use adr_cucm::{NAME_CHARACTERS, NAME_EXCLUDES};
use adr_engine::Rule;

use crate::wanted::{Naming, Wanted, WantedRule};

/// The name that each wanted rule would have if all names were free: that of the dial plan, with
/// its numbers if several rules share the name; without one, only its numbers.
pub(crate) fn candidates(wanted: &Wanted) -> Vec<String> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for name in wanted.rules().iter().filter_map(|rule| rule.name.as_deref()) {
        *uses.entry(name).or_default() += 1;
    }
    let candidate = |wanted: &WantedRule| match &wanted.name {
        Some(name) if uses[name.as_str()] == 1 => fitted(name, ""),
        Some(name) => fitted(name, &format!(" {}", numbers(&wanted.rule, ""))),
        None => fitted(&numbers(&wanted.rule, "Begins "), ""),
    };
    match wanted.naming() {
        Naming::Keep => wanted.rules().iter().map(candidate).collect(),
        Naming::Exact => {
            wanted.rules().iter().map(|rule| rule.name.clone().unwrap_or_default()).collect()
        }
    }
}

/// "+1, 12 digits", "Any number, 7 digits", "+, any length".
fn numbers(rule: &Rule, before: &str) -> String {
    let begins_with = match rule.begins_with() {
        "" => "Any number".to_owned(),
        text => format!("{before}{text}"),
    };
    match rule.digits() {
        ..=0 => format!("{begins_with}, any length"),
        1 => format!("{begins_with}, 1 digit"),
        digits => format!("{begins_with}, {digits} digits"),
    }
}

/// A name that CUCM's page accepts: without excluded characters, and shortened before `end` to the
/// limit.
fn fitted(name: &str, end: &str) -> String {
    let accepted = |text: &str| -> String {
        let one = |c: char| match c {
            '"' => '\'',
            c if NAME_EXCLUDES.contains(&c) => '-',
            c if c.is_control() => ' ',
            c => c,
        };
        text.chars().map(one).collect()
    };
    let end: String = accepted(end).chars().take(NAME_CHARACTERS - 1).collect();
    let room = NAME_CHARACTERS - end.chars().count();
    let start: String = accepted(name).chars().take(room).collect();
    match format!("{}{end}", start.trim()).trim() {
        "" => "Rule".to_owned(),
        name => name.to_owned(),
    }
}

/// Names that are in use.
#[derive(Debug, Default)]
pub(crate) struct NamePool {
    taken: HashSet<String>,
    /// The number to try next for a name.
    next: HashMap<String, usize>,
}

impl NamePool {
    /// The pool in which these names are in use.
    pub(crate) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let taken = names.into_iter().map(str::to_owned).collect();
        Self { taken, next: HashMap::new() }
    }

    /// Marks names as in use.
    pub(crate) fn reserve<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.taken.extend(names.into_iter().map(str::to_owned));
    }

    /// Takes this name or, if it is in use, this name with a number: "US (2)".
    pub(crate) fn take(&mut self, name: &str) -> String {
        if self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        let next = self.next.entry(name.to_owned()).or_insert(2);
        loop {
            let numbered = fitted(name, &format!(" ({next})"));
            *next += 1;
            if self.taken.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: Option<&str>, begins_with: &str, digits: i32) -> WantedRule {
        WantedRule {
            rule: Rule::from_deployed(begins_with, digits, 0, "9"),
            name: name.map(str::to_owned),
            description: None,
        }
    }

    #[test]
    fn name_says_the_numbers_if_the_plan_has_none_or_shares_it() {
        let wanted = Wanted::plan(vec![
            named(None, "+1", 12),
            named(None, "", 7),
            named(None, "+", 0),
            named(Some("Mobile"), "06", 10),
            named(Some("Mobile"), "07", 1),
            named(Some("US, E.164"), "+1", 12),
        ]);
        let expected = [
            "Begins +1, 12 digits",
            "Any number, 7 digits",
            "Begins +, any length",
            "Mobile 06, 10 digits",
            "Mobile 07, 1 digit",
            "US, E.164",
        ];
        assert_eq!(candidates(&wanted), expected);
    }

    #[test]
    fn name_is_within_the_limits_of_the_page() {
        let long = "Ü".repeat(100);
        let wanted = Wanted::plan(vec![
            named(Some("A & B \"<C>\" 100 % \\ \u{7}"), "1", 2),
            named(Some(&long), "1", 2),
            named(Some(&long), "2", 2),
            named(Some(" \t "), "1", 2),
            named(None, &"1".repeat(100), 100),
        ]);
        let names = candidates(&wanted);
        assert_eq!(names[0], "A - B '-C-' 100 - -");
        assert_eq!(names[3], "Rule");
        for name in &names {
            assert!((1..=NAME_CHARACTERS).contains(&name.chars().count()), "{name}");
            assert!(!name.contains(NAME_EXCLUDES) && !name.contains(char::is_control), "{name}");
        }
    }

    #[test]
    fn taken_name_gets_a_number() {
        let mut pool = NamePool::new(["US", "US (3)"]);
        let names = ["US", "US", "DE", "DE"].map(|name| pool.take(name));
        assert_eq!(names, ["US (2)", "US (4)", "DE", "DE (2)"]);
        let long = "x".repeat(50);
        let mut pool = NamePool::new([long.as_str()]);
        assert_eq!(pool.take(&long), format!("{} (2)", "x".repeat(46)));
    }
}
