//! Versions of AXL.

/// Schema versions that a release supports, newest first.
pub(crate) const VERSIONS: [(&str, &[&str]); 7] = [
    ("15", &["15.0", "14.0", "12.5", "12.0"]),
    ("14", &["14.0", "12.5", "12.0", "11.5", "11.0"]),
    ("12", &["12.5", "12.0", "11.5", "11.0", "10.5", "10.0"]),
    ("11", &["11.5", "11.0", "10.5", "10.0", "9.1", "9.0"]),
    ("10", &["10.5", "10.0", "9.1", "9.0", "8.5"]),
    ("9", &["9.1", "9.0", "8.5", "8.0"]),
    ("8", &["8.5", "8.0"]),
];

/// A schema version as a pair of numbers; `(0, 0)` if it is not one.
pub(crate) fn version_number(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}
