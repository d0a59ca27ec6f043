//! Coverage as an SVG picture: a row for each length, a column for each first character, and nested
//! boxes for the characters that follow.

use std::collections::HashSet;
use std::fmt::Write;

use adr_analysis::{Domain, Region};
use num_bigint::BigUint;

use super::grid::columns;
use super::map::{CoverageMap, Row, WrittenRule};

use crate::text::{count, escaped, grouped};

const LEFT: f64 = 76.0;
const RIGHT: f64 = 134.0;
const TOP: f64 = 92.0;
const COLUMN: f64 = 92.0;
const ROW: f64 = 46.0;
const GAP: f64 = 4.0;
const LEGEND: f64 = 22.0;

/// The smallest visible box.
const SMALLEST: f64 = 4.0;

/// Most boxes of one row. Further boxes would be too small to be visible.
const BOXES: usize = 4_000;

/// Most rules in the legend.
const NAMED: usize = 60;

/// Colors of rules. The next rules have the same colors with stripes, and all others share one
/// color.
const COLORS: [&str; 10] = [
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#edc948", "#b07aa1", "#ff9da7",
    "#9c755f", "#86bcb6",
];

/// The colors of the picture in light mode and in dark mode.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#222}\
.t{font-size:18px;font-weight:600}.s{fill:#666}.n{font-variant-numeric:tabular-nums;text-anchor:end}.m{text-anchor:middle}\
.b{fill:#fff}.u{fill:#d9d9d9}.o{fill:#777}.l{stroke:#fff;stroke-width:2;opacity:.55}\
@media(prefers-color-scheme:dark){text{fill:#e6e6e6}.s{fill:#9a9a9a}.b{fill:#16181c}.u{fill:#3a3d42}.o{fill:#a0a0a0}}";

/// A rectangle of the picture.
#[derive(Clone, Copy)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// The whole picture.
pub fn to_svg(map: &CoverageMap) -> String {
    let columns = columns(map.domain);
    let colors = map.chosen(2 * COLORS.len());
    let named = map.rules.len().min(NAMED);
    let picture = TOP + map.rows.len() as f64 * (ROW + GAP) + 26.0;
    let width = LEFT + columns.len() as f64 * (COLUMN + GAP) + RIGHT;
    let height = picture + ((named + 3) as f64 / 2.0).ceil() * LEGEND + 24.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n{patterns}\
         <rect class=\"b\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"t\" x=\"20\" y=\"34\">{title}</text>\n\
         <text class=\"s\" x=\"20\" y=\"56\">{every}: rows are lengths, columns first digits, boxes within boxes what follows</text>\n",
        title = marked_up(&map.title),
        patterns = patterns(),
        every = marked_up(&map.every),
    );
    for (at, first) in columns.iter().enumerate() {
        let x = LEFT + at as f64 * (COLUMN + GAP) + COLUMN / 2.0;
        let _ = writeln!(
            svg,
            "<text class=\"m\" x=\"{x}\" y=\"{}\">{}</text>",
            TOP - 8.0,
            char::from(*first)
        );
    }
    let _ = writeln!(
        svg,
        "<text class=\"s n\" x=\"{}\" y=\"{}\">digits</text>",
        LEFT - 10.0,
        TOP - 8.0
    );
    let _ = writeln!(
        svg,
        "<text class=\"s n\" x=\"{}\" y=\"{}\">touched</text>",
        width - 20.0,
        TOP - 8.0
    );
    for (at, row) in map.rows.iter().enumerate() {
        draw_row(row, TOP + at as f64 * (ROW + GAP), (map, &colors, width), &mut svg);
    }
    draw_legend((map, &colors), picture, width, &mut svg);
    svg + "</svg>\n"
}

/// Stripes over a color.
fn patterns() -> String {
    let mut text = String::from("<defs>");
    for (at, color) in COLORS.iter().enumerate() {
        let _ = write!(
            text,
            "<pattern id=\"p{at}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
             <rect width=\"6\" height=\"6\" fill=\"{color}\"/><line class=\"l\" y2=\"6\"/></pattern>"
        );
    }
    text + "</defs>\n"
}

/// The fill of a rule's boxes. The rules with the most numbers have colors.
fn fill(rule: Option<usize>, colors: &[Option<usize>]) -> String {
    let Some(rule) = rule else {
        return "class=\"u\"".to_owned();
    };
    match colors.get(rule).copied().flatten() {
        Some(at) if at < COLORS.len() => format!("fill=\"{}\"", COLORS[at]),
        Some(at) => format!("fill=\"url(#p{})\"", at - COLORS.len()),
        None => "class=\"o\"".to_owned(),
    }
}

fn draw_row(
    row: &Row,
    y: f64,
    (map, colors, width): (&CoverageMap, &[Option<usize>], f64),
    svg: &mut String,
) {
    let middle = y + ROW / 2.0 + 5.0;
    let _ = writeln!(
        svg,
        "<text class=\"n\" x=\"{}\" y=\"{middle}\">{}</text>",
        LEFT - 10.0,
        row.digits()
    );
    let touched = row.touched();
    let _ =
        writeln!(svg, "<text class=\"n\" x=\"{}\" y=\"{middle}\">{touched}</text>", width - 20.0);
    for at in 0..columns(map.domain).len() {
        let area = column(at, y);
        draw_box(area, "class=\"u\"", "", svg);
    }
    let mut seen = HashSet::new();
    // shorter beginnings come first, and longer ones are drawn on top of them
    for region in &row.regions {
        let areas = areas(&region.begins_with, y, map.domain);
        let title = title(region, row, map);
        for area in areas {
            let place = [area.x, area.y, area.width, area.height].map(|at| (at * 2.0) as i64);
            if seen.len() < BOXES && seen.insert((place, region.winner)) {
                draw_box(area, &fill(region.winner, colors), &title, svg);
            }
        }
    }
}

fn column(at: usize, y: f64) -> Area {
    Area { x: LEFT + at as f64 * (COLUMN + GAP), y, width: COLUMN, height: ROW }
}

/// The areas of the numbers that begin with a text; one in each column if the text is empty.
fn areas(text: &[u8], y: f64, domain: Domain) -> Vec<Area> {
    let columns = columns(domain).iter().enumerate();
    let hit = columns.filter(|(_, first)| text.first().is_none_or(|given| given == *first));
    hit.filter_map(|(at, _)| within(column(at, y), text.get(1..).unwrap_or_default(), domain))
        .collect()
}

/// The part of an area for further characters, which divide it alternately from the left and from
/// the top.
fn within(mut area: Area, further: &[u8], domain: Domain) -> Option<Area> {
    let symbols = domain.symbols(1);
    let parts = symbols.len().min(13) as f64;
    for (depth, character) in further.iter().enumerate() {
        let at = symbols.iter().position(|symbol| symbol == character)?;
        let at = at.min(12) as f64;
        if depth % 2 == 0 {
            area.width /= parts;
            area.x += at * area.width;
        } else {
            area.height /= parts;
            area.y += at * area.height;
        }
    }
    area.width = area.width.max(SMALLEST);
    area.height = area.height.max(SMALLEST);
    Some(area)
}

fn draw_box(area: Area, fill: &str, title: &str, svg: &mut String) {
    let Area { x, y, width, height } = area;
    let _ = write!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {fill}"
    );
    let _ = match title {
        "" => writeln!(svg, "/>"),
        _ => writeln!(svg, "><title>{title}</title></rect>"),
    };
}

/// The tooltip of a box.
fn title(region: &Region<'_>, row: &Row, map: &CoverageMap) -> String {
    let rule = match region.winner {
        None => "unchanged".to_owned(),
        Some(rule) => map.rules[rule].name.clone(),
    };
    let begins_with = String::from_utf8_lossy(&region.begins_with);
    let begins_with = if begins_with.is_empty() { "anything" } else { &begins_with };
    let else_ = if region.except.is_empty() { "" } else { ", else" };
    let count = region.count(map.domain);
    let count = count.map_or("numbers without end".to_owned(), |count| numbers(&count));
    let digits = row.digits();
    let plural = if digits == "1" { "" } else { "s" };
    marked_up(&format!("{begins_with}{else_}, {digits} digit{plural}: {rule}, {count}"))
}

fn draw_legend(
    (map, colors): (&CoverageMap, &[Option<usize>]),
    top: f64,
    width: f64,
    svg: &mut String,
) {
    let shown = map.rules.iter().enumerate().take(NAMED);
    let mut entries: Vec<(Option<usize>, String)> =
        shown.map(|(at, written)| (Some(at), legend(written))).collect();
    if map.rules.len() > NAMED {
        entries.push((Some(NAMED), count(map.rules.len() - NAMED, "more rule")));
    }
    entries.push((None, "unchanged".to_owned()));
    let half = entries.len().div_ceil(2);
    for (at, (rule, words)) in entries.iter().enumerate() {
        let x = if at < half { 20.0 } else { 20.0 + (width - 40.0) / 2.0 };
        let y = top + (at % half) as f64 * LEGEND;
        draw_box(Area { x, y, width: 14.0, height: 14.0 }, &fill(*rule, colors), "", svg);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\">{}</text>",
            x + 22.0,
            y + 12.0,
            marked_up(words)
        );
    }
}

fn legend(written: &WrittenRule) -> String {
    let gets = match (&written.numbers, written.part()) {
        _ if !written.wins() => "none".to_owned(),
        (None, _) => "numbers without end".to_owned(),
        (Some(count), part) => format!("{}, {part} won", numbers(count)),
    };
    format!("{} ({}): {gets}", written.name, written.lengths())
}

/// "1 number", "2,000 numbers".
fn numbers(count: &BigUint) -> String {
    let plural = if *count == BigUint::from(1_u8) { "" } else { "s" };
    format!("{} number{plural}", grouped(&count.to_string()))
}

/// A text escaped for XML.
fn marked_up(text: &str) -> String {
    let text = escaped(text).replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}
