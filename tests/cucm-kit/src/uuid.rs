//! UUIDs and secrets that are made from texts.

/// The UUID of an object that is known by its name only, such as a partition.
pub(crate) fn uuid_of(name: &str) -> String {
    let digits = digest(name);
    let part = |from, to| &digits[from..to];
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

/// 64 upper-case hexadecimal digits.
pub(crate) fn digest(text: &str) -> String {
    use sha2::Digest as _;
    let bytes = sha2::Sha256::digest(text.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
