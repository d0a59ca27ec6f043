//! A table of situations: what a PC has, what its clients use, and which findings there are.
//!
//! Each file in `situations/` has tables `[[situation]]`:
//!
//! | field | meaning |
//! |---|---|
//! | `files` | files in their order: `name`, and `text` or `entries` (key, name, type, data as text) of a Registry.pol; `encoding`, `mark` (byte order mark), `unix` (line ends), `cut` (bytes that are missing at the end) |
//! | `profile`, `site` | a profile to compare with |
//! | `wins` | each value of each client: client, name, content, and in parentheses the place and the reason |
//! | `findings` | name and place of each finding, in their order |
//! | `messages` | the messages of these findings, if the situation is about them |
//! | `help` | the help of these findings, if the situation is about it |
//!
//! `$REG` stands for the header of a `.reg` file, `$policies` and `$plain` for the keys.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite reads its files, and fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::Path;

use adr_diagnostic::{Report, Sources};
use adr_provision::{
    Client, Expected, Hive, Key, Names, Profile, RegistryData, Verdict, read_client_file,
};
use encoding_rs::WINDOWS_1252;
use toml::{Table, Value};

/// The fewest situations that the table has.
const SITUATIONS: usize = 60;

#[test]
fn every_situation_has_its_winners_and_findings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/situations");
    let mut names = BTreeSet::new();
    let mut failures = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let table: Table = text.parse().unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for situation in table["situation"].as_array().unwrap() {
            let situation = situation.as_table().unwrap();
            let name = text_of(situation, "name");
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            if let Err(failure) = check(situation) {
                failures.push(format!("{name}: {failure}"));
            }
        }
    }
    assert!(names.len() >= SITUATIONS, "{}", names.len());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn check(situation: &Table) -> Result<(), String> {
    let known = ["name", "files", "profile", "site", "wins", "findings", "messages", "help"];
    if let Some(unknown) = situation.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("unknown field {unknown}"));
    }
    let mut sources = Sources::new();
    let profile = situation.get("profile").map(|text| {
        let text = text.as_str().unwrap();
        Profile::read(&mut sources, "provision.toml", text).0.expect("a valid profile")
    });
    let site = situation.get("site").map(|site| site.as_str().unwrap());
    let target = profile.as_ref().map(|profile| profile.target(site).expect("the site"));
    let expected = target.map(Expected::of);
    let files: Vec<_> = list(situation, "files")
        .iter()
        .map(|file| {
            let file = file.as_table().unwrap();
            read_client_file(text_of(file, "name"), &bytes_of(file), &mut sources)
        })
        .collect();
    let names = profile.as_ref().map_or(Names::built_in(), Profile::names);
    let verdict = Verdict::of(&files, expected.as_ref(), names);
    equal("wins", &texts(situation, "wins"), &winners(&verdict))?;
    equal("findings", &texts(situation, "findings"), &findings(&verdict.report, &sources))?;
    if situation.contains_key("messages") {
        let messages = verdict.report.diagnostics().iter().map(|it| it.message.clone());
        equal("messages", &texts(situation, "messages"), &messages.collect::<Vec<_>>())?;
    }
    if situation.contains_key("help") {
        let help = verdict.report.diagnostics().iter().flat_map(|it| it.help.clone());
        equal("help", &texts(situation, "help"), &help.collect::<Vec<_>>())?;
    }
    Ok(())
}

fn equal(what: &str, expected: &[String], found: &[String]) -> Result<(), String> {
    match expected == found {
        true => Ok(()),
        false => Err(format!("{what}\n  expected {expected:#?}\n  found    {found:#?}")),
    }
}

/// The values of all clients, as the table has them.
fn winners(verdict: &Verdict) -> Vec<String> {
    let of_client = verdict.clients.iter().flat_map(|client| {
        let name = match &client.client {
            Client::Csf(Hive::User(user)) => user.clone(),
            Client::Csf(_) => "csf".to_owned(),
            Client::Jabber => "jabber".to_owned(),
        };
        client.values.iter().map(move |value| {
            let data = match &value.winner.data {
                RegistryData::Text(_) => value.winner.data.to_string(),
                other => format!("{} {other}", other.type_name()),
            };
            let origin = value.winner.origin.word();
            format!("{name} {} = {data} ({origin}: {})", value.name, value.reason)
        })
    });
    of_client.collect()
}

/// Names and places of findings, as the table has them.
fn findings(report: &Report, sources: &Sources) -> Vec<String> {
    let found = report.diagnostics().iter().map(|found| match found.span() {
        Some(span) => {
            let file = sources.get(span.source).name();
            format!("{} {file}:{}", found.name, sources.position(span).line)
        }
        None => format!("{} -", found.name),
    });
    found.collect()
}

fn text_of<'t>(table: &'t Table, field: &str) -> &'t str {
    table.get(field).and_then(Value::as_str).unwrap_or_else(|| panic!("{field} in {table:?}"))
}

fn list<'t>(table: &'t Table, field: &str) -> &'t [Value] {
    table.get(field).map_or(&[], |list| list.as_array().expect("a list").as_slice())
}

fn texts(table: &Table, field: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list(table, field).iter().map(text).collect()
}

fn is_set(file: &Table, field: &str) -> bool {
    file.get(field).and_then(Value::as_bool).unwrap_or(false)
}

/// The bytes of a file of a situation.
fn bytes_of(file: &Table) -> Vec<u8> {
    let mut bytes = match file.contains_key("entries") {
        true => policy(list(file, "entries")),
        false => encoded(file),
    };
    let cut = file.get("cut").and_then(Value::as_integer).unwrap_or(0);
    bytes.truncate(bytes.len() - usize::try_from(cut).unwrap());
    bytes
}

fn with_paths(text: &str) -> String {
    let text = text.replace("$REG", "Windows Registry Editor Version 5.00");
    let text = text.replace("$policies", Key::Policies.path());
    text.replace("$plain", Key::Plain.path())
}

fn encoded(file: &Table) -> Vec<u8> {
    let text = with_paths(text_of(file, "text"));
    let text = if is_set(file, "unix") { text } else { text.replace('\n', "\r\n") };
    let text = if is_set(file, "mark") { format!("\u{feff}{text}") } else { text };
    match file.get("encoding").and_then(Value::as_str) {
        None => text.into_bytes(),
        Some("utf-16le") => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some("utf-16be") => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Some("windows-1252") => WINDOWS_1252.encode(&text).0.into_owned(),
        Some(other) => panic!("{other}"),
    }
}

/// A Registry.pol with these entries.
fn policy(entries: &[Value]) -> Vec<u8> {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut bytes = b"PReg\x01\0\0\0".to_vec();
    for entry in entries {
        let [key, name, kind, data] = entry.as_array().unwrap().as_slice() else {
            panic!("{entry:?}");
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let kind = u32::try_from(kind.as_integer().unwrap()).unwrap();
        let end = if kind == 1 { "\0" } else { "" };
        let data = utf16(&format!("{}{end}", text(data)));
        bytes.extend(utf16(&format!("[{}\0;{}\0;", with_paths(&text(key)), text(name))));
        bytes.extend(kind.to_le_bytes());
        bytes.extend(utf16(";"));
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(utf16(";"));
        bytes.extend(data);
        bytes.extend(utf16("]"));
    }
    bytes
}
