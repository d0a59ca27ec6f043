//! The dialer agrees with the reference on arbitrary rules and numbers.
#![no_main]

use adr_dialer::{Dialer, Results, Scratch};
use adr_engine::{Rule, apply};
use libfuzzer_sys::fuzz_target;

/// Rules and numbers, one per line: a line of four words is a rule.
fn read(bytes: &[u8]) -> (Vec<Rule>, Vec<&[u8]>) {
    let (mut rules, mut numbers) = (Vec::new(), Vec::new());
    for line in bytes.split(|byte| *byte == b'\n') {
        let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let text = |at: usize| std::str::from_utf8(words[at]).ok();
        let number = |at: usize| text(at).and_then(|text| text.parse::<i32>().ok());
        let rule = (words.len() == 4).then(|| Some((text(0)?, number(1)?, number(2)?, text(3)?)));
        match rule.flatten() {
            Some((begins_with, digits, remove, prefix)) => {
                rules.push(Rule::from_deployed(begins_with, digits, remove, prefix));
            }
            None => numbers.push(line),
        }
    }
    (rules, numbers)
}

fuzz_target!(|bytes: &[u8]| {
    let (rules, numbers) = read(bytes);
    // a small list and a large one
    let many: Vec<Rule> = rules.iter().cycle().take(rules.len() * 64).cloned().collect();
    for rules in [rules, many] {
        let dialer = Dialer::new(&rules);
        let mut scratch = Scratch::default();
        for number in &numbers {
            let expected = apply(&rules, number);
            let dialed = dialer.dial(number, &mut scratch);
            assert_eq!((dialed.rule(), dialed.result), (expected.rule, &*expected.result));
            let mut result = b"before".to_vec();
            assert_eq!(dialer.dial_into(number, &mut result), expected.rule);
            assert_eq!(result, [b"before", &*expected.result].concat());
        }
        let mut results = Results::default();
        dialer.dial_all(&numbers, &mut results);
        assert_eq!(results.len(), numbers.len());
        for (number, dialed) in numbers.iter().zip(results.iter()) {
            let expected = apply(&rules, number);
            assert_eq!((dialed.rule(), dialed.result), (expected.rule, &*expected.result));
        }
        let lines: Vec<u8> =
            numbers.iter().flat_map(|number| [number, &b"\n"[..]].concat()).collect();
        let mut results = Vec::new();
        assert_eq!(dialer.dial_lines(&lines, &mut results), lines.len());
        let expected: Vec<u8> = numbers
            .iter()
            .flat_map(|number| [&*apply(&rules, number).result, b"\n"].concat())
            .collect();
        assert_eq!(results, expected);
    }
});
