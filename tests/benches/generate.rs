//! Writes the inputs of `tests/benches/compare` to standard output. Equal arguments give equal
//! bytes.
//!
//! * `generate blocks RULES`: a dial plan with one rule per line, each with a different
//!   begins-with.
//! * `generate nested RULES`: a dial plan whose begins-with are random numbers below 100,000,000,
//!   so that they have 1 to 8 digits and some begin others.
//! * `generate numbers COUNT`: dialed numbers, one per line, of which some match no rule.
#![allow(
    clippy::disallowed_methods,
    reason = "a program writes to standard output and reads its arguments"
)]

use std::io::{BufWriter, Error, Write};

/// The first begins-with. It has seven digits, so that a million of them are blocks of ten-digit
/// numbers.
const FIRST_BLOCK: u64 = 2_000_000;

const USAGE: &str = "usage: generate blocks|nested|numbers COUNT";

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let count = arguments.next().and_then(|count| count.parse().ok());
    let count: u64 = count.ok_or_else(|| Error::other(USAGE))?;
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    match what.as_str() {
        "blocks" => blocks(count, &mut out)?,
        "nested" => nested(count, &mut out)?,
        "numbers" => numbers(count, &mut out)?,
        _ => return Err(Error::other(USAGE)),
    }
    out.flush()
}

fn blocks(rules: u64, out: &mut impl Write) -> Result<(), Error> {
    writeln!(out, "emergency 911, 9911\n\napplication {{")?;
    for rule in 0..rules {
        let block = FIRST_BLOCK + rule * 7;
        writeln!(
            out,
            "  rule \"block {block}\" {{ begins-with {block}; digits 10; remove 3; prefix 91 }}"
        )?;
    }
    writeln!(out, "}}\n\ntest {{")?;
    writeln!(out, "  dial {FIRST_BLOCK}000 -> 910000000")?;
    writeln!(out, "  dial 911 -> unchanged\n}}")
}

fn nested(rules: u64, out: &mut impl Write) -> Result<(), Error> {
    writeln!(out, "emergency 911, 9911\n\napplication {{")?;
    // with this seed, no begins-with has one digit and thus matches a tenth of all numbers
    let mut state = 1;
    for rule in 0..rules {
        step(&mut state);
        writeln!(
            out,
            "  rule \"rule {rule}\" {{ begins-with {}; digits 10; remove 3; prefix {} }}",
            state % 100_000_000,
            rule % 997
        )?;
    }
    writeln!(out, "}}\n\ntest {{\n  dial 911 -> unchanged\n}}")
}

/// A fifth of each kind: domestic E.164, foreign E.164, ten digits, seven digits, extensions.
fn numbers(count: u64, out: &mut impl Write) -> Result<(), Error> {
    let mut state = SEED;
    for at in 0..count {
        step(&mut state);
        let digits = state % 10_000_000_000;
        match at % 5 {
            0 => writeln!(out, "+1{digits:010}")?,
            1 => writeln!(out, "+44{digits:010}")?,
            2 => writeln!(out, "{digits:010}")?,
            3 => writeln!(out, "{:07}", digits % 10_000_000)?,
            _ => writeln!(out, "{:05}", digits % 100_000)?,
        }
    }
    Ok(())
}

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// The next random state, by xorshift.
fn step(state: &mut u64) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
}
