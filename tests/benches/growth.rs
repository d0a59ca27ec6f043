//! Draws the chart of `tests/benches/growth`.
//!
//! `growth FILE.svg` reads a line `name TAB size TAB seconds` from standard input for every point.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the program reads its arguments and standard input, writes its chart, and panics on errors"
)]

use std::io::read_to_string;

use adr_tests::chart::{Axis, Chart, Line, count, nanoseconds};

fn main() {
    let file = std::env::args().nth(1).expect("the name of a file");
    let input = read_to_string(std::io::stdin()).expect("text on standard input");
    std::fs::write(file, chart(&input).svg()).expect("a folder for the file");
}

/// Time by size, one line for each shape, and a guide for `n log n`.
fn chart(input: &str) -> Chart {
    let mut chart = Chart::new(
        "Processor time of adrc check as a plan grows",
        Axis::log("rules, sites, tests, numbers, lets, names or allows in the plan", count),
        Axis::log("time", nanoseconds),
    );
    "both axes logarithmic; the horizontal axis is the number of the items that a shape repeats"
        .clone_into(&mut chart.note);
    let points: Vec<(&str, f64, f64)> = input.lines().map(point).collect();
    for shape in points.chunk_by(|a, b| a.0 == b.0) {
        let of_shape: Vec<(f64, f64)> = shape.iter().map(|(_, n, time)| (*n, *time)).collect();
        chart.lines.push(Line::new(shape[0].0, &of_shape));
    }
    if let Some((_, first, _)) = points.first() {
        let least = points.iter().filter(|(_, n, _)| n == first);
        let least = least.map(|(_, _, time)| *time).fold(f64::MAX, f64::min);
        let last = points.iter().map(|(_, n, _)| *n).fold(*first, f64::max);
        let growth = |n: f64| (n, least * n * n.ln() / (first * first.ln()));
        chart.lines.push(Line::guide("n log n", &[growth(*first), growth(last)]));
    }
    chart
}

/// Name, size and nanoseconds of a line.
fn point(line: &str) -> (&str, f64, f64) {
    let mut cells = line.split('\t');
    let name = cells.next().unwrap_or_default();
    let mut number = || cells.next().and_then(|cell| cell.parse::<f64>().ok());
    let size = number().expect("a size");
    let seconds = number().expect("seconds");
    (name, size, seconds * 1e9)
}
