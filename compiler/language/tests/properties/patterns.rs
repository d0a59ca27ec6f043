//! Classes, ranges, lists inside dial strings, and relative and open lengths, compared with a naive
//! reading of one rule.

use std::fmt::Write;

use adr_engine::apply;
use adr_language::{ListKind, limits};
use proptest::prelude::*;

use super::{check_text, found};

/// An entry of begins-with as written, and the texts that numbers may begin with.
#[derive(Clone, Debug)]
struct EntryFile {
    written: String,
    members: Vec<String>,
}

/// The value of `digits` or `rest`: both ends included, no upper end for an open length, and
/// whether it is `rest`.
#[derive(Clone, Debug)]
struct Lengths {
    between: Vec<(usize, Option<usize>)>,
    is_rest: bool,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Keep,
    Matched,
    Remove(usize),
    AllBut(usize),
}

#[derive(Clone, Debug)]
struct Rule {
    entries: Vec<EntryFile>,
    lengths: Lengths,
    change: Change,
}

/// The lets that entries use, with their entries.
const LETS: [(&str, &[&str]); 2] = [("areas", &["30", "31", "420"]), ("one", &["7"])];

fn plain() -> impl Strategy<Value = EntryFile> {
    "[+]?[0-9]{1,4}".prop_map(|text| EntryFile { written: text.clone(), members: vec![text] })
}

fn class() -> impl Strategy<Value = EntryFile> {
    ("[+]?[0-9]{0,2}", 0..9_u8, 0..5_u8, "[0-9]{0,2}").prop_map(|(head, low, more, tail)| {
        let high = (low + more).min(9);
        let members = (low..=high).map(|digit| format!("{head}{digit}{tail}"));
        EntryFile { written: format!("{head}[{low}-{high}]{tail}"), members: members.collect() }
    })
}

fn range() -> impl Strategy<Value = EntryFile> {
    ("[+]?", 0..1_000_u32, 0..300_u32).prop_map(|(head, low, more)| {
        let high = (low + more).min(999);
        EntryFile {
            written: format!("{head}{low:03}..{head}{high:03}"),
            members: (low..=high).map(|number| format!("{head}{number:03}")).collect(),
        }
    })
}

fn list_in_text() -> impl Strategy<Value = EntryFile> {
    ("[+]?[0-9]{0,1}", 0..LETS.len(), "[0-9]{0,1}").prop_map(|(head, at, tail)| {
        let (name, texts) = LETS[at];
        let members = texts.iter().map(|text| format!("{head}{text}{tail}"));
        EntryFile { written: format!("{head}${{{name}}}{tail}"), members: members.collect() }
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let entry = prop_oneof![plain(), class(), range(), list_in_text()];
    let between = prop_oneof![
        4 => (1..9_usize, 0..4_usize).prop_map(|(low, more)| (low, Some(low + more))),
        1 => (1..9_usize).prop_map(|low| (low, None)),
    ];
    let lengths = (prop::collection::vec(between, 1..3), any::<bool>())
        .prop_map(|(between, is_rest)| Lengths { between, is_rest });
    let change = prop_oneof![
        Just(Change::Keep),
        Just(Change::Matched),
        (0..2_usize).prop_map(Change::Remove),
        (1..3_usize).prop_map(Change::AllBut),
    ];
    (prop::collection::vec(entry, 1..4), lengths, change)
        .prop_map(|(entries, lengths, change)| Rule { entries, lengths, change })
}

impl Rule {
    fn written(&self) -> String {
        let entries: Vec<&str> = self.entries.iter().map(|entry| &*entry.written).collect();
        let between = self.lengths.between.iter().map(|(low, high)| match high {
            None => format!("{low}.."),
            Some(high) if high == low => low.to_string(),
            Some(high) => format!("{low}..{high}"),
        });
        let mut text = "application {\n  rule \"R\" { ".to_owned();
        let _ = write!(
            text,
            "begins-with {}; {} {}; ",
            entries.join(", "),
            if self.lengths.is_rest { "rest" } else { "digits" },
            between.collect::<Vec<_>>().join(", ")
        );
        text += &match self.change {
            Change::Keep => "keep".to_owned(),
            Change::Matched => "remove matched; prefix 9".to_owned(),
            Change::Remove(count) => format!("remove {count}; prefix 9"),
            Change::AllBut(count) => format!("remove-all-but {count}; prefix 9"),
        };
        text + " }\n}\n"
    }

    /// The result of a number, or `None` if the rule does not match it.
    fn result(&self, number: &str) -> Option<String> {
        let begins = |entry: &EntryFile| {
            entry.members.iter().find(|text| number.starts_with(*text)).cloned()
        };
        let fits = |width: usize| {
            let length = |length: usize| {
                if self.lengths.is_rest { length + width } else { length }
            };
            let longest = limits::LONGEST_NUMBER as usize;
            self.lengths.between.iter().any(|(low, high)| {
                let high = high.map_or(longest, length);
                (length(*low)..=high).contains(&number.len())
            })
        };
        let texts = self.entries.iter().filter_map(begins);
        let width = texts.map(|text| text.len()).find(|width| fits(*width))?;
        let removed = match self.change {
            Change::Keep => return Some(number.to_owned()),
            Change::Matched => width,
            Change::Remove(count) => count,
            Change::AllBut(left) => number.len() - left,
        };
        Some(format!("9{}", &number[removed..]))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn result_equals_the_naive_reading_of_the_rule(
        rule in rule(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[0-9]{0,12}"), 8),
        others in prop::collection::vec("[+]?[0-9]{1,12}", 8),
    ) {
        let lets = LETS.map(|(name, texts)| format!("let {name} = {}\n", texts.join(", "))).concat();
        let text = lets + &rule.written();
        let checked = check_text(&text);
        let is_refused = checked.report().diagnostics().iter().any(|found| {
            ["begins-with-longer-than-digits", "remove-exceeds-digits", "rule-without-action"].contains(&found.name)
        });
        prop_assume!(!is_refused);
        prop_assert!(checked.plan().is_some(), "{:?}\n{text}", found(&checked));
        let plan = checked.into_plan().unwrap();
        let list = plan.default_view().list(ListKind::Application);
        let picked = picks.iter().map(|(entry, member, rest)| {
            let members = &entry.get(&rule.entries).members;
            format!("{}{rest}", member.get(members))
        });
        for number in picked.chain(others.iter().cloned()) {
            let applied = apply(list.rules(), number.as_bytes());
            let result = applied.rule.map(|_| String::from_utf8_lossy(&applied.result).into_owned());
            prop_assert_eq!(result, rule.result(&number), "{}\n{}", number, text);
        }
    }
}

#[test]
fn entries_of_a_list_keep_their_written_values() {
    let text = "let areas = 30, 31\napplication { rule \"R\" { begins-with +${areas}, 20..21; rest 4; prefix 9 } }\n";
    let plan = check_text(text).into_plan().unwrap();
    let list = plan.default_view().list(ListKind::Application);
    let words: Vec<(&str, u32)> = (0..list.rules().len())
        .filter_map(|at| list.origin(at)?.entry)
        .map(|entry| (plan.sources().slice(entry.value), entry.number))
        .collect();
    assert_eq!(words, [("+${areas}", 0), ("+${areas}", 1), ("20..21", 2), ("20..21", 2)]);
}
