//! Findings about the values of a client, without a profile.

use adr_diagnostic::{Report, visible};

use super::jabber_files::shared_name;
use super::registry_state::KeyState;
use super::{ClientVerdict, Expected, Origin, Reason, ValueVerdict, is_known, shown};
use crate::finding::{
    EMPTY_VALUE, PLAIN_VALUE_IGNORED, UNTRIMMED_VALUE, UNVERIFIED_NAME, VALUE_ONLY_IN_PLAIN_KEY,
    WRONG_VALUE_TYPE,
};
use crate::names::Names;
use crate::registry_data::RegistryData;

/// Findings about the values of a client that reads the registry.
pub(super) fn check(
    verdict: &ClientVerdict,
    keys: &[KeyState; 2],
    expected: Option<&Expected>,
    names: &Names,
) -> Report {
    let mut report = Report::new();
    let policies_have_values = !keys[0].values.is_empty();
    for value in &verdict.values {
        if value.name.is_empty() {
            // the default value of a key, which clients have no name for
            continue;
        }
        ignored(value, &mut report);
        if value.reason == Reason::NotInPolicies && policies_have_values {
            let name = shown(&value.name);
            let message = format!("only the plain key has `{name}`, beside a Policies key");
            let found = VALUE_ONLY_IN_PLAIN_KEY.found(message).at(value.winner.span);
            report.push(found.with_help("set all values in the Policies key"));
        }
        wrong_type(value, &mut report);
        if !is_known(names, &value.name) {
            let message = format!("`{}` is not a name that adrc knows", shown(&value.name));
            let found = UNVERIFIED_NAME.found(message).at(value.winner.span);
            report.push(
                found.with_help("check the spelling; add the name to `[names]` if it is right"),
            );
        }
    }
    report.append(check_texts(verdict, expected));
    report
}

/// Findings about the texts that a client uses, apart from those that a profile wants so.
pub(super) fn check_texts(verdict: &ClientVerdict, expected: Option<&Expected>) -> Report {
    let mut report = Report::new();
    for ValueVerdict { name, winner, others, .. } in &verdict.values {
        let Some(text) = winner.data.as_text() else { continue };
        if expected.is_some_and(|expected| expected.wants(name, text)) {
            continue;
        }
        let name = shown(name);
        if text.is_empty() {
            let mut message = format!("`{name}` is empty in {}", winner.origin);
            if let Some(other) = others.iter().find(|other| other.data != winner.data) {
                message += &format!(", which hides the value of {}", other.origin);
            }
            let found = EMPTY_VALUE.found(message).at(winner.span);
            report.push(found.with_help("remove the value, or give it a content"));
        } else if text.trim() != text || text.contains(char::is_control) {
            let message = format!("`{name}` has spaces or line ends that belong to the value");
            let found = UNTRIMMED_VALUE.found(message).at(winner.span);
            let right: String = text.trim().chars().filter(|c| !c.is_control()).collect();
            report.push(found.with_help(format!("write `{}`", visible(&right))));
        }
    }
    report
}

/// Names of the installer in a configuration file, where they are not parameters.
pub(super) fn check_parameters(verdict: &ClientVerdict) -> Report {
    let is_configuration = |value: &&ValueVerdict| value.winner.origin != Origin::Bootstrap;
    let of_file = verdict.values.iter().filter(is_configuration);
    let found = of_file.filter_map(|value| {
        let parameter = shared_name(&value.name);
        if parameter.eq_ignore_ascii_case(&value.name) {
            return None;
        }
        let (name, origin) = (shown(&value.name), value.winner.origin);
        let message = format!("`{name}` is a name of the installer, not of {origin}");
        let found = UNVERIFIED_NAME.found(message).at(value.winner.span);
        Some(found.with_help(format!("write `{parameter}`")))
    });
    found.collect()
}

/// A plain value with another content than the one of the policy.
fn ignored(value: &ValueVerdict, report: &mut Report) {
    for other in value.others.iter().filter(|other| other.data != value.winner.data) {
        let name = shown(&value.name);
        let message = format!(
            "`{name}` of {} is ignored: {} has another value",
            other.origin, value.winner.origin
        );
        let found = PLAIN_VALUE_IGNORED.found(message).at(other.span);
        let found = found.with_label(format!("not used: {}", other.data));
        let found = found.at(value.winner.span).with_label(format!("used: {}", value.winner.data));
        report.push(found.with_help("remove the value, or set it by the policy"));
    }
}

fn wrong_type(value: &ValueVerdict, report: &mut Report) {
    let data = &value.winner.data;
    if matches!(data, RegistryData::Text(_)) {
        return;
    }
    let (name, kind) = (shown(&value.name), data.type_name());
    let message = match data {
        RegistryData::Bytes { kind: 1, .. } => {
            format!("`{name}` is a REG_SZ whose bytes are not one text")
        }
        _ => format!("`{name}` is {kind}; clients are known to read REG_SZ"),
    };
    let help = match data {
        RegistryData::ExpandableText(text) if text.contains('%') => {
            "write the value as REG_SZ, without variables: clients can use `%NAME%` as it is"
        }
        _ => "delete the value and write it as REG_SZ",
    };
    report.push(WRONG_VALUE_TYPE.found(message).at(value.winner.span).with_help(help));
}
