//! The difference between what a PC has and what a profile wants.

use std::collections::HashSet;

use adr_diagnostic::{Report, Span, visible};

use super::jabber_files::{FileValue, JabberFiles, shared_name};
use super::registry_state::{KeyState, RegistryState};
use super::tftp_addresses::TFTP;
use super::{Candidate, Expected, Origin, shown};
use crate::finding::{
    CONFLICTING_BOOTSTRAP_FILE, DIFFERS_FROM_PROFILE, MISSING_CLIENT_VALUE, PLAIN_VALUE_IGNORED,
    STALE_BOOTSTRAP_FILE, VALUE_NOT_IN_PROFILE,
};
use crate::key::{Key, RUN_KEY, RUN_NAME};
use crate::observed::Hive;
use crate::registry_data::RegistryData;

/// Places of parameters of a configuration file.
const CONFIGURATIONS: [Origin; 2] = [Origin::GroupConfiguration, Origin::GlobalConfiguration];

/// Compares the keys of every user.
pub(super) fn registry(state: &RegistryState, expected: &Expected, report: &mut Report) {
    if !state.has_files() {
        return;
    }
    let nothing = [KeyState::default(), KeyState::default()];
    let none = state.users().next().is_none();
    let absent = none.then_some((&Hive::CurrentUser, &nothing));
    let names: HashSet<String> =
        expected.values.iter().map(|(name, _)| name.to_lowercase()).collect();
    let nothing_wanted = HashSet::new();
    for (hive, keys) in state.users().chain(absent) {
        for (key, present) in Key::ALL.into_iter().zip(keys) {
            let is_written = expected.keys.contains(&key);
            if is_written && !present.exists() {
                absent_key(hive, key.path(), &expected.values, report);
            } else if is_written {
                wanted(hive, key, present, expected, report);
            }
            surplus(key, present, if is_written { &names } else { &nothing_wanted }, report);
        }
        core(state, hive, expected, report);
    }
}

/// The values that a key should have.
fn wanted(hive: &Hive, key: Key, present: &KeyState, expected: &Expected, report: &mut Report) {
    let origin = Origin::Key(key);
    for (name, text) in &expected.values {
        match present.values.get(&name.to_lowercase()).map(|value| value.candidate(key)) {
            None => {
                let message = format!("`{}` is missing in {origin}{}", shown(name), of_user(hive));
                report.push(missing(message, text, present.span));
            }
            Some(found) => differs(name, &found, text, report),
        }
    }
}

/// Whose key it is, if several users can be in one export.
fn of_user(hive: &Hive) -> String {
    match hive {
        Hive::User(_) => format!(" of {}", visible(&hive.name())),
        _ => String::new(),
    }
}

/// A key that should have values, and that no file has: it is missing, or was not exported.
fn absent_key(hive: &Hive, path: &str, values: &[(String, String)], report: &mut Report) {
    let key = format!("{}\\{path}", hive.name());
    let names: Vec<_> = values.iter().map(|(name, _)| format!("`{}`", shown(name))).collect();
    let what = match names.as_slice() {
        [] => return,
        [name] => name.clone(),
        [first, ..] => format!("{first} and the other values"),
    };
    let message = format!("no file has the key `{}`, where {what} should be", visible(&key));
    let help = format!(
        "export this key too, with `reg export \"{}\" FILE.reg`; if the PC does not have it, apply \
         the files that `adrc provision` writes",
        visible(&key)
    );
    report.push(MISSING_CLIENT_VALUE.found(message).with_help(help));
}

fn missing(message: String, text: &str, place: Option<Span>) -> adr_diagnostic::Diagnostic {
    let found = MISSING_CLIENT_VALUE.found(message);
    let found = place.into_iter().fold(found, adr_diagnostic::Diagnostic::at);
    found.with_help(format!("the profile wants `{}`", visible(text)))
}

fn differs(name: &str, found: &Candidate, text: &str, report: &mut Report) {
    // another type is a finding already
    if let RegistryData::Text(present) = &found.data
        && present != text
    {
        let message = format!("`{}` of {} differs from the profile", shown(name), found.origin);
        let found = DIFFERS_FROM_PROFILE.found(message).at(found.span);
        let wants = format!("the profile wants `{}`", visible(text));
        report.push(found.with_label(wants).with_help(APPLY));
    }
}

const APPLY: &str = "apply the files that `adrc provision` writes, and verify again";

/// Values of a key that the profile does not have. `names` are those that it has, in lower case.
fn surplus(key: Key, present: &KeyState, names: &HashSet<String>, report: &mut Report) {
    for (folded, value) in &present.values {
        // the empty name is that of the default value, which clients have no name for
        if !folded.is_empty() && !names.contains(folded) {
            let (name, origin) = (shown(&value.name), Origin::Key(key));
            let message = format!("`{name}` of {origin} is not in the profile");
            let found = VALUE_NOT_IN_PROFILE.found(message).at(value.span);
            report.push(found.with_help("remove the value, or add it to the profile"));
        }
    }
}

