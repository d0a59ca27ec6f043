//! The authentication schemes of `WWW-Authenticate` (RFC 9110, section 11.6.1).

/// The most schemes that are kept.
const MAX_SCHEMES: usize = 16;

/// The most characters of a scheme.
const MAX_SCHEME: usize = 40;

/// The schemes of these values, in lower case, each once.
pub(super) fn of(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut schemes: Vec<String> = Vec::new();
    for value in values {
        for part in outside_quotes(&value) {
            let word = part.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            let is_scheme = !word.is_empty()
                && word.len() <= MAX_SCHEME
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if is_scheme && !schemes.contains(&word) && schemes.len() < MAX_SCHEMES {
                schemes.push(word);
            }
        }
    }
    schemes
}

/// The parts between commas that are not in quotes.
fn outside_quotes(value: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut is_quoted, mut is_escaped) = (0, false, false);
    for (index, character) in value.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                parts.push(&value[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn schemes_are_found_among_parameters() {
        let values = [
            "Negotiate, NTLM",
            r#"Basic realm="a, Digest b\", Bearer", charset="UTF-8""#,
            r#"Bearer client_id="x", trusted_issuers="y", authorization_uri="z""#,
            "NTLM",
            "",
        ];
        let schemes = of(values.into_iter().map(str::to_owned));
        assert_eq!(schemes, ["negotiate", "ntlm", "basic", "bearer"]);
    }
}
