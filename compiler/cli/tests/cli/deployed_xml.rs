//! Deployed XML files that strain an analysis: nested, repeated and unusual rows.

/// One row of a deployed file; its prefix is 9.
pub(crate) fn row(begins_with: &str, digits: &str, remove: &str) -> String {
    format!(
        "<DialRule BeginsWith=\"{begins_with}\" NumDigits=\"{digits}\" DigitsToRemove=\"{remove}\" PrefixWith=\"9\"/>"
    )
}

/// A deployed file with these rows.
pub(crate) fn file(rows: &str) -> String {
    format!("<DialRules>{rows}</DialRules>")
}

/// A hundred rows with one effect. Each row matches a part of the numbers of the next row.
pub(crate) fn nested() -> String {
    let long = "1".repeat(100);
    let row = |length| row(&long[..length], "100", "0");
    file(&(1..=100).rev().map(row).collect::<String>())
}

/// Values that a client accepts and CUCM does not: negative, above 32 bits, any length, characters
/// that cannot be dialed, and a begins-with that is longer than its numbers.
pub(crate) fn client_only() -> String {
    let rows = [
        row("12", "-3", "-1"),
        row("123", "2", "0"),
        row("é*", "4294967296", "1"),
        row("", "0", "2147483648"),
    ];
    file(&rows.concat())
}

/// The same row 20,000 times.
pub(crate) fn repeated() -> String {
    file(&row("555", "7", "0").repeat(20_000))
}
