//! Pieces of HTML: escaped text, tables, facts, and words for times.

use std::fmt::{Display, Write};
use std::time::{Duration, SystemTime};

/// Text with the special characters of HTML escaped, also for use within quotes. Control characters
/// other than tabs and line ends, and those that change the direction of writing, become U+FFFD.
pub(super) struct Escaped<'t>(pub(super) &'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_char(c)?,
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => f.write_char('\u{fffd}')?,
                c if c.is_control() => f.write_char('\u{fffd}')?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The head of a column.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Text(&'static str),
    /// Aligned to the right.
    Number(&'static str),
}

/// Begins a table that can be scrolled by keyboard if it is wider than the window.
pub(super) fn table(html: &mut String, caption: &str, columns: &[Column]) {
    let _ = write!(
        html,
        "<div class=\"wide\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\"><table>\n<caption>{caption}</caption>\n<thead><tr>"
    );
    for column in columns {
        let (class, name) = match column {
            Column::Text(name) => ("", name),
            Column::Number(name) => (" class=\"number\"", name),
        };
        let _ = write!(html, "<th scope=\"col\"{class}>{name}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
}

/// Ends a table.
pub(super) const TABLE_END: &str = "</tbody>\n</table></div>\n";

/// Begins a section with a heading; links of the page lead to its `id`.
pub(super) fn section(html: &mut String, id: &str, heading: &str) {
    let _ = writeln!(
        html,
        "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{heading}</h2>"
    );
}

/// A name and its value, in a list of facts.
pub(super) fn fact(html: &mut String, name: &str, value: impl Display) {
    let _ = writeln!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
}

/// "1 file", "2 files".
pub(super) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// "12 ms", "3.4 s".
pub(super) fn duration(time: Duration) -> String {
    match time.as_millis() {
        milliseconds @ 0..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// The time since `at`, as [`seconds`] words it.
pub(super) fn age(at: SystemTime, now: SystemTime) -> String {
    seconds(now.duration_since(at).unwrap_or_default())
}

/// "4 s", "3 min", "5 h", "2 d".
pub(super) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The time after 1970 of the last second that a date can be written for.
const LAST_DATE: Duration = Duration::from_secs(253_402_300_799);

/// "25 Nov 2026 02:03:11 GMT", from the HTTP date.
pub(super) fn moment(at: SystemTime) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    if since > LAST_DATE {
        return "after the year 9999".to_owned();
    }
    let text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since);
    text.split_once(", ").map_or_else(|| text.clone(), |(_, rest)| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_has_no_markup() {
        let text = "<script>\"a\" & 'b'</script>";
        let escaped = Escaped(text).to_string();
        assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
        assert_eq!(Escaped("a\u{202e}b\u{1b}[1m\n").to_string(), "a\u{fffd}b\u{fffd}[1m\n");
    }

    #[test]
    fn age_is_rounded_to_one_unit() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (seconds, words) in
            [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d")]
        {
            assert_eq!(age(now - Duration::from_secs(seconds), now), words);
        }
        assert_eq!(age(now + Duration::from_secs(5), now), "0 s");
    }

    #[test]
    fn moment_of_any_time_has_words() {
        let at = |seconds| moment(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(1_772_323_200), "01 Mar 2026 00:00:00 GMT");
        assert_eq!(at(253_402_300_799), "31 Dec 9999 23:59:59 GMT");
        assert_eq!(at(253_402_300_800), "after the year 9999");
        assert_eq!(at(1 << 40), "after the year 9999");
    }
}
