//! Names that the language accepts, for records with any name.

use std::collections::{HashMap, HashSet};

use adr_cucm::{ConvertedRule, NAME_EXCLUDES};
use adr_diagnostic::is_invisible;
use adr_language::limits::NAME_CHARACTERS;

/// What a name is called that has no characters.
const UNNAMED: &str = "unnamed";

/// Gives each rule of one list a name of its own. A name that the language accepts stays.
pub(super) struct Names<'c> {
    /// The names of records that the language accepts, as long as no rule has them.
    free: HashSet<&'c str>,
    /// Names that the rules of the list have, or that records have.
    taken: HashSet<String>,
    /// How often a name was made from a text.
    made: HashMap<String, usize>,
}

impl<'c> Names<'c> {
    pub(super) fn of(records: &'c [ConvertedRule]) -> Self {
        let names = records.iter().map(|record| record.record.rule.name.as_str());
        let free: HashSet<&str> = names.filter(|name| is_accepted(name)).collect();
        let taken = free.iter().map(|name| (*name).to_owned()).collect();
        Self { free, taken, made: HashMap::new() }
    }

    /// The name of the rule of a record with this name.
    pub(super) fn next(&mut self, name: &str) -> String {
        if self.free.remove(name) {
            return name.to_owned();
        }
        let base = acceptable(name);
        loop {
            let made = self.made.entry(base.clone()).or_insert(0);
            *made += 1;
            let suffix = if *made == 1 { String::new() } else { format!(" {made}") };
            let cut: String = base.chars().take(NAME_CHARACTERS - suffix.len()).collect();
            let name = cut.trim_end().to_owned() + &suffix;
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// Whether the language accepts a name.
pub(super) fn is_accepted(name: &str) -> bool {
    (1..=NAME_CHARACTERS).contains(&name.chars().count()) && !name.contains(is_refused)
}

fn is_refused(character: char) -> bool {
    NAME_EXCLUDES.contains(&character) || is_invisible(character)
}

/// A name like this one that the language accepts.
fn acceptable(name: &str) -> String {
    let characters = name.trim().chars().map(|c| if is_refused(c) { '_' } else { c });
    let name: String = characters.take(NAME_CHARACTERS).collect();
    match name.trim_end() {
        "" => UNNAMED.to_owned(),
        name => name.to_owned(),
    }
}
