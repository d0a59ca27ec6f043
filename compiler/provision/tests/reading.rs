//! Properties of the readers: no input makes them panic, and they take time in proportion to it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite measures time, and fails by panicking"
)]

use std::time::{Duration, Instant};

use adr_diagnostic::Sources;
use adr_provision::{
    Change, ClientFile, Content, Expected, Key, MAX_LINE_FINDINGS, MAX_VALUES, Names, Profile,
    RegistryData, Verdict, read_client_file,
};
use proptest::prelude::*;

const HEADER: &str = "Windows Registry Editor Version 5.00\r\n\r\n";

fn read(name: &str, bytes: &[u8]) -> ClientFile {
    read_client_file(name, bytes, &mut Sources::new())
}

/// The values that a file sets.
fn values(file: &ClientFile) -> Vec<(String, RegistryData)> {
    let Some(Content::Registry(changes)) = &file.content else { panic!("{file:?}") };
    let set = |change: &Change| match change {
        Change::Set { name, data, .. } => Some((name.clone(), data.clone())),
        _ => None,
    };
    changes.iter().filter_map(|change| set(&change.change)).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A line of a `.reg` file as regedit writes it.
fn line(name: &str, text: &str) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"=\"{}\"\r\n", escaped(name), escaped(text))
}

/// The same as bytes on several lines.
fn bytes_line(name: &str, text: &str) -> String {
    let bytes = utf16(&format!("{text}\0"));
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = bytes.chunks(20).map(|part| part.join(",")).collect();
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{name}\"=hex(1):{}\r\n", lines.join(",\\\r\n  "))
}

proptest! {
    #[test]
    fn text_of_a_value_is_read_back(
        name in "[^\\p{Cc}]{1,20}",
        text in "[^\\p{Cc}]{0,60}",
        marked in any::<bool>(),
    ) {
        let key = Key::Plain.path();
        let written = format!("{HEADER}[HKEY_CURRENT_USER\\{key}]\r\n{}", line(&name, &text));
        let bytes = match marked {
            true => utf16(&format!("\u{feff}{written}")),
            false => written.into_bytes(),
        };
        let file = read("pc.reg", &bytes);
        prop_assert!(!file.report.has_errors(), "{:?}", file.report);
        prop_assert_eq!(values(&file), [(name, RegistryData::Text(text))]);
    }

    #[test]
    fn bytes_of_a_value_are_read_back(name in "[^\\p{Cc}]{1,20}", text in "[^\0]{0,200}") {
        let key = Key::Plain.path();
        let written = format!("{HEADER}[HKEY_CURRENT_USER\\{key}]\r\n{}", bytes_line(&name, &text));
        let file = read("pc.reg", &utf16(&format!("\u{feff}{written}")));
        prop_assert!(file.report.is_empty(), "{:?}", file.report);
        prop_assert_eq!(values(&file), [(name, RegistryData::Text(text))]);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        start in prop::sample::select(vec!["", HEADER, "REGEDIT4\n", "<config>", "a: b\n", "PReg\u{1}\0\0\0"]),
        name in prop::sample::select(vec!["a", "a.reg", "a.pol", "a.xml", "a.properties"]),
    ) {
        let file = read(name, &[start.as_bytes(), &bytes].concat());
        let verdict = Verdict::of(&[file], None, Names::built_in());
        let _ = format!("{verdict:?}");
    }

    #[test]
    fn any_lines_are_read_without_a_panic(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "[HKCU\\Software", "[-HKCU\\", "]", "\"", "\\", "=", "hex(1):", "41,00,", "dword:1",
                "@", ";", "\n", "\r\n", "\0", "é", "-", "[HKEY_USERS]", " ", "\"a\"=hex:1,\\\n",
            ]),
            0..40,
        ),
    ) {
        let file = read("a.reg", format!("{HEADER}{}", lines.concat()).as_bytes());
        prop_assert!(file.report.diagnostics().len() <= MAX_LINE_FINDINGS + 2);
    }
}

