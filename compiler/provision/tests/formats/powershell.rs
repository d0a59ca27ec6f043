//! PowerShell scripts, run by a reader of the few statements that they have.

use adr_provision::{Cause, Format};
use proptest::prelude::*;

use crate::model::{bytes, bytes_of, models, target, text};
use crate::registry::{Registry, only_removes};

/// Characters that PowerShell reads as a single quote.
const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

/// Runs a script as an administrator, and returns its exit status.
fn run(registry: &mut Registry, bytes: &[u8]) -> i32 {
    run_with(registry, bytes, false)
}

/// Runs a script, and returns its exit status. An ordinary user cannot change policies.
fn run_with(registry: &mut Registry, bytes: &[u8], as_user: bool) -> i32 {
    let script = std::str::from_utf8(bytes).expect("UTF-8");
    let script = script.strip_prefix('\u{feff}').expect("a byte order mark");
    assert!(!script.replace("\r\n", "").contains(['\r', '\n']));
    let (mut key, mut name, mut is_found) = (String::new(), String::new(), false);
    let mut failed = true;
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        let changes = line.contains("New-Item") || line.contains("Remove-ItemProperty");
        if as_user && changes && key.starts_with("Software\\Policies\\") {
            // the error ends the block of its key, and its `catch` follows
            lines.by_ref().find(|line| *line == "} catch {").expect("a block");
            continue;
        }
        if line == "} catch {" {
            lines.by_ref().find(|line| *line == "}").expect("the end of the block");
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let line = line.trim_start();
        if let Some(value) = line.strip_prefix("$failed = ") {
            failed = value == "$true";
        } else if line == "if ($failed) { exit 1 }" {
            if failed {
                return 1;
            }
        } else if let Some(rest) = line.strip_prefix("$key = ") {
            key = whole(rest).strip_prefix("HKCU:\\").expect("the hive").to_owned();
        } else if let Some(rest) = line.strip_prefix("$name = ") {
            name = whole(rest);
        } else if line.starts_with("$found = Get-ItemProperty -LiteralPath $key -Name $name ") {
            is_found = registry.get(&key, &name).is_some();
        } else if let Some(rest) = line.strip_prefix("New-ItemProperty -LiteralPath $key -Name ") {
            let (name, rest) = expression(rest);
            let (value, rest) = expression(rest.strip_prefix(" -Value ").expect("a value"));
            assert_eq!(rest, " -PropertyType String -Force | Out-Null");
            registry.set(&key, &name, &value);
        } else if line == "Remove-ItemProperty -LiteralPath $key -Name $name -Force" {
            assert!(registry.remove(&key, &name), "{name}");
        } else if line == "if ($null -ne $found) {" {
            if !is_found {
                let end = format!("{}}}", " ".repeat(indent));
                lines.by_ref().find(|line| *line == end).expect("the end of the block");
            }
        } else if line == "if ($null -eq $found) { exit 1 }" {
            if !is_found {
                return 1;
            }
        } else if let Some(rest) = line.strip_prefix("if (-not [string]::Equals($found.$name, ") {
            let (value, rest) = expression(rest);
            assert_eq!(rest, ")) { exit 1 }");
            if registry.get(&key, &name) != Some(value.as_str()) {
                return 1;
            }
        } else if let Some(status) = line.strip_prefix("exit ") {
            return status.parse().unwrap();
        } else {
            assert!(is_without_effect(line), "{line}");
        }
    }
    0
}

fn is_without_effect(line: &str) -> bool {
    let lines = [
        "Set-StrictMode -Version 2.0",
        "$ErrorActionPreference = 'Stop'",
        "if (-not (Test-Path -LiteralPath $key)) {",
        "New-Item -Path $key -Force | Out-Null",
        "if (-not ($found.$name -is [string])) { exit 1 }",
        "[Console]::Error.WriteLine(\"adrc: $($_.Exception.Message)\")",
        "try {",
        "}",
    ];
    line.starts_with('#') || lines.contains(&line)
}

/// An expression that is the rest of a line.
fn whole(text: &str) -> String {
    let (value, rest) = expression(text);
    assert_eq!(rest, "");
    value
}

/// The text of an expression, and what follows it.
fn expression(text: &str) -> (String, &str) {
    let Some(mut rest) = text.strip_prefix("(-join (") else {
        return literal(text);
    };
    let mut units: Vec<u16> = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix("[char]0x") {
            let (digits, after) = after.split_at(4);
            units.push(u16::from_str_radix(digits, 16).expect("a unit"));
            rest = after;
        } else {
            let (value, after) = literal(rest);
            units.extend(value.encode_utf16());
            rest = after;
        }
        match rest.strip_prefix(", ") {
            Some(after) => rest = after,
            None => break,
        }
    }
    (String::from_utf16(&units).expect("UTF-16"), rest.strip_prefix("))").expect("the end"))
}

/// A text in single quotes: of two quotes, it has the second one.
fn literal(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.strip_prefix('\'').expect(text).char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if QUOTES.contains(&character) {
            match characters.next_if(|(_, next)| QUOTES.contains(next)) {
                Some((_, second)) => value.push(second),
                None => return (value, &text[1 + at + character.len_utf8()..]),
            }
        } else {
            assert!(!character.is_control(), "{text}");
            value.push(character);
        }
    }
    panic!("a quote is missing: {text}");
}

