//! Coverage as a picture made of letters, and a table.

use std::fmt::Write;

use anstyle::{Ansi256Color, Style};

use super::grid::{Holder, PLACES, cells, columns};
use super::map::{CoverageMap, Row, WrittenRule};
use crate::Terminal;
use crate::style::styled;
use crate::table::table;
use crate::text::{escaped, grouped};

/// How many rules have their own letter.
const LETTERS: usize = 26;

/// The letter of all other rules.
const OTHERS: char = '&';

/// Most rows of the table; JSON has all of them.
const ROWS: usize = 200;

/// Columns of the percentage that rules match, with the space before it.
const TOUCHED: usize = 7;

/// Black, for letters on a color.
const BLACK: Ansi256Color = Ansi256Color(16);

/// Background colors of letters, from the 256 colors of terminals.
const COLORS: [u8; 12] = [117, 156, 222, 218, 183, 123, 216, 150, 180, 147, 229, 211];

/// The picture, as wide as the terminal allows, and then the rules.
pub fn to_text(map: &CoverageMap, terminal: Terminal) -> String {
    let letters = letters(map);
    let mut text = format!("{}\n{}\n\n", map.title, map.every);
    if map.rows.is_empty() {
        text.push_str("no rule matches any of these: all of them stay unchanged\n");
        return text;
    }
    let shape = Shape::of(map, terminal.width);
    text += &shape.head(map);
    for row in &map.rows {
        text += &shape.row(row, map, (&letters, terminal.color));
    }
    text.push('\n');
    text + &rules(map, &letters, terminal.width)
}

/// The letter of each rule: in the order of the list if there are enough letters.
fn letters(map: &CoverageMap) -> Vec<char> {
    let chosen = map.chosen(LETTERS).into_iter().zip(&map.rules);
    let letter = |(chosen, written): (Option<usize>, &WrittenRule)| match chosen {
        Some(number) => (b'A'..).nth(number).map_or(OTHERS, char::from),
        None if written.wins() => OTHERS,
        None => '-',
    };
    chosen.map(letter).collect()
}

/// The widths of the parts of the picture.
struct Shape {
    /// The width of the column of lengths.
    digits: usize,
    /// How many cells a column of first characters has.
    parts: usize,
}

impl Shape {
    fn of(map: &CoverageMap, width: usize) -> Self {
        let lengths = map.rows.iter().map(|row| row.digits().len());
        let digits = lengths.max().unwrap_or(0).max("digits".len());
        let room = width.saturating_sub(digits + 2 + TOUCHED);
        let fits = |parts: &usize| {
            let narrow = columns(map.domain).iter().filter(|first| is_narrow(**first)).count();
            (columns(map.domain).len() - narrow) * (parts + 1) + 2 * narrow <= room + 1
        };
        Self { digits, parts: [PLACES, PLACES / 2, 2].into_iter().find(fits).unwrap_or(1) }
    }

    fn width(&self, first: u8) -> usize {
        if is_narrow(first) { 1 } else { self.parts }
    }

    fn head(&self, map: &CoverageMap) -> String {
        let mut line = format!("{:>width$}  ", "digits", width = self.digits);
        for first in columns(map.domain) {
            let _ = write!(line, "{:width$} ", char::from(*first), width = self.width(*first));
        }
        format!("{line}{:>6}\n", "share")
    }

    fn row(&self, row: &Row, map: &CoverageMap, (letters, color): (&[char], bool)) -> String {
        let mut line = format!("{:>width$}  ", row.digits(), width = self.digits);
        for places in cells(row, map.domain, |first| self.width(first)) {
            for place in &places {
                line += &cell(*place, letters, color);
            }
            line.push(' ');
        }
        let touched = percent(row.touched());
        format!("{line}{touched:>6}\n")
    }
}

/// A percentage in at most six columns.
fn percent(share: String) -> String {
    match share {
        long if long.starts_with("less") => "<0.1 %".to_owned(),
        long if long.starts_with("more") => ">99.9%".to_owned(),
        short => short,
    }
}

/// Whether the column of a first character has only one cell.
fn is_narrow(first: u8) -> bool {
    first == b'*' || first == b'#'
}

/// A capital letter if a rule gets at least half of a cell, else a small letter.
fn cell(place: Option<Holder>, letters: &[char], color: bool) -> String {
    let Some(holder) = place else {
        return styled(if color { Style::new().dimmed() } else { Style::new() }, "·");
    };
    let letter = letters[holder.rule];
    let shade = Ansi256Color(COLORS[letter as usize % COLORS.len()]);
    let style = match (color, holder.is_most) {
        (false, _) => Style::new(),
        (true, true) => BLACK.on(shade),
        (true, false) => shade.on_default(),
    };
    styled(style, if holder.is_most { letter } else { letter.to_ascii_lowercase() })
}

fn rules(map: &CoverageMap, letters: &[char], width: usize) -> String {
    let head = ["", "rule", "digits", "numbers", "won", "where"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let shown = map.rules.iter().zip(letters).take(ROWS);
    let numbers: Vec<String> = shown.clone().map(|(written, _)| numbers(written)).collect();
    let widest = numbers.iter().map(String::len).max().unwrap_or(0);
    for ((written, letter), numbers) in shown.zip(numbers) {
        rows.push(vec![
            letter.to_string(),
            escaped(&written.name),
            written.lengths(),
            format!("{numbers:>widest$}"),
            written.part(),
            escaped(&written.place),
        ]);
    }
    let mut text = table(&rows);
    if text.lines().any(|line| line.chars().count() > width) {
        rows.iter_mut().for_each(|row| row.truncate(head.len() - 1));
        text = table(&rows);
    }
    if let Some(more @ 1..) = map.rules.len().checked_sub(ROWS) {
        let _ = writeln!(text, "  and {more} more; `--format json` has all of them");
    }
    text + "\n  ·  unchanged    A  at least half of the numbers    a  some of them\n"
}

fn numbers(written: &WrittenRule) -> String {
    match &written.numbers {
        Some(numbers) => grouped(&numbers.to_string()),
        None => "without end".to_owned(),
    }
}
