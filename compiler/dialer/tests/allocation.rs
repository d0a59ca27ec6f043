//! Dialing allocates nothing, and the memory of a dialer grows linearly with its rules.

mod lists;

use adr_dialer::{Dialer, Results, Scratch};
use adr_engine::Rule;
use lists::{Random, adversarial, near};

/// How many allocations `work` makes.
fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

fn plans() -> impl Iterator<Item = Vec<Rule>> {
    let mut random = Random::new(4);
    let plans = [3, 10, 48, 49, 500, 30_000].map(|size| random.plan(size));
    plans.into_iter().chain(adversarial().into_iter().map(|(_, rules)| rules))
}

#[test]
fn dialing_allocates_nothing() {
    for rules in plans() {
        let numbers: Vec<Vec<u8>> = rules.iter().take(50).flat_map(near).collect();
        let slices: Vec<&[u8]> = numbers.iter().map(Vec::as_slice).collect();
        let lines = slices.join(&b'\n');
        let dialer = Dialer::new(&rules);
        let (mut scratch, mut results) = (Scratch::default(), Results::default());
        let mut out = Vec::with_capacity(1 << 22);
        let mut all = || {
            for number in &slices {
                dialer.dial(number, &mut scratch);
                dialer.dial_into(number, &mut out);
            }
            dialer.dial_all(&slices, &mut results);
            dialer.dial_lines(&lines, &mut out);
            out.clear();
        };
        // the caller's buffers grow in the first round
        all();
        assert_eq!(allocations(all), 0);
    }
}

type Kind = fn(usize) -> Rule;

/// Rules of several kinds take a bounded number of bytes each, and ten times as many rules take
/// about ten times as many bytes.
#[test]
fn memory_grows_linearly_with_the_rules() {
    let kinds: [(&str, Kind); 4] = [
        ("equal", |_| Rule::from_deployed("408", 10, 3, "9")),
        ("one block", |at| Rule::from_deployed(&format!("40855{at:06}"), 12, 3, "9")),
        ("pairs far apart", |at| {
            let text = format!("{:06}{:05}", (at / 2) * 7_919 % 1_000_000, at % 2);
            Rule::from_deployed(&text, 12, 3, "9")
        }),
        ("closer and closer", |at| {
            let text = format!(
                "{:012}",
                (at as u64 / 12 + 1) * 10u64.pow(at as u32 % 12) % 1_000_000_000_000
            );
            Rule::from_deployed(&text, 12, 3, "9")
        }),
    ];
    for (name, rule) in kinds {
        let memory = |size: usize| {
            let rules: Vec<Rule> = (0..size).map(rule).collect();
            Dialer::new(&rules).memory_bytes()
        };
        let (some, many) = (memory(10_000), memory(100_000));
        assert!(many < 100 * 100_000, "{name}: {many} bytes");
        assert!(many < 14 * some, "{name}: {some} bytes, then {many}");
    }
}
