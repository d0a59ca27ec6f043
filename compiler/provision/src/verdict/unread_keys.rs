//! Values in keys that look like those of the client and that it does not read.

use std::collections::HashSet;

use adr_diagnostic::{Report, visible};

use super::is_known;
use crate::finding::UNREAD_KEY;
use crate::key::Key;
use crate::names::Names;
use crate::observed::{Change, Content, Hive, RegistryChange};
use crate::read::ClientFile;

/// One finding for each such key. Keys without a known name are left out unless they are called
/// `AdminData`, because clients have other keys of their own.
pub(super) fn check(files: &[ClientFile], names: &Names) -> Report {
    let mut seen = HashSet::new();
    let mut report = Report::new();
    let contents = files.iter().filter_map(|file| file.content.as_ref());
    let changes = contents.flat_map(|content| match content {
        Content::Registry(changes) => changes.as_slice(),
        _ => &[],
    });
    for RegistryChange { hive, key, change, span } in changes {
        let Change::Set { name, .. } = change else { continue };
        let lower = key.to_lowercase();
        let is_user = matches!(hive, Hive::CurrentUser | Hive::User(_));
        let is_read = is_user && Key::ALL.iter().any(|key| key.path().to_lowercase() == lower);
        let is_meant = lower.ends_with("\\admindata") || is_known(names, name);
        if is_read || !is_meant || !seen.insert((hive.clone(), lower)) {
            continue;
        }
        let path = format!("{}\\{}", visible(&hive.name()), visible(key));
        let message = format!("clients do not read the key `{path}`");
        let help = match hive {
            Hive::Machine => "clients read the same path below HKEY_CURRENT_USER",
            _ => "compare the path with the two that clients read, letter by letter",
        };
        report.push(UNREAD_KEY.found(message).at(*span).with_help(help));
    }
    report
}