/// The value that starts the client core.
fn core(state: &RegistryState, hive: &Hive, expected: &Expected, report: &mut Report) {
    let Some(command) = &expected.core else { return };
    let run_key = state.run_key(hive).filter(|key| key.exists());
    let Some(run_key) = run_key else {
        return absent_key(hive, RUN_KEY, &[(RUN_NAME.to_owned(), command.clone())], report);
    };
    match run_key.values.get(&RUN_NAME.to_lowercase()) {
        None => {
            let of_user = of_user(hive);
            let message = format!(
                "`{RUN_NAME}`, which starts the client core, is missing in its key{of_user}"
            );
            report.push(missing(message, command, run_key.span));
        }
        Some(value) if value.data.as_text() != Some(command) => {
            let message = format!("`{RUN_NAME}`, which starts the client core, differs");
            let found = DIFFERS_FROM_PROFILE.found(message).at(value.span);
            let wants = format!("the profile wants `{}`", visible(command));
            report.push(found.with_label(wants).with_help(APPLY));
        }
        Some(_) => {}
    }
}

/// Compares Jabber's files, as far as they are there.
pub(super) fn jabber(jabber: &JabberFiles, expected: &Expected, report: &mut Report) {
    if jabber.has_bootstrap {
        bootstrap(jabber, expected, report);
    }
    if !jabber.has_configuration {
        return;
    }
    for (name, text) in &expected.configuration {
        match jabber.get(name, &CONFIGURATIONS) {
            None => {
                let message = format!("`{}` is missing in the configuration file", shown(name));
                report.push(missing(message, text, None));
            }
            Some(found) => differs(name, found, text, report),
        }
    }
}

/// Compares the bootstrap file. The installer leaves an old one in place unless it gets `CLEAR=1`.
fn bootstrap(jabber: &JabberFiles, expected: &Expected, report: &mut Report) {
    let help = match expected.clears {
        true => "run the installer with the line that `adrc provision` writes: it has `CLEAR=1`",
        false => "the profile has `clear = false`, so the old file wins; set it to true",
    };
    let stale = |message: String| STALE_BOOTSTRAP_FILE.found(message).with_help(help);
    for (name, text) in &expected.bootstrap {
        let written = shown(name);
        match jabber.get(shared_name(name), &[Origin::Bootstrap]) {
            None => {
                let message = format!("`{written}` is missing in the bootstrap file");
                report.push(stale(message).with_help(format!("the profile wants `{text}`")));
            }
            Some(found) if found.data.as_text() != Some(text) => {
                let message = format!("`{written}` of the bootstrap file differs from the profile");
                let wants = format!("the profile wants `{}`", visible(text));
                report.push(stale(message).at(found.span).with_label(wants));
            }
            Some(_) => {}
        }
    }
    for value in jabber.all(&[Origin::Bootstrap]) {
        let mut names = expected.bootstrap.iter().map(|(name, _)| shared_name(name));
        if !names.any(|name| name.eq_ignore_ascii_case(&value.name)) {
            let name = shown(&value.name);
            let message = format!("`{name}` of the bootstrap file is not in the profile");
            report.push(stale(message).at(value.candidate.span));
        }
    }
}

/// A parameter that the bootstrap file and a configuration file set to different texts, without a
/// profile that says which one is right. TFTP servers have findings of their own.
pub(super) fn bootstrap_and_configuration(jabber: &JabberFiles, report: &mut Report) {
    for value in jabber.all(&[Origin::Bootstrap]) {
        let (FileValue { name, candidate }, is_tftp) = (value, value.name == TFTP);
        let other = jabber.get(name, &CONFIGURATIONS).filter(|it| it.data != candidate.data);
        let Some(other) = other.filter(|_| !is_tftp) else { continue };
        let (name, origin) = (shown(name), other.origin);
        let message = format!("`{name}` of the bootstrap file differs from {origin}");
        let found = CONFLICTING_BOOTSTRAP_FILE.found(message).at(candidate.span);
        let found = found.with_label(candidate.data.to_string());
        report.push(found.at(other.span).with_label(other.data.to_string()).with_help(
            "if the bootstrap file is old, run the installer with `CLEAR=1`; it stays otherwise",
        ));
    }
}

/// Drops a value that is not in the profile if it has a finding already because a policy wins.
pub(super) fn drop_repeated(report: &mut Report) {
    let ignored = report.diagnostics().iter().filter(|it| it.name == PLAIN_VALUE_IGNORED.name);
    let ignored: HashSet<Option<Span>> = ignored.map(adr_diagnostic::Diagnostic::span).collect();
    report.retain(|it| it.name != VALUE_NOT_IN_PROFILE.name || !ignored.contains(&it.span()));
}