#[test]
fn many_bad_lines_are_counted() {
    let text = format!("{HEADER}{}", "bad\r\n".repeat(100_000));
    let report = read("pc.reg", text.as_bytes()).report;
    assert_eq!(report.diagnostics().len(), MAX_LINE_FINDINGS + 1);
    let last = report.diagnostics().last().unwrap();
    let more = 100_000 - MAX_LINE_FINDINGS;
    assert_eq!(last.message, format!("{more} more findings about this file; the last one is here"));
}

#[test]
fn too_many_values_are_an_error() {
    let lines: String = (0..=MAX_VALUES).map(|at| line(&format!("n{at}"), "x")).collect();
    let text = format!("{HEADER}[HKCU\\{}]\r\n{lines}", Key::Plain.path());
    let file = read("pc.reg", text.as_bytes());
    let names: Vec<_> = file.report.diagnostics().iter().map(|it| it.name).collect();
    assert_eq!(names, ["client-file-too-large"]);
}

/// The shortest time of three runs, and what the last one returned: a busy machine slows some.
fn shortest<T>(run: impl Fn() -> T) -> (Duration, T) {
    let timed = || {
        let began = Instant::now();
        let result = run();
        (began.elapsed(), result)
    };
    let (first, second, (third, result)) = (timed().0, timed().0, timed());
    (first.min(second).min(third), result)
}

#[test]
fn long_names_are_compared_with_a_profile_in_time_and_cut_in_messages() {
    let values: String = (0..1_000).map(|at| format!("N{at} = \"x\"\n")).collect();
    let (profile, _) = Profile::read(&mut Sources::new(), "a.toml", &format!("[values]\n{values}"));
    let profile = profile.unwrap();
    let expected = Expected::of(profile.target(None).unwrap());
    let names: String =
        (0..400).map(|at| line(&format!("{at}{}", "é".repeat(15_000)), "x")).collect();
    let text = format!("{HEADER}[HKCU\\{}]\r\n{names}", Key::Policies.path());
    let file = read("pc.reg", text.as_bytes());
    let files = [file];
    let (alone, without) = shortest(|| Verdict::of(&files, None, profile.names()));
    let (with, verdict) = shortest(|| Verdict::of(&files, Some(&expected), profile.names()));
    let limit = alone * 4 + Duration::from_secs(10);
    assert!(with < limit, "{with:?}, {alone:?} without a profile");
    assert_eq!(without.clients[0].values.len(), 400);
    for found in verdict.report.diagnostics() {
        assert!(found.message.chars().count() < 200, "{}", found.message.len());
    }
}

#[test]
fn long_inputs_take_time_in_proportion() {
    let part = 1 << 20;
    let inputs = [
        ("a.reg", format!("{HEADER}[HKCU\\A]\r\n\"a\"=hex:{}", "00,\\\r\n".repeat(part / 6))),
        ("a.reg", format!("{HEADER}[HKCU\\A]\r\n{}", "\"a\"=\"b\"\r\n".repeat(part / 9))),
        ("a.reg", format!("{HEADER}{}", "\"a\"=hex:\\\n".repeat(part / 10))),
        ("a.reg", format!("{HEADER}{}", "[".repeat(part))),
        ("a.reg", format!("{HEADER}\"{}", "\\\\".repeat(part / 2))),
        ("a.properties", "a: b\n".repeat(part / 5)),
        ("a.xml", format!("<config><a>{}", "<b>c</b>".repeat(part / 8))),
        ("a.xml", "<config>".repeat(part / 8)),
    ];
    for (name, input) in inputs {
        let began = Instant::now();
        let file = read(name, input.as_bytes());
        let took = began.elapsed();
        assert!(took < Duration::from_secs(60), "{took:?} for {:?}", &input[..60]);
        drop(file);
    }
}
