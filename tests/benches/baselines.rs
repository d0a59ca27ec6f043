//! Candidates for comparison with the dialer: the client's algorithm, and libraries of the
//! ecosystem.

use std::collections::HashMap;

use adr_engine::Rule;
use regex::RegexSet;

/// The list as a client stores it: two owned strings and two integers per rule, in the order of the
/// file.
pub(crate) struct Client(Vec<ClientRule>);

struct ClientRule {
    begins_with: String,
    digits: i32,
    remove: i32,
    prefix: String,
}

impl Client {
    pub(crate) fn of(rules: &[Rule]) -> Self {
        let rule = |rule: &Rule| ClientRule {
            begins_with: rule.begins_with().to_owned(),
            digits: rule.digits(),
            remove: rule.remove(),
            prefix: rule.prefix().to_owned(),
        };
        Self(rules.iter().map(rule).collect())
    }

    /// Compares the number of digits and then begins-with byte by byte, from the first rule to the
    /// last; the first rule that matches rewrites the number.
    pub(crate) fn dial(&self, number: &[u8], out: &mut Vec<u8>) {
        for rule in &self.0 {
            if rule.digits > 0 && rule.digits as usize != number.len() {
                continue;
            }
            if !number.starts_with(rule.begins_with.as_bytes()) {
                continue;
            }
            let removed = usize::try_from(rule.remove).unwrap_or(usize::MAX);
            out.extend_from_slice(rule.prefix.as_bytes());
            out.extend_from_slice(&number[removed.min(number.len())..]);
            return;
        }
        out.extend_from_slice(number);
    }
}

/// The rules in a standard hash map.
pub(crate) struct Map {
    /// For each number of digits, the lengths of begins-with that occur.
    lengths: HashMap<usize, Vec<usize>>,
    /// The first rule with a number of digits and a begins-with.
    rules: HashMap<(usize, Vec<u8>), usize>,
}

impl Map {
    pub(crate) fn of(rules: &[Rule]) -> Self {
        let mut map = Self { lengths: HashMap::new(), rules: HashMap::new() };
        for (at, rule) in rules.iter().enumerate() {
            let length = rule.length().unwrap_or(0);
            let lengths = map.lengths.entry(length).or_default();
            if !lengths.contains(&rule.begins_with().len()) {
                lengths.push(rule.begins_with().len());
            }
            let key = (length, rule.begins_with().as_bytes().to_vec());
            map.rules.entry(key).or_insert(at);
        }
        map
    }

    pub(crate) fn find(&self, number: &[u8]) -> Option<usize> {
        let lengths = self.lengths.get(&number.len())?;
        let found = lengths.iter().filter_map(|length| {
            let key = (number.len(), number[..*length].to_vec());
            self.rules.get(&key)
        });
        found.min().copied()
    }
}

/// The rules as regular expressions; the first rule that matches has the lowest index.
pub(crate) fn regex_set(rules: &[Rule]) -> RegexSet {
    let patterns = rules.iter().map(|rule| {
        let rest = rule.length().unwrap_or(0).saturating_sub(rule.begins_with().len());
        format!("^{}.{{{rest}}}$", regex::escape(rule.begins_with()))
    });
    RegexSet::new(patterns).expect("a set of patterns")
}

/// Appends the result of a rule, or the number itself without a rule.
pub(crate) fn rewrite(rules: &[Rule], winner: Option<usize>, number: &[u8], out: &mut Vec<u8>) {
    match winner {
        Some(at) => rules[at].rewrite(number, out),
        None => out.extend_from_slice(number),
    }
}
