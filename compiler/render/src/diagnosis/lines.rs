//! Lines of a text that is wrapped at words and indented.

/// The least width of a text, whatever the indent.
const LEAST: usize = 20;

/// Wraps a text between words to lines of at most `width` columns, of which the first `indent` are
/// blank. A longer word has a line of its own. The result has a final line end unless it is empty.
pub(super) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let width = width.max(indent + LEAST);
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            lines.push('\n');
            column = 0;
        }
        match column {
            0 => {
                lines.push_str(&" ".repeat(indent));
                column = indent;
            }
            _ => {
                lines.push(' ');
                column += 1;
            }
        }
        lines.push_str(word);
        column += length;
    }
    if column > 0 {
        lines.push('\n');
    }
    lines
}

/// A label in its column, and a text that is wrapped beside it.
pub(super) fn labeled(label: &str, text: &str, indent: usize, width: usize) -> String {
    let lines = wrapped(text, indent, width);
    format!("  {label:<fill$}{}", lines.get(indent..).unwrap_or("\n"), fill = indent - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_text_keeps_its_width_and_words() {
        let text = "the name of the gateway is compared with the common name exactly";
        let lines = wrapped(text, 4, 30);
        assert!(lines.lines().all(|line| line.len() <= 30 && line.starts_with("    ")), "{lines}");
        assert_eq!(lines.split_whitespace().collect::<Vec<_>>().join(" "), text);
        assert_eq!(wrapped("", 4, 30), "");
    }

    #[test]
    fn labeled_text_starts_beside_its_label() {
        assert_eq!(labeled("cause", "a b", 10, 40), "  cause   a b\n");
        assert_eq!(labeled("cause", "", 10, 40), "  cause   \n");
    }
}
