//! The `Via` header: the servers that passed a request on.

/// Whether a server with this pseudonym is among those of a `Via` header: a list of elements such
/// as `1.1 adrc (comment)` or `HTTP/1.1 adrc`. See RFC 9110, section 7.6.3.
pub(super) fn names(header: &str, pseudonym: &str) -> bool {
    elements(header).iter().any(|element| {
        let mut words = element.split_ascii_whitespace();
        let (_version, received_by) = (words.next(), words.next());
        received_by.is_some_and(|name| name.eq_ignore_ascii_case(pseudonym))
    })
}

/// The elements without their comments, which may hold commas and further comments.
fn elements(header: &str) -> Vec<String> {
    let mut elements = Vec::new();
    let mut element = String::new();
    let (mut depth, mut is_escaped) = (0_usize, false);
    for c in header.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if depth > 0 => is_escaped = true,
            '(' => {
                depth += 1;
                element.push(' ');
            }
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ',' => elements.push(std::mem::take(&mut element)),
            _ => element.push(c),
        }
    }
    elements.push(element);
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonym_is_found_anywhere_in_the_list() {
        for header in [
            "1.1 adrc",
            "1.1 adrc, 1.1 squid",
            "1.0 fred, 1.1 adrc",
            "1.0 fred,1.1 adrc",
            "1.1 adrc (x)",
            "1.1 adrc(x)",
            "HTTP/1.1 ADRC",
            "1.0 a (b, \\) c), , 1.1\tadrc",
        ] {
            assert!(names(header, "adrc"), "{header}");
        }
        for header in
            ["", "1.1 squid", "1.1 adrc2", "adrc", "1.1 x (, 1.1 adrc)", "1.1 adrc.example.com"]
        {
            assert!(!names(header, "adrc"), "{header}");
        }
    }
}
