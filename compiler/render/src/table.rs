//! Tables for a terminal.

use std::fmt::Write;

use anstyle::Style;

/// A table with aligned columns. Two spaces precede each column. Numbers are aligned to the right.
pub fn table(rows: &[Vec<String>]) -> String {
    styled_table(rows, |_, _| Style::new()).0
}

/// As [`table`], with a style for each cell, chosen by row and column. Also returns the width of
/// the widest line in columns.
pub fn styled_table(
    rows: &[Vec<String>],
    style: impl Fn(usize, usize) -> Style,
) -> (String, usize) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    let mut widest = 0;
    for (at, row) in rows.iter().enumerate() {
        // where the next cell begins, and where the last one ended
        let (mut start, mut end) = (0, 0);
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let length = cell.chars().count();
            let indent = if is_number(cell) { width - length } else { 0 };
            if !cell.trim().is_empty() {
                let (blanks, style) = (start + 2 + indent - end, style(at, column));
                let _ = write!(text, "{:blanks$}{style}{cell}{style:#}", "");
                end = start + 2 + indent + length;
            }
            start += 2 + width;
        }
        text.push('\n');
        widest = widest.max(end);
    }
    (text, widest)
}

fn is_number(cell: &str) -> bool {
    cell.starts_with(|c: char| c.is_ascii_digit()) && cell.contains(',')
}
