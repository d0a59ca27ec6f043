//! Charts of measurements as SVG, readable on light and on dark pages.
//!
//! A chart has lines over two axes, each logarithmic or linear. Every line is named at its end, so
//! a legend is not needed. A guide is a dashed line without marks, for a limit or a growth rate.
//! Equal charts give equal bytes.
//!
//! ```
//! use adr_tests::chart::{Axis, Chart, Line, count, nanoseconds};
//!
//! let mut chart = Chart::new("Time to sort", Axis::log("numbers", count), Axis::log("time", nanoseconds));
//! chart.lines.push(Line::new("slice::sort", &[(1e3, 12e3), (1e6, 60e6)]));
//! chart.lines.push(Line::guide("n", &[(1e3, 12e3), (1e6, 12e6)]));
//! assert!(chart.svg().starts_with("<svg "));
//! ```

use std::fmt::Write;

use adr_render::text::grouped;

/// Size of the drawing, in pixels.
const SIZE: (f64, f64) = (840.0, 460.0);

/// Edges of the plot area: left, right, top, bottom.
const FIELD: (f64, f64, f64, f64) = (84.0, 620.0, 64.0, 396.0);

/// Minimum distance between two names at the right edge, in pixels.
const NAME_HEIGHT: f64 = 17.0;

/// Colors in the order of the lines, for light and for dark pages. Lines also differ by mark and
/// name.
const COLORS: [(&str, &str); 6] = [
    ("#1f5fc4", "#7fb0ff"),
    ("#b4500b", "#ff9f5a"),
    ("#0b7a6f", "#4fd1c0"),
    ("#9c2f86", "#ef8fd8"),
    ("#6b5b00", "#d9c34a"),
    ("#5a5f6b", "#aab0bd"),
];

/// Lines over two axes.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The title.
    pub title: String,
    /// A line below the title, such as the machine and the date. May be empty.
    pub note: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The lines; the first is drawn last, on top of the others.
    pub lines: Vec<Line>,
}

/// One axis.
#[derive(Clone, Debug)]
pub struct Axis {
    title: String,
    scale: Scale,
    label: fn(f64) -> String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// Logarithmic, between powers of ten.
    Log,
    /// Linear, from zero.
    Linear,
}

/// One line: its name, and its points from left to right.
#[derive(Clone, Debug)]
pub struct Line {
    name: String,
    points: Vec<(f64, f64)>,
    is_guide: bool,
}

impl Axis {
    /// A logarithmic axis; values must be positive.
    #[must_use]
    pub fn log(title: &str, label: fn(f64) -> String) -> Self {
        Self { title: title.to_owned(), scale: Scale::Log, label }
    }

    /// A linear axis that begins at zero.
    #[must_use]
    pub fn linear(title: &str, label: fn(f64) -> String) -> Self {
        Self { scale: Scale::Linear, ..Self::log(title, label) }
    }
}

impl Line {
    /// A line with a mark at every point.
    #[must_use]
    pub fn new(name: &str, points: &[(f64, f64)]) -> Self {
        Self { name: name.to_owned(), points: points.to_vec(), is_guide: false }
    }

    /// A dashed line without marks.
    #[must_use]
    pub fn guide(name: &str, points: &[(f64, f64)]) -> Self {
        Self { is_guide: true, ..Self::new(name, points) }
    }
}

/// A count with commas: `1,000,000`.
#[must_use]
pub fn count(value: f64) -> String {
    grouped(&format!("{value:.0}"))
}

/// A time in nanoseconds, in a suitable unit.
#[must_use]
pub fn nanoseconds(value: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let (size, unit) = units.into_iter().find(|(size, _)| value >= *size).unwrap_or((1.0, "ns"));
    format!("{} {unit}", plain(value / size))
}

/// A number without trailing zeros.
#[must_use]
pub fn plain(value: f64) -> String {
    format!("{}", (value * 1_000.0).round() / 1_000.0)
}

impl Chart {
    /// An empty chart.
    #[must_use]
    pub fn new(title: &str, x: Axis, y: Axis) -> Self {
        Self { title: title.to_owned(), note: String::new(), x, y, lines: Vec::new() }
    }

