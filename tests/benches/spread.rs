//! Measures how evenly client cores spread their fetches over a window; `tests/benches/scale` runs
//! it.
//!
//! `spread CORES SECONDS` generates core names, computes the delay of each core in a window of
//! SECONDS for ten generations, and prints one line of JSON: the mean number of cores per second,
//! and the largest number in any second.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads its arguments and prints"
)]

use std::io::Error;

use adr_bundle::sha256;
use adr_protocol::State;

const GENERATIONS: u64 = 10;

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [cores, seconds] = words.as_slice() else {
        return Err(Error::other("usage: spread CORES SECONDS"));
    };
    let cores: u64 = cores.parse().map_err(Error::other)?;
    let seconds: u64 = seconds.parse().map_err(Error::other)?;
    let names: Vec<String> = (0..cores).map(name).collect();
    let largest = (1..=GENERATIONS).map(|generation| largest_second(&names, seconds, generation));
    let (largest, mean) = (largest.max().unwrap_or_default(), cores / seconds.max(1));
    println!("{{\"mean\": {mean}, \"largest\": {largest}}}");
    Ok(())
}

/// The name of a core: 128 bits in hexadecimal, the same in each run.
fn name(core: u64) -> String {
    sha256(&core.to_le_bytes()).chars().take(32).collect()
}

/// The largest number of cores in one second.
fn largest_second(names: &[String], seconds: u64, generation: u64) -> usize {
    let state = State { generation, window: seconds * 1_000, ..State::default() };
    let mut counts = std::collections::BTreeMap::new();
    for name in names {
        *counts.entry(state.delay(name).as_secs()).or_insert(0) += 1;
    }
    counts.into_values().max().unwrap_or_default()
}
