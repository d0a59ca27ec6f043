//! Findings about the servers that a client uses: texts that name no server, and equal ones.

use std::collections::BTreeMap;

use adr_diagnostic::{Report, visible};

use super::{ClientVerdict, Expected, ValueVerdict, shown};
use crate::finding::{EQUAL_SERVERS, INVALID_SERVER};
use crate::names::{Kind, KnownName, Names, Role};
use crate::server::Server;
use crate::setting::SettingName;

/// A server of a role that a client uses.
struct Used<'v> {
    role: Role,
    server: Server,
    value: &'v ValueVerdict,
    /// Whether a profile wants it so.
    is_wanted: bool,
}

/// Findings about the values whose names stand for servers. What a profile wants so has none, and
/// neither has a text that is empty or has spaces around it, which is a finding already.
pub(super) fn check(verdict: &ClientVerdict, expected: Option<&Expected>, names: &Names) -> Report {
    let mut report = Report::new();
    let mut used: Vec<Used<'_>> = Vec::new();
    for value in &verdict.values {
        let (Some(known), Some(text)) = (known(names, &value.name), value.winner.data.as_text())
        else {
            continue;
        };
        if known.kind != Kind::Server || text.is_empty() || text.trim() != text {
            continue;
        }
        let is_wanted = expected.is_some_and(|expected| expected.wants(&value.name, text));
        match Server::new(text) {
            Ok(server) => {
                used.extend(known.role.map(|role| Used { role, server, value, is_wanted }));
            }
            Err(_) if is_wanted => {}
            Err(error) => {
                let name = shown(&value.name);
                let message = format!(
                    "`{}` of `{name}` is neither a host nor an address: {error}",
                    shown(text)
                );
                let found = INVALID_SERVER.found(message).at(value.winner.span);
                report.push(found.with_help(error.help()));
            }
        }
    }
    report.append(equal(&used));
    report
}

/// Servers that are equal to another one of their role.
fn equal(used: &[Used<'_>]) -> Report {
    let mut report = Report::new();
    let mut seen: BTreeMap<(Role, String), &Used<'_>> = BTreeMap::new();
    for second in used {
        let server = second.server.to_string().to_ascii_lowercase();
        let first = *seen.entry((second.role, server)).or_insert(second);
        // several places can have a value with one name, and so can one file
        let is_other = !first.value.name.eq_ignore_ascii_case(&second.value.name);
        if is_other && !(first.is_wanted && second.is_wanted) {
            let message = format!(
                "`{}` and `{}` are both `{}`, so no other server takes over",
                shown(&first.value.name),
                shown(&second.value.name),
                visible(&second.server.to_string())
            );
            let found = EQUAL_SERVERS.found(message).at(second.value.winner.span);
            report.push(found.with_help("write another server, or one server only"));
        }
    }
    report
}

fn known<'n>(names: &'n Names, name: &str) -> Option<&'n KnownName> {
    names.get(&SettingName::new(name).ok()?)
}
