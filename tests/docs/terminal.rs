//! Terminal sessions as SVG, for light and for dark pages.
//!
//! A session is the text of a console block with the escape sequences for colors. Equal sessions
//! give equal bytes. A media query replaces the colors on dark pages.

use std::fmt::Write;

/// Width of a character, in pixels: 0.6 of the font size of 14.
const CHARACTER: f64 = 8.4;

/// Height of a line, in pixels.
const LINE: usize = 19;

/// Space between the text and the window, in pixels.
const MARGIN: usize = 18;

/// Height of the bar above the text, in pixels.
const BAR: usize = 34;

/// Columns of a drawing whose lines are all shorter.
const MIN_COLUMNS: usize = 72;

/// The style sheet, without variables, which not every reader of SVG knows.
const STYLE: &str = "\
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;\
fill:#1f2328;white-space:pre}\
.page{fill:#fff;stroke:#d0d7de}.bar{fill:#f6f8fa}.dot{fill:#d0d7de}.bold{font-weight:600}\
.dim{fill:#656d76}.red{fill:#c4161c}.blue{fill:#0550ae}.green{fill:#116329}\
.yellow{fill:#7d4e00}.cyan{fill:#0b6b77}.magenta{fill:#8250df}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117;stroke:#30363d}\
.bar{fill:#161b22}.dot{fill:#30363d}.dim{fill:#8b949e}.red{fill:#ff7b72}.blue{fill:#79c0ff}\
.green{fill:#7ee787}.yellow{fill:#e3b341}.cyan{fill:#76e3ea}.magenta{fill:#d2a8ff}}";

/// How a run of characters is shown.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    is_bold: bool,
    /// The class of the color; `None` for the color of text.
    color: Option<&'static str>,
}

/// The drawing of a session, with `title` for readers that show no pictures.
pub(crate) fn svg(title: &str, session: &str) -> String {
    let lines: Vec<&str> = session.lines().collect();
    let columns = lines.iter().map(|line| without_escapes(line).chars().count()).max();
    let columns = columns.unwrap_or(0).max(MIN_COLUMNS);
    let width = f64::from(u16::try_from(columns).unwrap_or(u16::MAX)) * CHARACTER;
    let width = width.ceil() + 36.0;
    let height = BAR + 2 * MARGIN + lines.len() * LINE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n\
         <path class=\"bar\" d=\"M1 {BAR}V9q0-8 8-8h{}q8 0 8 8v{}z\"/>\n",
        escaped(title),
        width - 1.0,
        height - 1,
        width - 18.0,
        BAR - 9
    );
    for x in [20, 38, 56] {
        let _ = writeln!(svg, "<circle class=\"dot\" cx=\"{x}\" cy=\"17\" r=\"5\"/>");
    }
    let mut style = Style::default();
    for (at, line) in lines.iter().enumerate() {
        let y = BAR + MARGIN + at * LINE + 13;
        let text = text(line, &mut style);
        let _ =
            writeln!(svg, "<text xml:space=\"preserve\" x=\"{MARGIN}\" y=\"{y}\">{text}</text>");
    }
    svg + "</svg>\n"
}

/// A text without its escape sequences for colors.
pub(crate) fn without_escapes(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += part.split_once('m').map_or(part, |(_, rest)| rest);
    }
    plain
}

/// A command after its prompt, an exit status, or a line of output.
fn text(line: &str, style: &mut Style) -> String {
    let dim = Style { color: Some("dim"), is_bold: false };
    let bold = Style { color: None, is_bold: true };
    match line.strip_prefix("$ ") {
        Some(command) => span("$ ", dim) + &span(command, bold),
        None if line.starts_with("[exit ") => span(line, dim),
        None => spans(line, style),
    }
}

/// A line of output; `style` continues from line to line, as on a terminal.
fn spans(line: &str, style: &mut Style) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut svg = span(parts.next().unwrap_or_default(), *style);
    for part in parts {
        let (codes, text) = part.split_once('m').unwrap_or(("", part));
        for code in codes.split(';') {
            apply(code, style);
        }
        svg += &span(text, *style);
    }
    svg
}

fn apply(code: &str, style: &mut Style) {
    match code {
        "" | "0" => *style = Style::default(),
        "1" => style.is_bold = true,
        "2" => style.color = Some("dim"),
        "39" => style.color = None,
        "30" | "90" => style.color = Some("dim"),
        "31" | "91" => style.color = Some("red"),
        "32" | "92" => style.color = Some("green"),
        "33" | "93" => style.color = Some("yellow"),
        "34" | "94" => style.color = Some("blue"),
        "35" | "95" => style.color = Some("magenta"),
        "36" | "96" => style.color = Some("cyan"),
        _ => {}
    }
}

fn span(text: &str, style: Style) -> String {
    let bold = style.is_bold.then_some("bold");
    let classes: Vec<&str> = bold.into_iter().chain(style.color).collect();
    match (text.is_empty(), classes.is_empty()) {
        (true, _) => String::new(),
        (false, true) => escaped(text),
        (false, false) => {
            format!("<tspan class=\"{}\">{}</tspan>", classes.join(" "), escaped(text))
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn colors_become_classes_and_markup_is_escaped() {
    let drawing = svg("a", "$ adrc check\n\u{1b}[1m\u{1b}[91merror\u{1b}[0m: <5\n");
    assert!(drawing.contains("<tspan class=\"bold red\">error</tspan>: &lt;5</text>"), "{drawing}");
    assert!(drawing.contains("<tspan class=\"bold\">adrc check</tspan>"), "{drawing}");
}

#[test]
fn escape_sequences_are_removed() {
    assert_eq!(without_escapes("a\u{1b}[1m\u{1b}[91mb\u{1b}[0mc\n"), "abc\n");
}
