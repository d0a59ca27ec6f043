//! Thresholds of `clippy.toml` belong to enabled lints.

use crate::no_complaints;

#[test]
fn threshold_belongs_to_an_enabled_lint() {
    let settings: toml::Table = adr_tests::text("clippy.toml").parse().expect("TOML");
    let root: toml::Table = adr_tests::text("Cargo.toml").parse().expect("TOML");
    let lints = root["workspace"]["lints"]["clippy"].as_table().expect("lints");
    let unused = settings.keys().filter_map(|key| {
        let lint = key.strip_suffix("-threshold")?.replace('-', "_");
        (!lints.contains_key(&lint)).then_some((key, lint))
    });
    let complaint = |(key, lint): (&String, String)| {
        let line = line_of(key);
        format!(
            "clippy.toml:{line}: `{key}` has no effect; write `{lint} = \"warn\"` in Cargo.toml"
        )
    };
    no_complaints(&unused.map(complaint).collect::<Vec<_>>());
}

#[test]
fn function_limits_are_80_lines_and_5_parameters() {
    let settings: toml::Table = adr_tests::text("clippy.toml").parse().expect("TOML");
    assert_eq!(settings["too-many-lines-threshold"].as_integer(), Some(80));
    assert_eq!(settings["too-many-arguments-threshold"].as_integer(), Some(5));
}

fn line_of(key: &str) -> usize {
    let text = adr_tests::text("clippy.toml");
    text.lines().position(|line| line.starts_with(key)).map_or(0, |at| at + 1)
}
