//! Applying rules, side by side in one run: as the client does, with what the ecosystem offers, and with the dialer.
//!
//! `cargo bench -p adr-tests --bench dial` prints one table; `-- 10 1000` asks for those numbers of rules only, `-- --test`
//! runs ten rules once. Every engine dials the same numbers by the same rules and writes the result into a buffer; before
//! anything is timed, all of them are compared with the reference.
//!
//! Rules are for 7, 10, 11 and 12 digits (two in eight of each) with begins-with of three to six digits, more where there are more rules, a
//! quarter with a `+`. Half of the numbers fall to a rule from anywhere in the list, the others are numbers of those lengths at random.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program that measures reads its arguments and the clock, prints, and stops at what is wrong"
)]

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use adr_engine::{Dialer, Room, Rule, apply_into};
use regex::RegexSet;

/// Numbers that fast engines dial in one round; slow ones take as many as fit in a round.
const NUMBERS: usize = 100_000;

/// Numbers whose results stand in the buffer at once.
const CHUNK: usize = 1_024;

/// Rounds, of which the median counts; engines take turns.
const ROUNDS: usize = 5;

/// About what a slow engine may take for a round.
const ROUND: Duration = Duration::from_millis(200);

/// Most rules that a set of regular expressions is built of.
const REGULAR: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let sizes: Vec<usize> = arguments
        .iter()
        .filter_map(|word| word.parse().ok())
        .collect();
    let sizes = match (
        arguments.iter().any(|word| word == "--test"),
        sizes.is_empty(),
    ) {
        (true, _) => vec![10],
        (false, true) => vec![10, 1_000, 100_000, 1_000_000],
        (false, false) => sizes,
    };
    println!(
        "| rules | way | ns a number | times as fast as the client | bytes a rule | build, in sorts |"
    );
    println!("|---|---|---|---|---|---|");
    for size in sizes {
        measure(size);
    }
}

/// A small generator; the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + self.below(10) as u8))
            .collect()
    }
}

const LENGTHS: [usize; 4] = [7, 10, 11, 12];

fn rule(random: &mut Random, size: usize) -> Rule {
    let length = LENGTHS[random.below(4)];
    let more = (size as f64).log10() as usize;
    let digits = (more + random.below(3)).clamp(3, 6);
    let plus = if random.below(4) == 0 { "+" } else { "" };
    let begins_with = format!("{plus}{}", random.digits(digits));
    let remove = random.below(4) as i32;
    let prefix = ["9", "91", "9011", ""][random.below(4)];
    Rule::as_client_reads(&begins_with, length as i32, remove, prefix)
}

fn number(random: &mut Random, rules: &[Rule]) -> Vec<u8> {
    if random.below(2) == 0 {
        let rule = &rules[random.below(rules.len())];
        let length = rule.length().unwrap_or(0);
        let missing = length.saturating_sub(rule.begins_with().len());
        return format!("{}{}", rule.begins_with(), random.digits(missing)).into_bytes();
    }
    let length = LENGTHS[random.below(4)];
    match random.below(4) {
        0 => format!("+{}", random.digits(length - 1)).into_bytes(),
        _ => random.digits(length).into_bytes(),
    }
}

/// The lengths of begins-with that rules for one length have, and the first rule of each.
struct Table {
    lengths: HashMap<usize, Vec<usize>>,
    rules: HashMap<(usize, Vec<u8>), usize>,
}

impl Table {
    fn of(rules: &[Rule]) -> Self {
        let mut table = Self {
            lengths: HashMap::new(),
            rules: HashMap::new(),
        };
        for (at, rule) in rules.iter().enumerate() {
            let length = rule.length().unwrap_or(0);
            let lengths = table.lengths.entry(length).or_default();
            if !lengths.contains(&rule.begins_with().len()) {
                lengths.push(rule.begins_with().len());
            }
            let key = (length, rule.begins_with().as_bytes().to_vec());
            table.rules.entry(key).or_insert(at);
        }
        table
    }

    fn find(&self, number: &[u8]) -> Option<usize> {
        let lengths = self.lengths.get(&number.len())?;
        let found = lengths.iter().filter_map(|length| {
            let key = (number.len(), number[..*length].to_vec());
            self.rules.get(&key)
        });
        found.min().copied()
    }
}

fn rewrite(rules: &[Rule], winner: Option<usize>, number: &[u8], out: &mut Vec<u8>) {
    match winner {
        Some(at) => rules[at].rewrite(number, out),
        None => out.extend_from_slice(number),
    }
}

/// One way of dialling: its name, and how it dials numbers into a buffer.
type Way<'w> = (&'static str, Box<Dialling<'w>>);

type Dialling<'w> = dyn Fn(&[&[u8]], &mut Vec<u8>) + 'w;

