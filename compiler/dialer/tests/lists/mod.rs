//! Rule lists and numbers to test the dialer with.
#![allow(dead_code, reason = "no test uses all functions")]

use adr_engine::Rule;

/// A small generator; the same lists in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(88_172_645_463_325_252 ^ seed << 40)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn text(&mut self, symbols: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(symbols[self.below(symbols.len())])).collect()
    }

    /// Rules with begins-with of up to four of the symbols, for up to seven digits or any length.
    pub(crate) fn short_rules(&mut self, size: usize, symbols: &[u8]) -> Vec<Rule> {
        (0..size)
            .map(|_| {
                let length = self.below(5);
                let begins_with = self.text(symbols, length);
                let digits = self.below(8) as i32 - i32::from(self.below(9) == 0);
                let remove = self.below(8) as i32 - 1;
                let length = self.below(11);
                Rule::from_deployed(&begins_with, digits, remove, &self.text(b"9+", length))
            })
            .collect()
    }

    /// Rules as in a dial plan, mostly nested.
    pub(crate) fn plan(&mut self, size: usize) -> Vec<Rule> {
        let symbols: &[u8] = [&b"0123456789"[..], b"189", b"19*"][self.below(3)];
        (0..size)
            .map(|_| {
                let plus = ["", "", "+"][self.below(3)];
                let length = self.below(12);
                let begins_with = format!("{plus}{}", self.text(symbols, length));
                let digits = [0, 3, 7, 10, 11, 12, 15, 20][self.below(8)];
                let remove = self.below(10) as i32;
                let length = self.below(9);
                Rule::from_deployed(&begins_with, digits, remove, &self.text(b"019", length))
            })
            .collect()
    }

    /// A number that one of the rules may match, sometimes cut or with an unusual byte in it.
    pub(crate) fn number(&mut self, rules: &[Rule]) -> Vec<u8> {
        let rule = &rules[self.below(rules.len())];
        let length = rule.length().unwrap_or(self.below(18));
        let mut number = rule.begins_with().as_bytes().to_vec();
        while number.len() < length {
            number.push(b"0123456789189189"[self.below(16)]);
        }
        match self.below(8) {
            0 => number.truncate(self.below(number.len() + 1)),
            1 if !number.is_empty() => {
                let at = self.below(number.len());
                number[at] = b"0189+*#x\xff"[self.below(9)];
            }
            _ => {}
        }
        number
    }
}

/// Numbers that a rule matches, and numbers that it narrowly does not match.
pub(crate) fn near(rule: &Rule) -> Vec<Vec<u8>> {
    let begins_with = rule.begins_with().as_bytes();
    // longer numbers would only take time
    let length = rule.length().unwrap_or(begins_with.len() + 2).min(300);
    let mut numbers = vec![begins_with.to_vec(), Vec::new()];
    for filler in *b"059*\xc3\0" {
        let mut number = begins_with.to_vec();
        number.resize(length.max(begins_with.len()), filler);
        numbers.push([&number[..], &[filler]].concat());
        numbers.push(number[..number.len().saturating_sub(1)].to_vec());
        if let Some(last) = begins_with.len().checked_sub(1) {
            for other in [number[last].wrapping_add(1), number[last].wrapping_sub(1), b'*'] {
                let mut beside = number.clone();
                beside[last] = other;
                numbers.push(beside);
            }
        }
        numbers.push(number);
    }
    numbers
}

fn rule(begins_with: &str, digits: i32, remove: i32, prefix: &str) -> Rule {
    Rule::from_deployed(begins_with, digits, remove, prefix)
}

/// Lists that are designed to break an engine, by name.
pub(crate) fn adversarial() -> Vec<(&'static str, Vec<Rule>)> {
    let mut lists = unusual_values();
    lists.extend(chains());
    lists.extend(clusters());
    lists
}

/// Begins-with of "19" again and again.
fn deep(length: usize) -> String {
    "19".repeat(50)[..length].to_owned()
}

fn unusual_values() -> Vec<(&'static str, Vec<Rule>)> {
    vec![
        ("nothing", vec![]),
        ("only rules for any length", (0..90).map(|at| rule(&at.to_string(), 0, 1, "8")).collect()),
        (
            "any length, long begins-with first",
            (0..80).rev().map(|at| rule(&deep(at), -1, 0, "")).collect(),
        ),
        ("up to 200 digits", (1..200).map(|at| rule("1", at, 1, "9")).collect()),
        (
            "begins-with longer than the number",
            (1..90).map(|at| rule(&deep(at), 5, 1, "9")).collect(),
        ),
        (
            "removals longer than any number",
            [i32::MIN, -1, 0, 7, 8, 99, i32::MAX]
                .repeat(9)
                .into_iter()
                .map(|remove| rule("1", 9, remove, "7"))
                .collect(),
        ),
        (
            "lengths of no number",
            [i32::MIN, -1, 0, i32::MAX]
                .repeat(20)
                .into_iter()
                .map(|digits| rule("1", digits, 1, "7"))
                .collect(),
        ),
        (
            "bytes other than digits",
            ["ä", "\0", "1\0", "*67", "##", "1*", "+*", "++", " ", "A", "1é", "+1\u{7f}"]
                .iter()
                .cycle()
                .take(96)
                .zip([0, 3, 4, 5, 9].iter().cycle())
                .map(|(text, digits)| rule(text, *digits, 1, "0"))
                .collect(),
        ),
    ]
}

fn chains() -> Vec<(&'static str, Vec<Rule>)> {
    let nines = |length: usize| "9".repeat(length);
    vec![
        (
            "a chain of prefixes, the shortest first",
            (0..100).map(|at| rule(&deep(at), 100, 1, &at.to_string())).collect(),
        ),
        (
            "a chain of prefixes, the longest first",
            (0..100).rev().map(|at| rule(&deep(at), 100, 1, &at.to_string())).collect(),
        ),
        (
            "a chain of nines",
            (0..16)
                .rev()
                .flat_map(|at| {
                    [
                        rule(&nines(at), 16, 1, &at.to_string()),
                        rule(&format!("+{}", nines(at)), 17, 2, ""),
                    ]
                })
                .chain((0..40).map(|at| rule(&format!("9{at}"), 16, 0, "5")))
                .collect(),
        ),
        (
            "300 actions",
            (0..300).map(|at| rule(&at.to_string(), 9, at % 9, &at.to_string())).collect(),
        ),
        (
            "300 long prefixes",
            (0..300)
                .map(|at| rule(&at.to_string(), 9, at % 9, &at.to_string().repeat(7)))
                .collect(),
        ),
        (
            "ten children above their parent",
            (0..10)
                .map(|at| rule(&format!("55{at}"), 7, 1, ""))
                .chain([rule("55", 7, 1, "2"), rule("", 7, 2, "3")])
                .cycle()
                .take(60)
                .collect(),
        ),
    ]
}

fn clusters() -> Vec<(&'static str, Vec<Rule>)> {
    // ever closer clusters: index lines that lead to index lines
    let close = (0..400).map(|at| format!("{:015}", 10u64.pow(at % 15) * (at as u64 / 15 + 1)));
    let twelve = (0..3_000).map(|at| format!("4085551{:05}", at * at % 99_991));
    vec![
        ("clusters in clusters", close.map(|text| rule(&text, 15, 3, "1")).collect()),
        ("3,000 numbers of one block", twelve.map(|text| rule(&text, 12, 0, "1")).collect()),
    ]
}
