//! Batch files, run by a cmd of the tests.

use proptest::prelude::*;

use crate::cmd::Cmd;
use crate::model::{bytes, bytes_of, models, target, text};
use crate::registry::{Registry, only_removes};

proptest! {
    #[test]
    fn logon_script_sets_the_model_and_its_undo_removes_it(model in models()) {
        for target in model.profile().targets() {
            let output = adr_provision::files(target);
            let file = |path: &str| bytes_of(&output, path);
            let Some(script) = file("logon.bat") else {
                prop_assert!(Registry::of(target).is_empty());
                continue;
            };
            let mut cmd = Cmd::new(Registry::default().with_bystander(), &file);
            prop_assert_eq!(cmd.run(&script), 0);
            prop_assert_eq!(&cmd.registry, &Registry::of(target).with_bystander());
            let remove = file("logon-remove.bat").unwrap();
            // the second run finds nothing, and is successful as well
            for _ in 0..2 {
                let mut again = Cmd::new(cmd.registry, &file);
                prop_assert_eq!(again.run(&remove), 0);
                prop_assert_eq!(&again.registry, &Registry::default().with_bystander());
                cmd = again;
            }
        }
    }

    #[test]
    fn ordinary_user_gets_the_values_of_the_open_keys(model in models()) {
        for target in model.profile().targets() {
            let output = adr_provision::files(target);
            let file = |path: &str| bytes_of(&output, path);
            let Some(script) = file("logon.bat") else { continue };
            if only_removes(target) {
                continue;
            }
            let mut cmd = Cmd::new(Registry::default(), &file).of_user();
            let expected = Registry::of(target).of_user();
            let is_complete = expected == Registry::of(target);
            prop_assert_eq!(cmd.run(&script), i32::from(!is_complete));
            prop_assert_eq!(&cmd.registry, &expected);
        }
    }

    #[test]
    fn script_that_cannot_write_fails(model in models()) {
        for target in model.profile().targets() {
            if only_removes(target) {
                continue;
            }
            let output = adr_provision::files(target);
            let file = |path: &str| bytes_of(&output, path);
            for path in ["logon.bat", "logon-remove.bat"] {
                let Some(script) = file(path) else { continue };
                let mut cmd = Cmd::new(Registry::of(target), &file).locked();
                prop_assert_eq!(cmd.run(&script), 1);
                prop_assert_eq!(&cmd.registry, &Registry::of(target));
            }
        }
    }

    #[test]
    fn script_of_a_site_removes_the_values_of_other_targets(model in models()) {
        let moved = Registry::of_moved_pcs(&model.profile(), |registry, target| {
            let output = adr_provision::files(target);
            let file = |path: &str| bytes_of(&output, path);
            let Some(script) = file("logon.bat") else { return false };
            let mut cmd = Cmd::new(std::mem::take(registry), &file);
            assert_eq!(cmd.run(&script), 0);
            *registry = cmd.registry;
            true
        });
        for (found, expected) in moved {
            prop_assert_eq!(found, expected);
        }
    }
}

#[test]
fn value_of_printable_ascii_is_in_the_batch_file() {
    let value = "100% !a! ^ & | < > ( ) C:\\";
    let target = target(&format!("[values]\nA = '{value}'\n"));
    let script = text(&target, "logon.bat");
    let line = "/v \"A\" /t REG_SZ /d \"100%% !a! ^ & | < > ( ) C:\\\\\" /f >nul\r\n";
    assert!(script.contains(line), "{script}");
    assert_eq!(bytes(&target, "logon.reg"), None);
}

#[test]
fn quotes_in_pairs_are_in_the_batch_file() {
    let cases = [
        (r#""C:\a b\x.exe" core"#, r#""\"C:\a b\x.exe\" core""#),
        (r#""C:\a b\" 100% & (x)"#, r#""\"C:\a b\\\" 100%% & (x)""#),
        (r#"a""b&c^"#, r#""a\"\"b&c^""#),
    ];
    for (value, expected) in cases {
        let target = target(&format!("[values]\nA = '{value}'\n"));
        let script = text(&target, "logon.bat");
        assert!(script.contains(&format!(" /d {expected} /f >nul\r\n")), "{script}");
    }
}

#[test]
fn other_value_is_in_a_file_beside_it() {
    for value in [
        "'\"C:\\a (x86)\"'",
        "'\"^\"'",
        "'a\"&\"'",
        "\"a\\\"b\"",
        "'a\"b'",
        "\"ä\"",
        "\"a\\nb\"",
        &format!("'{}'", "a".repeat(2_000)),
    ] {
        let target = target(&format!("[values]\nA = {value}\nB = 'b'\n"));
        let script = text(&target, "logon.bat");
        assert!(script.contains("reg import \"%~dp0logon.reg\""), "{script}");
        assert!(script.contains("/v \"B\"") && !script.contains("/v \"A\""), "{script}");
        assert!(bytes(&target, "logon.reg").is_some());
        // the name is plain, so the undo needs no other file
        assert_eq!(bytes(&target, "logon-remove.reg"), None);
    }
}

#[test]
fn name_that_begins_or_ends_with_a_space_is_in_a_file_beside_it() {
    for name in [" A", "A ", " "] {
        let target = target(&format!("[values]\n\"{name}\" = \"x\"\nB = \"b\"\n"));
        for path in ["logon.bat", "logon-remove.bat"] {
            let script = text(&target, path);
            let line = format!("/v \"{name}\"");
            assert!(script.contains("/v \"B\"") && !script.contains(&line), "{script}");
        }
        for path in ["logon.reg", "logon-remove.reg"] {
            assert!(bytes(&target, path).is_some(), "{path}");
        }
    }
}

#[test]
fn name_with_a_percent_sign_is_removed_by_a_registration_file() {
    let target = target("[values]\n\"A%B\" = \"x\"\n");
    let remove = String::from_utf8(bytes(&target, "logon-remove.bat").unwrap()).unwrap();
    assert!(!remove.contains("A%"), "{remove}");
    assert!(bytes(&target, "logon-remove.reg").is_some());
}