proptest! {
    #[test]
    fn script_sets_the_model_and_its_undo_removes_it(model in models()) {
        for target in model.profile().targets() {
            let output = adr_provision::files(target);
            let file = |path: &str| bytes_of(&output, path);
            let Some(set) = file("csf.ps1") else {
                prop_assert!(Registry::of(target).is_empty());
                continue;
            };
            let mut registry = Registry::default().with_bystander();
            prop_assert_eq!(run(&mut registry, &set), 0);
            prop_assert_eq!(&registry, &Registry::of(target).with_bystander());
            for _ in 0..2 {
                prop_assert_eq!(run(&mut registry, &file("csf-remove.ps1").unwrap()), 0);
                prop_assert_eq!(&registry, &Registry::default().with_bystander());
            }
        }
    }

    #[test]
    fn ordinary_user_gets_the_values_of_the_open_keys(model in models()) {
        for target in model.profile().targets() {
            let output = adr_provision::files(target);
            let Some(set) = bytes_of(&output, "csf.ps1") else { continue };
            if only_removes(target) {
                continue;
            }
            let mut registry = Registry::default();
            let expected = Registry::of(target).of_user();
            let is_complete = expected == Registry::of(target);
            prop_assert_eq!(run_with(&mut registry, &set, true), i32::from(!is_complete));
            prop_assert_eq!(&registry, &expected);
        }
    }

    #[test]
    fn detection_of_intune_is_true_until_the_remediation_has_run(model in models()) {
        for target in model.profile().targets() {
            let output = adr_provision::files(target);
            let file = |path: &str| bytes_of(&output, &format!("intune/{path}"));
            let Some(detect) = file("detect.ps1") else { continue };
            if Registry::of(target).is_empty() {
                continue;
            }
            let (remediate, undetect) = (file("remediate.ps1").unwrap(), file("remove-detect.ps1").unwrap());
            let mut registry = Registry::default();
            prop_assert_eq!(run(&mut registry, &detect), 1);
            prop_assert_eq!(run(&mut registry, &undetect), 0);
            prop_assert_eq!(run(&mut registry, &remediate), 0);
            prop_assert_eq!(run(&mut registry, &detect), 0);
            prop_assert_eq!(run(&mut registry, &undetect), 1);
            prop_assert_eq!(run(&mut registry, &file("remove-remediate.ps1").unwrap()), 0);
            prop_assert!(registry.is_empty());
        }
    }

    #[test]
    fn script_of_a_site_removes_the_values_of_other_targets(model in models()) {
        for path in ["csf.ps1", "intune/remediate.ps1"] {
            let moved = Registry::of_moved_pcs(&model.profile(), |registry, target| {
                let file = bytes(target, path);
                file.iter().for_each(|bytes| assert_eq!(run(registry, bytes), 0));
                file.is_some()
            });
            for (found, expected) in moved {
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn detection_finds_a_value_of_another_target(model in models()) {
        let profile = model.profile();
        for target in profile.targets() {
            let Some(detect) = bytes(target, "intune/detect.ps1") else { continue };
            for key in target.registry_keys() {
                for name in key.removed {
                    let mut registry = Registry::of(target);
                    registry.set(key.path, name, "of another target");
                    prop_assert_eq!(run(&mut registry, &detect), 1);
                }
            }
        }
    }

    #[test]
    fn detection_finds_one_other_value(model in models()) {
        for target in model.profile().targets() {
            let output = adr_provision::files(target);
            let Some(detect) = bytes_of(&output, "intune/detect.ps1") else { continue };
            for key in target.registry_keys() {
                for (name, value) in key.values {
                    let mut registry = Registry::of(target);
                    registry.set(key.path, name, &format!("{value} "));
                    prop_assert_eq!(run(&mut registry, &detect), 1);
                }
            }
        }
    }
}

#[test]
fn quotes_and_control_characters_are_written_safely() {
    let cases = [
        ("'a'", "'a'"),
        ("\"it's\"", "'it''s'"),
        ("\"\\u2019\"", "(-join ([char]0x2019))"),
        ("\"a\\r\\nb\"", "(-join ('a', [char]0x000D, [char]0x000A, 'b'))"),
        ("\"$(x) `n\"", "'$(x) `n'"),
        ("''", "''"),
    ];
    for (value, expected) in cases {
        let script = text(&target(&format!("[values]\nA = {value}\n")), "csf.ps1");
        let line = format!("-Name 'A' -Value {expected} -PropertyType");
        assert!(script.contains(&line), "{script}");
    }
}

#[test]
fn name_that_powershell_reads_otherwise_is_refused() {
    for name in ["(Default)", "pspath"] {
        let target = target(&format!("[values]\n\"{name}\" = \"a\"\n"));
        let refusals = adr_provision::files(&target).refusals;
        let formats: Vec<_> = refusals.iter().map(|refusal| refusal.format).collect();
        assert_eq!(formats, [Format::PowerShell, Format::Intune]);
        assert!(refusals.iter().all(|refusal| refusal.cause == Cause::ReservedName));
    }
}
