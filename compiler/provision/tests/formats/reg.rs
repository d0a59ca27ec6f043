//! `.reg` files, read as regedit reads version 5.00.

use adr_provision::HIVE;
use proptest::prelude::*;

use crate::model::{bytes, models, profile, target};
use crate::registry::Registry;

/// Imports a file into a registry.
pub(crate) fn import(registry: &mut Registry, bytes: &[u8]) {
    let text = decode(bytes);
    let mut lines = text.strip_suffix("\r\n").expect("a last line end").split("\r\n");
    assert_eq!(lines.next(), Some("Windows Registry Editor Version 5.00"));
    let mut path = None;
    while let Some(line) = lines.next() {
        assert!(!line.contains(['\r', '\n']), "{line:?}");
        if line.is_empty() {
            continue;
        }
        if let Some(key) = line.strip_prefix('[') {
            let key = key.strip_suffix(']').expect("a bracket");
            path = Some(key.strip_prefix(HIVE).expect("the hive")[1..].to_owned());
            continue;
        }
        let (name, mut rest) = string(line);
        rest = rest.strip_prefix('=').expect("a value");
        let path = path.as_deref().expect("a key");
        if rest == "-" {
            registry.remove(path, &name);
        } else if let Some(first) = rest.strip_prefix("hex(1):") {
            let mut digits = first.to_owned();
            while let Some(before) = digits.strip_suffix('\\') {
                let next = lines.next().expect("a line that goes on").trim_start();
                digits = format!("{before}{next}");
            }
            registry.set(path, &name, &from_hexadecimal(&digits));
        } else {
            let (value, rest) = string(rest);
            assert_eq!(rest, "");
            registry.set(path, &name, &value);
        }
    }
}

fn decode(bytes: &[u8]) -> String {
    let rest = bytes.strip_prefix(&[0xff, 0xfe]).expect("a byte order mark");
    let units: Vec<u16> =
        rest.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).expect("UTF-16")
}

/// A text in quotes, and what follows it.
fn string(line: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = line.strip_prefix('"').expect("a quote").char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, &line[at + 2..]),
            '\\' => text.push(characters.next().expect("a character").1),
            _ => text.push(character),
        }
    }
    panic!("a quote is missing: {line}");
}

fn from_hexadecimal(digits: &str) -> String {
    let bytes: Vec<u8> =
        digits.split(',').map(|digits| u8::from_str_radix(digits, 16).expect("a byte")).collect();
    let mut units: Vec<u16> =
        bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    assert_eq!(units.pop(), Some(0));
    String::from_utf16(&units).expect("UTF-16")
}

proptest! {
    #[test]
    fn imported_file_equals_the_model(model in models()) {
        for target in model.profile().targets() {
            let mut registry = Registry::default();
            if let Some(bytes) = bytes(target, "csf.reg") {
                import(&mut registry, &bytes);
            }
            prop_assert_eq!(registry, Registry::of(target));
        }
    }

    #[test]
    fn undo_removes_what_the_file_sets_and_nothing_else(model in models()) {
        for target in model.profile().targets() {
            let mut registry = Registry::of(target).with_bystander();
            if let Some(bytes) = bytes(target, "csf-remove.reg") {
                import(&mut registry, &bytes);
            }
            prop_assert_eq!(registry, Registry::default().with_bystander());
        }
    }

    #[test]
    fn file_of_a_site_removes_the_values_of_other_targets(model in models()) {
        let moved = Registry::of_moved_pcs(&model.profile(), |registry, target| {
            let file = bytes(target, "csf.reg");
            file.iter().for_each(|bytes| import(registry, bytes));
            file.is_some()
        });
        for (found, expected) in moved {
            prop_assert_eq!(found, expected);
        }
    }
}

#[test]
fn second_server_of_all_pcs_does_not_stay_at_a_site_with_one() {
    let profile = profile(
        "[servers]\ntftp = [\"10.1.1.1\", \"10.1.1.2\"]\n\
         [site.branch]\nservers.tftp = [\"10.2.1.1\"]\n[site.other]\nvalues.Extra = \"x\"\n",
    );
    let [all, branch, _] = profile.targets() else { panic!() };
    let lines = |target| -> Vec<String> {
        let text = decode(&bytes(target, "csf.reg").unwrap());
        text.lines().filter(|line| line.starts_with('"')).map(str::to_owned).collect()
    };
    assert_eq!(lines(branch), ["\"TftpServer1\"=\"10.2.1.1\"", "\"Extra\"=-", "\"TftpServer2\"=-"]);
    // a PC of a site can get these too
    assert_eq!(lines(all).len(), 2);
    let undo = decode(&bytes(branch, "csf-remove.reg").unwrap());
    assert!(undo.contains("\"TftpServer1\"=-") && !undo.contains("TftpServer2"), "{undo}");
}

#[test]
fn site_of_the_plain_key_leaves_the_policies_key_alone() {
    let keys = |text: &str| -> Vec<(bool, Vec<String>)> {
        let profile = profile(text);
        let keys = profile.targets()[1].registry_keys();
        let removed = |key: &adr_provision::RegistryKey<'_>| {
            key.removed.iter().map(|name| (*name).to_owned()).collect()
        };
        keys.iter().map(|key| (key.path.contains("Policies"), removed(key))).collect()
    };
    let servers = "servers.tftp = [\"a\", \"b\"]\n[site.x]\nservers.tftp = [\"c\"]\n";
    let (policies, plain) = ("keys = [\"policies\"]\n", "keys = [\"plain\"]\n");
    assert_eq!(keys(&format!("{policies}{servers}{plain}")), [(false, Vec::new())]);
    // a client would still read these, because the key of the policies does not have the second
    let both = ["TftpServer1", "TftpServer2"].map(str::to_owned).to_vec();
    let expected = [(false, both), (true, Vec::new())];
    assert_eq!(keys(&format!("{plain}{servers}{policies}")), expected);
}

#[test]
fn both_keys_are_written_with_escapes() {
    let text = "keys = [\"policies\", \"plain\"]\n[values]\nA = 'C:\\x\"y'\nB = \"a\\r\\nb\"\n";
    let file = decode(&bytes(&target(text), "csf.reg").unwrap());
    let values = "\"A\"=\"C:\\\\x\\\"y\"\r\n\"B\"=hex(1):61,00,0d,00,0a,00,62,00,00,00\r\n";
    let software = "[HKEY_CURRENT_USER\\Software";
    let client = "Cisco Systems, Inc.\\Client Services Framework\\AdminData]";
    let expected = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n\
         {software}\\{client}\r\n{values}\r\n{software}\\Policies\\{client}\r\n{values}\r\n"
    );
    assert_eq!(file, expected);
}

#[test]
fn lines_of_hexadecimal_digits_are_short() {
    let text = format!("[values]\n\"{}\" = \"\\u0001{}\"\n", "n".repeat(30), "x".repeat(16_383));
    let file = decode(&bytes(&target(&text), "csf.reg").unwrap());
    assert!(file.lines().count() > 1_000);
    assert!(file.lines().skip(2).all(|line| line.starts_with('[') || line.len() <= 80));
}