    /// The chart as SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let (left, right, top, bottom) = FIELD;
        let x = Ruler::over(self.x.scale, points().map(|point| point.0), (left, right));
        let y = Ruler::over(self.y.scale, points().map(|point| point.1), (bottom, top));
        let mut svg = self.head();
        self.axes(&mut svg, &x, &y);
        for (at, line) in self.lines.iter().enumerate().rev() {
            let places = line.points.iter().map(|(a, b)| (x.at(*a), y.at(*b)));
            line.draw(&mut svg, at, &places.collect::<Vec<_>>());
        }
        self.names(&mut svg, &x, &y);
        svg + "</svg>\n"
    }

    fn head(&self) -> String {
        let (width, height) = SIZE;
        let mut light = String::new();
        let mut dark = String::new();
        for (at, (on_light, on_dark)) in COLORS.iter().enumerate() {
            let _ = write!(light, ".c{at}{{color:{on_light}}}");
            let _ = write!(dark, ".c{at}{{color:{on_dark}}}");
        }
        let title = escaped(&self.title);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n\
             <style>\n\
             text{{font:13px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#20242c}}\n\
             .title{{font-size:17px;font-weight:600}} .soft{{fill:#5a5f6b;font-size:12px}}\n\
             .page{{fill:#fff}} .grid{{stroke:#e3e6ea}} .axis{{stroke:#8a909c}} .guide{{stroke:#5a5f6b}}\n\
             {light}\n\
             @media (prefers-color-scheme:dark){{\n\
             text{{fill:#e8eaee}} .soft{{fill:#aab0bd}} .page{{fill:#14171c}} .grid{{stroke:#2c313a}} .axis{{stroke:#767d8a}} .guide{{stroke:#aab0bd}}\n\
             {dark}\n\
             }}\n\
             </style>\n\
             <rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n\
             <text class=\"title\" x=\"20\" y=\"28\">{title}</text>\n\
             <text class=\"soft\" x=\"20\" y=\"46\">{}</text>\n",
            escaped(&self.note)
        )
    }

    fn axes(&self, svg: &mut String, x: &Ruler, y: &Ruler) {
        let (left, right, top, bottom) = FIELD;
        for tick in x.ticks() {
            let (at, label) = (x.at(tick), escaped(&(self.x.label)(tick)));
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{at:.1} {top}V{bottom}\"/>\
                 <text class=\"soft\" x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
                bottom + 18.0
            );
        }
        for tick in y.ticks() {
            let (at, label) = (y.at(tick), escaped(&(self.y.label)(tick)));
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{left} {at:.1}H{right}\"/>\
                 <text class=\"soft\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                left - 8.0,
                at + 4.0
            );
        }
        let middle = (top + bottom) / 2.0;
        let _ = write!(
            svg,
            "<path class=\"axis\" fill=\"none\" d=\"M{left} {top}V{bottom}H{right}\"/>\n\
             <text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n\
             <text class=\"soft\" transform=\"translate(20 {middle}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
            (left + right) / 2.0,
            bottom + 42.0,
            escaped(&self.x.title),
            escaped(&self.y.title),
        );
    }

    /// Writes the names: at the right edge, one below the other, or at the end of a shorter line.
    fn names(&self, svg: &mut String, x: &Ruler, y: &Ruler) {
        let ends = self.lines.iter().filter_map(|line| line.points.last());
        let right = ends.map(|last| x.at(last.0)).fold(FIELD.0, f64::max);
        let mut at_edge = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let Some(last) = line.points.last() else {
                continue;
            };
            let (end_x, end_y) = (x.at(last.0), y.at(last.1));
            if end_x > right - 1.0 {
                at_edge.push((end_y, at));
            } else {
                line.name(svg, at, (end_x + 10.0, end_y - 8.0));
            }
        }
        at_edge.sort_by(|a, b| a.0.total_cmp(&b.0));
        let lowest = FIELD.3 - NAME_HEIGHT * (at_edge.len() as f64 - 1.0);
        let mut free = f64::MIN;
        for (nth, (end_y, at)) in at_edge.into_iter().enumerate() {
            let place = end_y.max(free).min(lowest + NAME_HEIGHT * nth as f64);
            self.lines[at].name(svg, at, (right + 14.0, place));
            free = place + NAME_HEIGHT;
        }
    }
}

impl Line {
    fn draw(&self, svg: &mut String, at: usize, places: &[(f64, f64)]) {
        let color = at % COLORS.len();
        let mut path = String::new();
        for (x, y) in places {
            let turn = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{turn}{x:.1} {y:.1}");
        }
        if self.is_guide {
            let _ = writeln!(
                svg,
                "<path class=\"guide\" fill=\"none\" stroke-width=\"1.2\" stroke-dasharray=\"5 4\" d=\"{path}\"/>"
            );
            return;
        }
        let _ = write!(
            svg,
            "<g class=\"c{color}\"><path fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.2\" stroke-linejoin=\"round\" d=\"{path}\"/>"
        );
        for place in places {
            mark(svg, at, *place);
        }
        svg.push_str("</g>\n");
    }

    fn name(&self, svg: &mut String, at: usize, (x, y): (f64, f64)) {
        let name = escaped(&self.name);
        if self.is_guide {
            let _ = writeln!(
                svg,
                "<text class=\"soft\" x=\"{x:.1}\" y=\"{:.1}\">{name}</text>",
                y + 4.0
            );
            return;
        }
        let _ = write!(svg, "<g class=\"c{}\">", at % COLORS.len());
        mark(svg, at, (x + 2.0, y));
        let _ = writeln!(svg, "</g><text x=\"{:.1}\" y=\"{:.1}\">{name}</text>", x + 12.0, y + 4.5);
    }
}

/// Draws the mark of a line: circle, square, diamond or triangle, in rotation.
fn mark(svg: &mut String, line: usize, (x, y): (f64, f64)) {
    let _ = match line % 4 {
        0 => write!(svg, "<circle fill=\"currentColor\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"),
        1 => write!(
            svg,
            "<rect fill=\"currentColor\" x=\"{:.1}\" y=\"{:.1}\" width=\"7\" height=\"7\"/>",
            x - 3.5,
            y - 3.5
        ),
        2 => write!(
            svg,
            "<path fill=\"currentColor\" d=\"M{x:.1} {:.1}l5 5l-5 5l-5 -5z\"/>",
            y - 5.0
        ),
        _ => write!(svg, "<path fill=\"currentColor\" d=\"M{x:.1} {:.1}l5 9h-10z\"/>", y - 5.0),
    };
}

/// Maps values to pixels.
struct Ruler {
    scale: Scale,
    /// The smallest and the largest value, or their logarithms.
    values: (f64, f64),
    pixels: (f64, f64),
}

impl Ruler {
    fn over(scale: Scale, values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> Self {
        let (least, most) = values
            .fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
        let values = match scale {
            Scale::Log => {
                let least = (least.log10() + 1e-9).floor();
                (least, (most.log10() - 1e-9).ceil().max(least + 1.0))
            }
            Scale::Linear => {
                let step = step(most);
                (0.0, (most / step).ceil() * step)
            }
        };
        Self { scale, values, pixels }
    }

    fn at(&self, value: f64) -> f64 {
        let value = match self.scale {
            Scale::Log => value.log10(),
            Scale::Linear => value,
        };
        let share = (value - self.values.0) / (self.values.1 - self.values.0);
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }

    fn ticks(&self) -> Vec<f64> {
        let (least, most) = self.values;
        match self.scale {
            Scale::Log => (least as i32..=most as i32).map(|power| 10f64.powi(power)).collect(),
            Scale::Linear => {
                let step = step(most);
                (0..=(most / step).round() as u32).map(|tick| f64::from(tick) * step).collect()
            }
        }
    }
}

/// A round step that divides a value into about five parts.
fn step(most: f64) -> f64 {
    let power = 10f64.powf((most / 5.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
    let enough = |step: &f64| most / step <= 7.0;
    steps.into_iter().find(enough).unwrap_or(10.0 * power)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
