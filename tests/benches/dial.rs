//! Measures how fast rules are applied: by the client's algorithm, by libraries of the ecosystem,
//! and by the dialer.
//!
//! `cargo bench -p adr-tests --bench dial` prints a table of times and one of limits.
//!
//! * `-- 10 1000` measures only these numbers of rules.
//! * `-- --draw` also writes `docs/images/benchmarks/dial.svg`.
//! * `-- --test` runs ten rules once.
//!
//! Every candidate dials the same numbers by the same rules and appends the results to one buffer.
//! Its results are compared with the reference before anything is timed. The candidates take turns,
//! and ratios are medians over the rounds.
//!
//! `baselines::Client` has the client's algorithm: two owned strings and two integers per rule,
//! evaluated from top to bottom. The real client, in C++, also allocates a string for every result,
//! which is left out here and would make it slower. A version in C++ with `std::string` and `-O2`
//! took 29 ns at 10 rules, 770 at 1,000, 230,000 at 100,000 and 2,270,000 at 1,000,000, on the same
//! machine with rules and numbers of the same kind.
//!
//! `workload.rs` generates the rules. Half of the numbers match a random rule; the others are
//! random numbers of the same lengths, a quarter of them with a `+`.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reads its arguments and the clock, writes its chart, prints, and panics on errors"
)]

mod baselines;
mod rounds;
mod workload;

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

use adr_dialer::{Dialer, Results};
use adr_engine::{Rule, apply_into};
use adr_tests::chart::{Axis, Chart, Line, count, nanoseconds};

use baselines::{Client, Map, regex_set, rewrite};
use rounds::{Median, in_turns, timed};
use workload::{LENGTHS, Random};

/// The allocator of `adrc`, which uses huge pages where the system has them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Numbers that fast candidates dial in one round; slow ones dial as many as fit in a round.
const NUMBERS: usize = 1_000_000;

/// Numbers whose results are in the buffer at the same time.
const CHUNK: usize = 1_024;

/// Number of rounds; results are medians over them.
const ROUNDS: usize = 9;

/// The approximate time of a round of a slow candidate.
const ROUND: Duration = Duration::from_millis(200);

/// Most rules that are compiled to a set of regular expressions.
const REGEX_RULES: usize = 1_000;

/// Limits for one number of rules.
struct Limits {
    rules: usize,
    /// Least speed for single numbers, in multiples of the client's speed.
    single: f64,
    /// Least speed in batches, in multiples of the client's speed.
    batch: Option<f64>,
    /// Most bytes per rule.
    bytes: Option<f64>,
    /// Longest time to build, in multiples of sorting the same rules.
    sorts: Option<f64>,
}

const LIMITS: [Limits; 4] = [
    Limits { rules: 10, single: 4.0, batch: None, bytes: None, sorts: None },
    Limits { rules: 1_000, single: 25.0, batch: None, bytes: Some(60.0), sorts: None },
    Limits {
        rules: 100_000,
        single: 2_500.0,
        batch: Some(4_500.0),
        bytes: Some(40.0),
        sorts: Some(6.0),
    },
    Limits {
        rules: 1_000_000,
        single: 20_000.0,
        batch: Some(50_000.0),
        bytes: Some(40.0),
        sorts: Some(6.0),
    },
];

const CLIENT: &str = "the client, rule after rule";
const REGEX: &str = "regex::RegexSet";
const MAP: &str = "standard HashMap";
const SINGLE: &str = "the dialer";
const BATCH: &str = "the dialer, in batches";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let mut sizes: Vec<usize> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = LIMITS.iter().map(|limits| limits.rules).collect();
    }
    if has("--test") {
        sizes = vec![10];
    }
    let numbers = if has("--test") { NUMBERS / 100 } else { NUMBERS };
    println!(
        "| rules | way | ns a number | times as fast as the client | bytes a rule | build, in sorts |"
    );
    println!("|---|---|---|---|---|---|");
    let measured: Vec<Measured> = sizes.iter().map(|size| measure(*size, numbers)).collect();
    print_limits(&measured);
    if has("--draw") {
        let path = adr_tests::root().join("docs/images/benchmarks/dial.svg");
        std::fs::write(path, chart(&measured).svg())
            .expect("docs/images/benchmarks can be written");
    }
}

