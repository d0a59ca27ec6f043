//! What happens to the numbers that rules send out, compared with brute force.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a variable sets the number of cases; a failure here fails the test"
)]

use std::collections::BTreeMap;

use adr_analysis::Domain;
use adr_analysis::routing::{DialPattern, RoutePattern, RouteTable, Treatment, Treatments};
use adr_engine::{Rule, apply};
use proptest::prelude::*;

mod strings;

use strings::{MAX_LENGTH, all, cases, digit_strings};

/// Number of dial plans for each property.
const CASES: u32 = 256;

/// The definition: every pattern is tried, and its numbers are counted one by one.
struct Reference {
    patterns: Vec<(DialPattern, RoutePattern, usize)>,
    /// The numbers of each length that each pattern matches.
    counts: BTreeMap<(usize, usize), usize>,
}

impl Reference {
    fn new(patterns: &[RoutePattern], search_space: Option<&[String]>, alphabet: &[u8]) -> Self {
        let rank = |pattern: &RoutePattern| match (search_space, pattern.partition.as_str()) {
            (None, _) => Some(0),
            (Some(names), "") => Some(names.len()),
            (Some(names), name) => names.iter().position(|known| known == name),
        };
        let read = |pattern: &RoutePattern| {
            Some((DialPattern::new(&pattern.pattern).ok()?, pattern.clone(), rank(pattern)?))
        };
        let patterns: Vec<_> = patterns.iter().filter_map(read).collect();
        let mut counts = BTreeMap::new();
        for length in 0..=MAX_LENGTH + 1 {
            for number in every(alphabet, length) {
                for (at, (pattern, ..)) in patterns.iter().enumerate() {
                    let count = counts.entry((at, length)).or_insert(0);
                    *count += usize::from(pattern.matches(&number));
                }
            }
        }
        Self { patterns, counts }
    }

    fn treatments(&self, number: &[u8]) -> Treatments {
        let matching = |at: &usize| self.patterns[*at].0.matches(number);
        let (plans, plain): (Vec<usize>, Vec<usize>) = (0..self.patterns.len())
            .filter(matching)
            .partition(|at| self.patterns[*at].0.has_numbering_plan());
        let count = |at: &usize| self.counts[&(*at, number.len())];
        let key = |at: &usize| (count(at), self.patterns[*at].2);
        let best = plain.iter().map(key).min();
        let mut last: Vec<usize> = plain.into_iter().filter(|at| Some(key(at)) == best).collect();
        if best.is_none_or(|(count, _)| count > 1) {
            last.extend(plans);
        }
        let mut all = last.iter().map(|at| self.patterns[*at].1.treatments());
        match (all.next(), best) {
            (None, _) => Treatment::Untaken.into(),
            (Some(first), Some(_)) if all.all(|other| other == first) => first,
            _ => Treatment::Undecided.into(),
        }
    }
}

fn every(alphabet: &[u8], length: usize) -> Vec<Vec<u8>> {
    (0..length).fold(vec![Vec::new()], |shorter, _| {
        let longer = |text: Vec<u8>| {
            alphabet.iter().map(move |symbol| [text.as_slice(), &[*symbol]].concat())
        };
        shorter.into_iter().flat_map(longer).collect()
    })
}

fn text(elements: &'static str) -> impl Strategy<Value = String> {
    let one = prop::sample::select(elements.split(' ').collect::<Vec<_>>());
    prop::collection::vec(one, 1..=4).prop_map(|elements| elements.concat())
}

/// Patterns over the whole alphabet.
const WIDE: &str = "0 1 9 0 1 X [019] [^01] ! 1+ X? \\+ \\+ * # . 1 0 0 @";

/// Patterns whose symbols are `0`, `1` and `9` only, so that their numbers can be counted.
const NARROW: &str = "0 1 9 [01] [19] [019] [01]+ [019]+ [09]? 1+ . 0 1 9";

fn patterns(elements: &'static str) -> impl Strategy<Value = Vec<RoutePattern>> {
    let flags = prop::array::uniform5(prop::bool::weighted(0.2));
    let partition = prop::sample::select(vec!["", "A", "B"]);
    let one = (text(elements), partition, flags).prop_map(|(pattern, partition, flags)| {
        let [is_translation, is_blocked, is_emergency, first, second] = flags;
        RoutePattern {
            pattern,
            partition: partition.to_owned(),
            is_translation,
            is_blocked,
            is_emergency,
            needs_authorization_code: first,
            needs_client_code: second,
        }
    });
    prop::collection::vec(one, 0..8)
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let prefix = prop_oneof![6 => "[+]?[019]{0,3}", 1 => "[*0]{1,2}"];
    let digits = prop_oneof![6 => 1..=4_i32, 2 => -1..=0_i32];
    let remove = prop_oneof![8 => 0..=4_i32, 1 => -1..=-1_i32, 1 => Just(i32::MAX)];
    let rule = (prefix, digits, remove, "[019]{0,1}").prop_map(|(prefix, digits, remove, with)| {
        Rule::from_deployed(&prefix, digits, remove, &with)
    });
    prop::collection::vec(rule, 0..6)
}

