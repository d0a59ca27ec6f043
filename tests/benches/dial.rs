//! Applying rules, side by side in one run: as the client does, with what the ecosystem offers, and
//! with the dialer.
//!
//! `cargo bench -p adr-tests --bench dial` prints a table, and of each limit whether it is kept;
//! `-- 10 1000` asks for those numbers of rules only, `-- --draw` writes `docs/benchmarks/dial.svg`
//! as well, `-- --test` runs ten rules once. Every way dials the same numbers by the same rules and
//! appends the results to one buffer; before anything is timed, all of them are compared with the
//! reference. The ways take turns, and a ratio is that of two neighbours in one round, of which the
//! median counts.
//!
//! The client is `ways::Client`: for every rule two strings of their own and two integers, one
//! after the other, top to bottom; first the number of digits is compared, then begins-with byte
//! for byte, and the first rule that matches rewrites. What the real client's C++ does beside that,
//! a string that is made for every result, is left out: it would only make it slower. A rendering
//! in C++ with `std::string` and `-O2` took 29 ns at 10 rules, 770 at 1,000, 230,000 at 100,000 and
//! 2,270,000 at 1,000,000, on the same machine with as many rules and numbers of the same kind.
//!
//! `plan.rs` says what rules look like. Half of the numbers fall to a rule from anywhere in the
//! list, the others are numbers of the same lengths at random, a quarter of them with a `+`.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program that measures reads its arguments and the clock, writes its drawing, prints, and stops at what is wrong"
)]

mod plan;
mod rounds;
mod ways;

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

use adr_dialer::{Dialer, Results};
use adr_engine::{Rule, apply_into};
use adr_tests::chart::{Axis, Chart, Line, count, nanoseconds};

use plan::{LENGTHS, Random};
use rounds::{Median, in_turns, timed};
use ways::{Client, Table, regular, rewrite};

/// As the command `adrc`: huge pages where the system has them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Different numbers that fast ways dial in one round; slow ones take as many as fit in a round.
const NUMBERS: usize = 1_000_000;

/// Numbers whose results stand in the buffer at once.
const CHUNK: usize = 1_024;

/// Rounds, of which the median counts.
const ROUNDS: usize = 9;

/// About what a slow way may take for a round.
const ROUND: Duration = Duration::from_millis(200);

/// Most rules that a set of regular expressions is built of.
const REGULAR: usize = 1_000;

/// What is aimed at, by number of rules.
struct Aim {
    rules: usize,
    /// Times the client's speed, one by one and in batches.
    single: f64,
    batch: Option<f64>,
    /// Bytes a rule.
    bytes: Option<f64>,
    /// Time of building, in times of sorting the same rules.
    sorts: Option<f64>,
}