/// The measurements for one number of rules.
struct Measured {
    rules: usize,
    times: Vec<(&'static str, Median)>,
    /// Bytes per rule of the dialer.
    bytes: f64,
    /// Time to build the dialer, in multiples of sorting the rules.
    sorts: f64,
}

type DialAll<'w> = dyn Fn(&[&[u8]]) + 'w;

/// One way to dial numbers.
struct Candidate<'w> {
    name: &'static str,
    /// Dials numbers into a buffer of its own.
    dial: Box<DialAll<'w>>,
    /// The contents of that buffer.
    results: Box<dyn Fn() -> Vec<u8> + 'w>,
}

fn measure(size: usize, count: usize) -> Measured {
    let mut random = Random::new();
    let rules = workload::rules(&mut random, size);
    let text: Vec<Vec<u8>> = (0..count).map(|_| number(&mut random, &rules)).collect();
    // in one buffer without gaps, as in a file or a stream
    let all = text.concat();
    let mut rest = &all[..];
    let numbers: Vec<&[u8]> =
        text.iter().map(|number| rest.split_off(..number.len()).expect("all numbers")).collect();

    let (client, map, dialer) = (Client::of(&rules), Map::of(&rules), Dialer::new(&rules));
    let regexes = (size <= REGEX_RULES).then(|| regex_set(&rules));
    let (out, results) = (RefCell::new(Vec::new()), RefCell::new(Results::default()));
    let mut candidates = vec![
        one_by_one(CLIENT, &out, |number, out| client.dial(number, out)),
        one_by_one(MAP, &out, |number, out| {
            rewrite(&rules, map.find(number), number, out);
        }),
        one_by_one(SINGLE, &out, |number, out| {
            _ = dialer.dial_into(number, out);
        }),
        Candidate {
            name: BATCH,
            dial: Box::new(|numbers| dialer.dial_all(numbers, &mut results.borrow_mut())),
            results: Box::new(|| results.borrow().bytes().to_vec()),
        },
    ];
    if let Some(regexes) = &regexes {
        let dial = |number: &[u8], out: &mut Vec<u8>| {
            let text = std::str::from_utf8(number).expect("digits");
            rewrite(&rules, regexes.matches(text).iter().next(), number, out);
        };
        candidates.insert(1, one_by_one(REGEX, &out, dial));
    }
    let medians = medians(&candidates, &rules, &numbers);
    let measured = Measured {
        rules: size,
        times: candidates.iter().map(|candidate| candidate.name).zip(medians).collect(),
        bytes: dialer.memory_bytes() as f64 / size as f64,
        sorts: sorts(&rules),
    };
    measured.print();
    measured
}

/// A number that matches a random rule, or a random number.
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

/// A candidate that dials numbers one by one into `out`.
fn one_by_one<'w>(
    name: &'static str,
    out: &'w RefCell<Vec<u8>>,
    dial: impl Fn(&[u8], &mut Vec<u8>) + 'w,
) -> Candidate<'w> {
    let dial = move |numbers: &[&[u8]]| {
        let mut out = out.borrow_mut();
        out.clear();
        numbers.iter().for_each(|number| dial(number, &mut out));
    };
    Candidate { name, dial: Box::new(dial), results: Box::new(|| out.borrow().clone()) }
}

