//! Measures analyses of whole lists, in multiples of the time to build the dialers of the same
//! lists.
//!
//! `cargo bench -p adr-tests --bench analyses` prints a table with the limits.
//!
//! * `-- 1000 10000` measures only these numbers of rules.
//! * `-- --draw` also writes `docs/images/benchmarks/analyses.svg`.
//! * `-- --test` runs a thousand rules once.
//!
//! Building and analyzing take turns, and multiples are medians over the rounds. `workload.rs`
//! generates the rules. The second list of a comparison has every hundredth rule replaced. The
//! smallest list counts as a second list, because it is proved equivalent to the first. Freeing the
//! result of an analysis is part of its time.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reads its arguments and the clock, writes its chart, prints, and panics on errors"
)]

mod rounds;
mod workload;

use std::hint::black_box;

use adr_analysis::{
    Domain, coverage, difference, first_difference, first_match_regions, minimize, reachability,
};
use adr_dialer::Dialer;
use adr_engine::Rule;
use adr_tests::chart::{Axis, Chart, Line, count, nanoseconds};

use rounds::{Median, in_turns, timed};
use workload::Random;

/// The allocator of `adrc`, which uses huge pages where the system has them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Number of rounds; results are medians over them.
const ROUNDS: usize = 5;

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Longest time of an analysis with [`LIMITED`] rules or more, in builds of the dialer.
const LIMIT: f64 = 5.0;

/// Smallest number of rules to which [`LIMIT`] applies.
const LIMITED: usize = 100_000;

/// The domain of all analyses.
const DOMAIN: Domain = Domain::Dialable;

/// A row of the table: the name of the analysis, how many lists it involves, and the analysis.
type Analysis = (&'static str, f64, fn(&[Rule], &[Rule]));

const BUILD: &str = "build of the dialer";

const ANALYSES: [Analysis; 7] = [
    (BUILD, 1.0, |rules, _| drop(Dialer::new(rules))),
    ("dead rules", 1.0, |rules, _| {
        drop(reachability(rules, DOMAIN));
    }),
    ("coverage: regions", 1.0, |rules, _| {
        first_match_regions(rules, DOMAIN).for_each(|region| drop(black_box(region)));
    }),
    ("coverage: shares", 1.0, |rules, _| {
        drop(coverage(rules, DOMAIN));
    }),
    ("difference of two lists", 2.0, |rules, other| {
        drop(difference(rules, other, DOMAIN));
    }),
    ("smallest equal list, proved", 2.0, |rules, _| {
        drop(minimize(rules, DOMAIN));
    }),
    ("equality of two lists", 2.0, |rules, other| {
        drop(first_difference(rules, other, DOMAIN));
    }),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let mut sizes: Vec<usize> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = SIZES.to_vec();
    }
    let (sizes, rounds) = if has("--test") { (vec![1_000], 1) } else { (sizes, ROUNDS) };
    println!(
        "| rules | what | time | builds of the lists involved | at most | kept |\n|---|---|---|---|---|---|"
    );
    let measured: Vec<(usize, Vec<Median>)> =
        sizes.iter().map(|size| (*size, measure(*size, rounds))).collect();
    if has("--draw") {
        let path = adr_tests::root().join("docs/images/benchmarks/analyses.svg");
        std::fs::write(path, chart(&measured).svg())
            .expect("docs/images/benchmarks can be written");
    }
}

fn measure(size: usize, rounds: usize) -> Vec<Median> {
    let mut random = Random::new();
    let rules = workload::rules(&mut random, size);
    let mut other = rules.clone();
    for rule in other.iter_mut().step_by(100) {
        *rule = workload::rule(&mut random, size);
    }
    let (rules, other) = (&rules[..], &other[..]);
    let mut candidates: Vec<Box<dyn FnMut() -> f64 + '_>> = Vec::new();
    for (_, _, run) in ANALYSES {
        candidates.push(Box::new(move || timed(|| run(rules, other)).0.as_nanos() as f64));
    }
    let medians = in_turns(rounds, &mut candidates);
    for ((name, lists, _), median) in ANALYSES.iter().zip(&medians).skip(1) {
        let builds = 1.0 / median.ratio / lists;
        let (limit, kept) = match (size >= LIMITED, builds <= LIMIT) {
            (false, _) => (String::new(), ""),
            (true, true) => (LIMIT.to_string(), "yes"),
            (true, false) => (LIMIT.to_string(), "no"),
        };
        let (rules, time) = (count(size as f64), nanoseconds(rounded(median.time)));
        println!("| {rules} | {name} | {time} | {builds:.1} | {limit} | {kept} |");
    }
    medians
}

/// The value with three significant digits.
fn rounded(value: f64) -> f64 {
    let unit = 10f64.powf(value.log10().floor() - 2.0);
    (value / unit).round() * unit
}

/// The times by number of rules, and a guide for n log n.
fn chart(measured: &[(usize, Vec<Median>)]) -> Chart {
    let mut chart = Chart::new(
        "Time of exact answers about a list",
        Axis::log("rules in the list", count),
        Axis::log("time", nanoseconds),
    );
    "both axes logarithmic; processor time, medians of rounds in turns".clone_into(&mut chart.note);
    let points = |at: usize| -> Vec<(f64, f64)> {
        let times = measured.iter().map(|(rules, medians)| (*rules as f64, medians[at].time));
        times.collect()
    };
    for (at, (name, _, _)) in ANALYSES.iter().enumerate() {
        chart.lines.push(Line::new(name, &points(at)));
    }
    if let Some((rules, time)) = points(1).first() {
        let growth = |n: f64| n * n.ln() / (rules * rules.ln()) * time;
        let guide: Vec<_> = points(1).iter().map(|(n, _)| (*n, growth(*n))).collect();
        chart.lines.push(Line::guide("n log n", &guide));
    }
    chart
}