const AIMS: [Aim; 4] = [
    Aim { rules: 10, single: 4.0, batch: None, bytes: None, sorts: None },
    Aim { rules: 1_000, single: 25.0, batch: None, bytes: Some(60.0), sorts: None },
    Aim {
        rules: 100_000,
        single: 2_500.0,
        batch: Some(4_500.0),
        bytes: Some(40.0),
        sorts: Some(6.0),
    },
    Aim {
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
        sizes = AIMS.iter().map(|aim| aim.rules).collect();
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
    judge(&measured);
    if has("--draw") {
        let path = adr_tests::root().join("docs/benchmarks/dial.svg");
        std::fs::write(path, chart(&measured).svg()).expect("the folder docs/benchmarks");
    }
}

/// What one number of rules gave.
struct Measured {
    rules: usize,
    ways: Vec<(&'static str, Median)>,
    bytes: f64,
    sorts: f64,
}

type Dialling<'w> = dyn Fn(&[&[u8]]) + 'w;

/// One way of dialling.
struct Way<'w> {
    name: &'static str,
    /// Dials numbers into a buffer that it keeps.
    dial: Box<Dialling<'w>>,
    /// What is in that buffer.
    given: Box<dyn Fn() -> Vec<u8> + 'w>,
}

fn measure(size: usize, count: usize) -> Measured {
    let mut random = Random::new();
    let rules = plan::rules(&mut random, size);
    let text: Vec<Vec<u8>> = (0..count).map(|_| number(&mut random, &rules)).collect();
    // one behind the other, as in a file or a stream
    let all = text.concat();
    let mut rest = &all[..];
    let numbers: Vec<&[u8]> =
        text.iter().map(|number| rest.split_off(..number.len()).expect("all numbers")).collect();

    let (client, table, dialer) = (Client::of(&rules), Table::of(&rules), Dialer::new(&rules));
    let regular = (size <= REGULAR).then(|| regular(&rules));
    let (out, results) = (RefCell::new(Vec::new()), RefCell::new(Results::default()));
    let mut ways = vec![
        one_by_one(CLIENT, &out, |number, out| client.dial(number, out)),
        one_by_one(MAP, &out, |number, out| {
            rewrite(&rules, table.find(number), number, out);
        }),
        one_by_one(SINGLE, &out, |number, out| {
            _ = dialer.dial_into(number, out);
        }),
        Way {
            name: BATCH,
            dial: Box::new(|numbers| dialer.dial_all(numbers, &mut results.borrow_mut())),
            given: Box::new(|| results.borrow().bytes().to_vec()),
        },
    ];
    if let Some(regular) = &regular {
        let dial = |number: &[u8], out: &mut Vec<u8>| {
            let text = std::str::from_utf8(number).expect("digits");
            rewrite(&rules, regular.matches(text).iter().next(), number, out);
        };
        ways.insert(1, one_by_one(REGEX, &out, dial));
    }
    let medians = medians(&ways, &rules, &numbers);
    let measured = Measured {
        rules: size,
        ways: ways.iter().map(|way| way.name).zip(medians).collect(),
        bytes: dialer.memory_bytes() as f64 / size as f64,
        sorts: sorts(&rules),
    };
    measured.print();
    measured
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

fn one_by_one<'w>(
    name: &'static str,
    out: &'w RefCell<Vec<u8>>,
    dial: impl Fn(&[u8], &mut Vec<u8>) + 'w,
) -> Way<'w> {
    let dial = move |numbers: &[&[u8]]| {
        let mut out = out.borrow_mut();
        out.clear();
        numbers.iter().for_each(|number| dial(number, &mut out));
    };
    Way { name, dial: Box::new(dial), given: Box::new(|| out.borrow().clone()) }
}

/// Nanoseconds a number; compares every way with the reference first.
fn medians(ways: &[Way<'_>], rules: &[Rule], numbers: &[&[u8]]) -> Vec<Median> {
    let mut rounds: Vec<Box<dyn FnMut() -> f64 + '_>> = Vec::new();
    for way in ways {
        let count = checked(way, rules, numbers);
        rounds.push(Box::new(move || {
            let (taken, ()) = timed(|| {
                for some in numbers[..count].chunks(CHUNK) {
                    black_box(&way.dial)(some);
                }
            });
            taken.as_nanos() as f64 / count as f64
        }));
    }
    in_turns(ROUNDS, &mut rounds)
}

/// Compares a way with the reference, and tells how many numbers it dials in a round.
fn checked(way: &Way<'_>, rules: &[Rule], numbers: &[&[u8]]) -> usize {
    let some = &numbers[..200];
    let (taken, ()) = timed(|| (way.dial)(some));
    let mut expected = Vec::new();
    for number in some {
        apply_into(rules, number, &mut expected);
    }
    let name = way.name;
    assert!((way.given)() == expected, "{name} dials otherwise than the reference");
    let fits = ROUND.as_nanos() * some.len() as u128 / taken.as_nanos().max(1);
    usize::try_from(fits).map_or(numbers.len(), |fits| fits.clamp(50, numbers.len()))
}

/// How many times sorting the rules takes as long as building the dialer.
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
        for (name, median) in &self.ways {
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

    fn ratio(&self, way: &str) -> f64 {
        let found = self.ways.iter().find(|(name, _)| *name == way);
        found.map_or(0.0, |(_, median)| median.ratio)
    }
}

/// Says of every limit whether it is kept.
fn judge(measured: &[Measured]) {
    println!("\n| rules | what | wanted | measured | kept |\n|---|---|---|---|---|");
    for measured in measured {
        let Some(aim) = AIMS.iter().find(|aim| aim.rules == measured.rules) else {
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
        least("times the client, one by one", aim.single, measured.ratio(SINGLE));
        if let Some(batch) = aim.batch {
            least("times the client, in batches", batch, measured.ratio(BATCH));
        }
        if let Some(bytes) = aim.bytes {
            line("bytes a rule", format!("below {bytes}"), measured.bytes, measured.bytes < bytes);
        }
        if let Some(sorts) = aim.sorts {
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
            let ways = measured.ways.iter().filter(|(way, _)| *way == name);
            ways.map(|(_, median)| (measured.rules as f64, median.time))
        });
        chart.lines.push(Line::new(name, &points.collect::<Vec<_>>()));
    }
    chart
}