/// Nanoseconds per number; compares every candidate with the reference first.
fn medians(candidates: &[Candidate<'_>], rules: &[Rule], numbers: &[&[u8]]) -> Vec<Median> {
    let mut rounds: Vec<Box<dyn FnMut() -> f64 + '_>> = Vec::new();
    for candidate in candidates {
        let count = checked(candidate, rules, numbers);
        rounds.push(Box::new(move || {
            let (taken, ()) = timed(|| {
                for some in numbers[..count].chunks(CHUNK) {
                    black_box(&candidate.dial)(some);
                }
            });
            taken.as_nanos() as f64 / count as f64
        }));
    }
    in_turns(ROUNDS, &mut rounds)
}

/// Compares a candidate with the reference; returns how many numbers it dials in a round.
fn checked(candidate: &Candidate<'_>, rules: &[Rule], numbers: &[&[u8]]) -> usize {
    let some = &numbers[..200];
    let (taken, ()) = timed(|| (candidate.dial)(some));
    let mut expected = Vec::new();
    for number in some {
        apply_into(rules, number, &mut expected);
    }
    let name = candidate.name;
    assert!((candidate.results)() == expected, "{name} differs from the reference");
    let fits = ROUND.as_nanos() * some.len() as u128 / taken.as_nanos().max(1);
    usize::try_from(fits).map_or(numbers.len(), |fits| fits.clamp(50, numbers.len()))
}

/// The time to build the dialer, in multiples of sorting the rules.
fn sorts(rules: &[Rule]) -> f64 {
    let build = || timed(|| Dialer::new(rules)).0.as_nanos() as f64;
    let sort = || {
        let mut sorted = rules.to_vec();
        timed(|| sorted.sort()).0.as_nanos() as f64
    };
    in_turns(ROUNDS, &mut [Box::new(build), Box::new(sort)])[1].ratio
}

impl Measured {
    fn print(&self) {
        for (name, median) in &self.times {
            let (bytes, sorts) = match *name {
                SINGLE | BATCH => (format!("{:.0}", self.bytes), format!("{:.1}", self.sorts)),
                _ => (String::new(), String::new()),
            };
            let (time, ratio) = (median.time, median.ratio);
            println!(
                "| {} | {name} | {time:.1} | {ratio:.1} | {bytes} | {sorts} |",
                count(self.rules as f64)
            );
        }
    }

    fn ratio(&self, candidate: &str) -> f64 {
        let found = self.times.iter().find(|(name, _)| *name == candidate);
        found.map_or(0.0, |(_, median)| median.ratio)
    }
}

/// Prints every limit and whether it is met.
fn print_limits(measured: &[Measured]) {
    println!("\n| rules | what | wanted | measured | kept |\n|---|---|---|---|---|");
    for measured in measured {
        let Some(limits) = LIMITS.iter().find(|limits| limits.rules == measured.rules) else {
            continue;
        };
        let rules = count(measured.rules as f64);
        let line = |what: &str, wanted: String, given: f64, kept: bool| {
            let kept = if kept { "yes" } else { "no" };
            println!("| {rules} | {what} | {wanted} | {given:.1} | {kept} |");
        };
        let least = |what, wanted: f64, given: f64| {
            line(what, format!("at least {}", count(wanted)), given, given >= wanted);
        };
        least("times the client, one by one", limits.single, measured.ratio(SINGLE));
        if let Some(batch) = limits.batch {
            least("times the client, in batches", batch, measured.ratio(BATCH));
        }
        if let Some(bytes) = limits.bytes {
            line("bytes a rule", format!("below {bytes}"), measured.bytes, measured.bytes < bytes);
        }
        if let Some(sorts) = limits.sorts {
            line(
                "build, in sorts",
                format!("at most {sorts}"),
                measured.sorts,
                measured.sorts <= sorts,
            );
        }
    }
}

fn chart(measured: &[Measured]) -> Chart {
    let mut chart = Chart::new(
        "Time to dial one number",
        Axis::log("rules in the list", count),
        Axis::log("time a number, rewrite included", nanoseconds),
    );
    "lower is better; both axes logarithmic; processor time, medians of rounds in turns"
        .clone_into(&mut chart.note);
    for name in [SINGLE, BATCH, CLIENT, MAP, REGEX] {
        let points = measured.iter().flat_map(|measured| {
            let times = measured.times.iter().filter(|(candidate, _)| *candidate == name);
            times.map(|(_, median)| (measured.rules as f64, median.time))
        });
        chart.lines.push(Line::new(name, &points.collect::<Vec<_>>()));
    }
    chart
}