fn measure(size: usize) {
    let mut random = Random(88_172_645_463_325_252);
    let rules: Vec<Rule> = (0..size).map(|_| rule(&mut random, size)).collect();
    let text: Vec<Vec<u8>> = (0..NUMBERS).map(|_| number(&mut random, &rules)).collect();
    // one behind the other, as in a file or a stream
    let all = text.concat();
    let ends = text.iter().scan(0, |end, number| {
        *end += number.len();
        Some(*end)
    });
    let numbers: Vec<&[u8]> = ends
        .zip(&text)
        .map(|(end, number)| &all[end - number.len()..end])
        .collect();

    let dialer = Dialer::new(&rules);
    let table = Table::of(&rules);
    let regular = (size <= REGULAR).then(|| regular(&rules));
    let mut ways: Vec<Way<'_>> = vec![
        (
            "the client: one rule after the other",
            Box::new(|numbers, out| {
                for number in numbers {
                    apply_into(&rules, number, out);
                }
            }),
        ),
        (
            "HashMap by length and begins-with",
            Box::new(|numbers, out| {
                for number in numbers {
                    rewrite(&rules, table.find(number), number, out);
                }
            }),
        ),
        (
            "the dialer",
            Box::new(|numbers, out| {
                for number in numbers {
                    dialer.dial_into(number, out);
                }
            }),
        ),
        (
            "the dialer, in batches",
            Box::new(|numbers, out| {
                let mut room = Room::default();
                dialer.dial_all(numbers, &mut room, |dialled| {
                    out.extend_from_slice(dialled.result);
                });
            }),
        ),
    ];
    if let Some(regular) = &regular {
        let way = |numbers: &[&[u8]], out: &mut Vec<u8>| {
            for number in numbers {
                let text = std::str::from_utf8(number).expect("digits");
                rewrite(&rules, regular.matches(text).iter().next(), number, out);
            }
        };
        ways.insert(1, ("regex::RegexSet", Box::new(way)));
    }
    let counts: Vec<usize> = ways
        .iter()
        .map(|(name, way)| checked(name, way, &rules, &numbers))
        .collect();
    let medians = medians(&ways, &counts, &numbers);
    let (sorting, building) = (sorting(&rules), building(&rules));
    for ((name, _), median) in ways.iter().zip(&medians) {
        let ours = name.starts_with("the dialer");
        let bytes = if ours {
            format!("{:.0}", dialer.memory() as f64 / size as f64)
        } else {
            String::new()
        };
        let build = if ours {
            format!("{:.1}", building / sorting)
        } else {
            String::new()
        };
        println!(
            "| {size} | {name} | {median:.1} | {:.1} | {bytes} | {build} |",
            medians[0] / median
        );
    }
}

/// The rules as regular expressions; the first that matches is the one with the lowest number.
fn regular(rules: &[Rule]) -> RegexSet {
    let patterns = rules.iter().map(|rule| {
        let rest = rule
            .length()
            .unwrap_or(0)
            .saturating_sub(rule.begins_with().len());
        format!("^{}.{{{rest}}}$", regex::escape(rule.begins_with()))
    });
    RegexSet::new(patterns).expect("a set of patterns")
}

/// Compares a way with the reference, and tells how many numbers it dials in a round.
fn checked(name: &str, way: &Dialling<'_>, rules: &[Rule], numbers: &[&[u8]]) -> usize {
    let some = &numbers[..200];
    let (mut given, mut expected) = (Vec::new(), Vec::new());
    let began = Instant::now();
    way(some, &mut given);
    let taken = began.elapsed();
    for number in some {
        apply_into(rules, number, &mut expected);
    }
    assert!(
        given == expected,
        "{name} dials otherwise than the reference"
    );
    let fits = ROUND.as_nanos() * some.len() as u128 / taken.as_nanos().max(1);
    usize::try_from(fits).unwrap_or(NUMBERS).clamp(50, NUMBERS)
}

/// Nanoseconds a number, the median of several rounds in turns.
fn medians(ways: &[Way<'_>], counts: &[usize], numbers: &[&[u8]]) -> Vec<f64> {
    let mut taken = vec![Vec::new(); ways.len()];
    let mut out = Vec::new();
    for _ in 0..ROUNDS {
        for (((_, way), count), taken) in ways.iter().zip(counts).zip(&mut taken) {
            let began = Instant::now();
            for some in numbers[..*count].chunks(CHUNK) {
                out.clear();
                way(some, &mut out);
            }
            taken.push(began.elapsed().as_nanos() as f64 / *count as f64);
            black_box(&out);
        }
    }
    taken.into_iter().map(median).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn sorting(rules: &[Rule]) -> f64 {
    let once = |_| {
        let mut sorted = rules.to_vec();
        let began = Instant::now();
        sorted.sort();
        black_box(&sorted);
        began.elapsed().as_nanos() as f64
    };
    median((0..3).map(once).collect())
}

fn building(rules: &[Rule]) -> f64 {
    let once = |_| {
        let began = Instant::now();
        black_box(Dialer::new(rules));
        began.elapsed().as_nanos() as f64
    };
    median((0..3).map(once).collect())
}