fn search_space() -> impl Strategy<Value = Option<Vec<String>>> {
    let named = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let (one, both) = (named(&["B"]), named(&["B", "A"]));
    prop::sample::select(vec![None, one, both])
}

/// The first of the shortest numbers for each rule and treatment.
fn examples<'n>(
    rules: &[Rule],
    numbers: impl Iterator<Item = &'n Vec<u8>>,
    treat: impl Fn(&[u8]) -> Treatments,
) -> BTreeMap<(usize, Treatment), Vec<u8>> {
    let mut found = BTreeMap::new();
    for number in numbers {
        let applied = apply(rules, number);
        let Some(rule) = applied.rule else { continue };
        for treatment in treat(&applied.result).iter() {
            found.entry((rule, treatment)).or_insert_with(|| number.clone());
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(CASES)))]

    /// The closest match agrees with counting every number, for all numbers of up to six symbols.
    #[test]
    fn closest_match_agrees_with_counting(
        patterns in patterns(NARROW),
        search_space in search_space(),
    ) {
        let reference = Reference::new(&patterns, search_space.as_deref(), b"019");
        let mut table = RouteTable::new(&patterns, search_space.as_deref());
        for length in 0..=MAX_LENGTH + 1 {
            for number in every(b"019", length) {
                let route = table.look_up(&number).unwrap();
                prop_assert_eq!(
                    route.treatments, reference.treatments(&number), "{:?}", number
                );
                let are_matching = route.patterns.iter().all(|at| {
                    DialPattern::new(&patterns[*at].pattern).unwrap().matches(&number)
                });
                prop_assert!(are_matching);
            }
        }
    }

    /// Every treatment of every rule has the first of the shortest numbers as its example, and a
    /// treatment without example does not occur.
    #[test]
    fn examples_agree_with_all_numbers(
        patterns in patterns(WIDE),
        rules in rules(),
        search_space in search_space(),
    ) {
        let mut table = RouteTable::new(&patterns, search_space.as_deref());
        let routed = table.routed(&rules, Domain::Digits).unwrap();
        let treat = |table: &mut RouteTable, number: &[u8]| table.look_up(number).unwrap().treatments;
        let shared = std::cell::RefCell::new(table);
        let expected = examples(&rules, digit_strings(MAX_LENGTH).iter(), |number| {
            treat(&mut shared.borrow_mut(), number)
        });
        let mut found = BTreeMap::new();
        for rule in &routed.rules {
            for example in &rule.examples {
                let applied = apply(&rules, &example.number);
                prop_assert_eq!(applied.rule, Some(rule.rule));
                prop_assert_eq!(&*applied.result, &*example.result);
                let route = shared.borrow_mut().look_up(&example.result).unwrap();
                prop_assert!(route.treatments.contains(example.treatment));
                prop_assert_eq!(&route.patterns, &example.patterns);
                if example.number.len() <= MAX_LENGTH {
                    found.insert((rule.rule, example.treatment), example.number.clone());
                }
            }
        }
        prop_assert_eq!(found, expected);
    }

    /// The same in the other domains, with shorter numbers.
    #[test]
    fn examples_agree_in_every_domain(patterns in patterns(WIDE), rules in rules()) {
        let numbers = all(Domain::Dialable, 3);
        let mut table = RouteTable::new(&patterns, None);
        let routed = table.routed(&rules, Domain::Dialable).unwrap();
        let shared = std::cell::RefCell::new(table);
        let expected = examples(&rules, numbers.iter(), |number| {
            shared.borrow_mut().look_up(number).unwrap().treatments
        });
        let found: BTreeMap<_, _> = routed
            .rules
            .iter()
            .flat_map(|rule| rule.examples.iter().map(|example| (rule.rule, example)))
            .filter(|(_, example)| example.number.len() <= 3)
            .map(|(rule, example)| ((rule, example.treatment), example.number.clone()))
            .collect();
        prop_assert_eq!(found, expected);
    }

    /// Numbers much longer than any pattern are treated in no way that has no example.
    #[test]
    fn long_numbers_have_an_example(
        patterns in patterns(WIDE),
        rules in rules(),
        numbers in prop::collection::vec(
            prop_oneof!["[+]?[0-9]{6,90}", "[01]{6,90}", "0{0,3}[019]{6,90}", "[01]{0,3}1{6,90}9?"],
            60,
        ),
    ) {
        let mut table = RouteTable::new(&patterns, None);
        let routed = table.routed(&rules, Domain::Digits).unwrap();
        for number in numbers.iter().filter(|number| {
            routed.longest.is_none_or(|longest| number.len() <= longest)
        }) {
            let applied = apply(&rules, number.as_bytes());
            let Some(rule) = applied.rule else { continue };
            let treatments = table.look_up(&applied.result).unwrap().treatments;
            let known = routed.rules.iter().find(|known| known.rule == rule).unwrap();
            prop_assert!(treatments.without(known.treatments()).is_empty(), "{}", number);
        }
    }
}

