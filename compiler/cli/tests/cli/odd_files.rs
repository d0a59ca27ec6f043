//! Deployed files that are a trial for every analysis.

/// One rule as it stands in a file; its prefix is 9.
pub(crate) fn row(begins_with: &str, digits: &str, remove: &str) -> String {
    format!(
        "<DialRule BeginsWith=\"{begins_with}\" NumDigits=\"{digits}\" DigitsToRemove=\"{remove}\" PrefixWith=\"9\"/>"
    )
}

/// A file of rows.
pub(crate) fn file(rows: &str) -> String {
    format!("<DialRules>{rows}</DialRules>")
}

/// A hundred rules, each inside the next one, all of which do the same.
pub(crate) fn chain() -> String {
    let long = "1".repeat(100);
    let row = |length| row(&long[..length], "100", "0");
    file(&(1..=100).rev().map(row).collect::<String>())
}

/// Values that only a client accepts: negative, above 32 bits, for any length, strange characters,
/// a begins-with longer than its numbers.
pub(crate) fn odd() -> String {
    let rows = [
        row("12", "-3", "-1"),
        row("123", "2", "0"),
        row("é*", "4294967296", "1"),
        row("", "0", "2147483648"),
    ];
    file(&rows.concat())
}

/// Twenty thousand times the same rule.
pub(crate) fn equal() -> String {
    file(&row("555", "7", "0").repeat(20_000))
}
