//! Whether all places name one TFTP server.

use adr_diagnostic::Report;

use super::jabber_files::JabberFiles;
use super::{Candidate, Client, ClientVerdict, Expected, Origin};
use crate::finding::{TFTP_ADDRESSES_DIFFER, TWO_TFTP_ADDRESSES};
use crate::jabber::Mode;

/// The name of the value of the first TFTP server.
pub(super) const TFTP: &str = "TftpServer1";

/// The name of the parameter with the mode of Jabber.
const MODE: &str = "ProductMode";

/// A finding if the places name different servers. The phone mode has two servers on purpose.
pub(super) fn check(
    clients: &[ClientVerdict],
    jabber: Option<&JabberFiles>,
    expected: Option<&Expected>,
) -> Report {
    let installed = jabber.and_then(|jabber| jabber.get(TFTP, &[Origin::Bootstrap]));
    let configurations = [Origin::GroupConfiguration, Origin::GlobalConfiguration];
    let configured = jabber.and_then(|jabber| jabber.get(TFTP, &configurations));
    let of_registry = registry_value(clients);
    let mut report = Report::new();
    if let (Some(installed), Some(other)) = (installed, configured.or(of_registry))
        && differ(installed, other)
    {
        report.push(of_installer(installed, other, is_phone_mode(jabber, expected)));
    }
    if let (Some(configured), Some(of_registry)) = (configured, of_registry)
        && differ(configured, of_registry)
    {
        let (one, other) = (configured.origin, of_registry.origin);
        let message = format!("{one} and {other} name different TFTP servers");
        report.push(between(message, configured, of_registry).with_help(
            "which one the rule files follow is not documented: set one server in both places",
        ));
    }
    report
}

fn differ(one: &Candidate, other: &Candidate) -> bool {
    match (one.data.as_text(), other.data.as_text()) {
        (Some(one), Some(other)) => !one.trim().eq_ignore_ascii_case(other.trim()),
        // the type is a finding already
        _ => false,
    }
}

/// The value of the user of the export, else of the first one.
fn registry_value(clients: &[ClientVerdict]) -> Option<&Candidate> {
    let client = clients.iter().find(|verdict| matches!(verdict.client, Client::Csf(_)))?;
    let value = client.values.iter().find(|value| value.name.eq_ignore_ascii_case(TFTP))?;
    Some(&value.winner)
}

/// Whether Jabber runs as a phone only, as far as the files or the profile say.
fn is_phone_mode(jabber: Option<&JabberFiles>, expected: Option<&Expected>) -> bool {
    let written = jabber.and_then(|jabber| jabber.get(MODE, &[Origin::Bootstrap]));
    let is_written = written.and_then(|mode| mode.data.as_text()).is_some_and(|mode| {
        Mode::Phone.value().is_some_and(|phone| phone.eq_ignore_ascii_case(mode))
    });
    is_written || expected.is_some_and(|expected| expected.is_phone_mode)
}

fn of_installer(
    installed: &Candidate,
    other: &Candidate,
    is_phone_mode: bool,
) -> adr_diagnostic::Diagnostic {
    if is_phone_mode {
        let message =
            "the installer's TFTP server differs from `TftpServer1`, as phone mode allows";
        let found = TWO_TFTP_ADDRESSES.found(message).at(installed.span);
        return found
            .with_label("the client's configuration")
            .at(other.span)
            .with_label("the devices' configuration")
            .with_help(
                "which one the rule files follow is not documented: serve them on both servers",
            );
    }
    let message = format!("{} and {} name different TFTP servers", installed.origin, other.origin);
    between(message, installed, other)
        .with_help("set one server in both places; only phone mode has two on purpose")
}

fn between(message: String, one: &Candidate, other: &Candidate) -> adr_diagnostic::Diagnostic {
    let found = TFTP_ADDRESSES_DIFFER.found(message).at(one.span).with_label(one.data.to_string());
    found.at(other.span).with_label(other.data.to_string())
}