fn pattern(text: &str) -> RoutePattern {
    RoutePattern { pattern: text.to_owned(), ..RoutePattern::default() }
}

#[test]
fn pattern_for_any_length_is_closer_by_the_numbers_of_the_dialed_length() {
    // the example of Cisco's guides
    let patterns = [pattern("1XXX"), pattern("1[2-3]XX"), pattern("13!")];
    let mut table = RouteTable::new(&patterns, None);
    assert_eq!(table.look_up(b"1311").unwrap().patterns, [2]);
    assert_eq!(table.look_up(b"1211").unwrap().patterns, [1]);
    assert_eq!(table.look_up(b"1411").unwrap().patterns, [0]);
}

#[test]
fn pattern_that_becomes_closer_at_a_great_length_is_found() {
    // of n symbols, the first pattern matches 10^8 * 9^(n-8) numbers, and the second one 10^(n-1)
    let late = RoutePattern { is_blocked: true, ..pattern("XXXXXXXX[1-9]+") };
    let mut table = RouteTable::new(&[late, pattern("1!")], None);
    let rules = [Rule::from_deployed("1", 0, 0, "")];
    let routed = table.routed(&rules, Domain::Digits).unwrap();
    assert_eq!(routed.longest, None);
    let blocked = &routed.rules[0].examples;
    let blocked = blocked.iter().find(|one| one.treatment == Treatment::Blocked).unwrap();
    assert_eq!(blocked.number, [b"10000000".as_slice(), &[b'1'; 22]].concat());
    let shorter = &blocked.number[..29];
    assert_eq!(table.look_up(shorter).unwrap().treatments, Treatment::Routed.into());
}

#[test]
fn order_of_partitions_decides_between_equally_close_patterns() {
    let inside = RoutePattern { partition: "Inside".into(), ..pattern("4XXX") };
    let blocked = RoutePattern { partition: "Block".into(), is_blocked: true, ..pattern("4XXX") };
    let patterns = [inside, blocked];
    let mut any = RouteTable::new(&patterns, None);
    let route = any.look_up(b"4123").unwrap();
    assert_eq!((route.treatments, &route.patterns[..]), (Treatment::Undecided.into(), &[0, 1][..]));
    let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    let mut ordered = RouteTable::new(&patterns, Some(&names(["Block", "Inside"])));
    assert_eq!(ordered.look_up(b"4123").unwrap().treatments, Treatment::Blocked.into());
    let mut ordered = RouteTable::new(&patterns, Some(&names(["Inside", "Block"])));
    assert_eq!(ordered.look_up(b"4123").unwrap().treatments, Treatment::Routed.into());
    let mut none = RouteTable::new(&patterns, Some(&[]));
    assert_eq!(none.look_up(b"4123").unwrap().treatments, Treatment::Untaken.into());
}

#[test]
fn numbering_plan_leaves_all_but_single_numbers_undecided() {
    let patterns = [pattern("9.@"), RoutePattern { is_emergency: true, ..pattern("9.911") }];
    let mut table = RouteTable::new(&patterns, None);
    assert_eq!(table.look_up(b"9911").unwrap().treatments, Treatment::Emergency.into());
    assert_eq!(table.look_up(b"95551212").unwrap().treatments, Treatment::Undecided.into());
    assert_eq!(table.look_up(b"5551212").unwrap().treatments, Treatment::Untaken.into());
}

#[test]
fn patterns_that_overlap_in_too_many_ways_are_reported() {
    let one = |at: usize| {
        let mut text = vec!["X"; 24];
        text[at] = "1";
        pattern(&text.concat())
    };
    let patterns: Vec<RoutePattern> = (0..24).map(one).collect();
    let rules = [Rule::from_deployed("", 24, 1, "0")];
    let answer = RouteTable::new(&patterns, None).routed(&rules, Domain::Digits);
    let message = answer.unwrap_err().to_string();
    assert_eq!(message, "the route patterns overlap in more than 200000 ways");
}

#[test]
fn many_patterns_and_rules_take_little_time() {
    // every exchange of ten area codes, and rules for a thousand exchanges
    let patterns: Vec<RoutePattern> = (0..10_000)
        .map(|at| RoutePattern { is_blocked: at % 7 == 0, ..pattern(&format!("9.1{at:04}XXXXXX")) })
        .collect();
    let rules: Vec<Rule> =
        (0..1_000).map(|at| Rule::from_deployed(&format!("{at:03}"), 10, 0, "91")).collect();
    let routed = RouteTable::new(&patterns, None).routed(&rules, Domain::Digits).unwrap();
    assert_eq!((routed.rules.len(), routed.longest), (1_000, None));
    // 91 000 0 is blocked, and 91 000 1 is not
    let treatments: Vec<Treatment> = routed.rules[0].treatments().iter().collect();
    assert_eq!(treatments, [Treatment::Blocked, Treatment::Routed]);
}
