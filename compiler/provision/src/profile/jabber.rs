//! Reads the table `[jabber]`.

use std::collections::BTreeMap;

use adr_diagnostic::Span;

use super::layer::server;
use crate::jabber::{Authenticator, InvalidCertificates, Jabber, Mode, Service};
use crate::plain_text::PlainText;
use crate::reader::{Entry, Reader};
use crate::server::HostName;

const KEYS: &[&str] = &[
    "authenticator",
    "clear",
    "configuration_file",
    "configuration_host",
    "excluded_services",
    "invalid_certificates",
    "language",
    "log_directory",
    "mode",
    "presence_server",
    "services_domain",
    "telemetry",
    "upn_discovery",
    "voice_services_domain",
];

const MODES: &[(&str, Mode)] = &[("default", Mode::Default), ("phone", Mode::Phone)];

const AUTHENTICATORS: &[(&str, Authenticator)] =
    &[("CUCM", Authenticator::Cucm), ("CUP", Authenticator::Cup)];

const SERVICES: &[(&str, Service)] =
    &[("CUP", Service::Cup), ("CUCM", Service::Cucm), ("WEBEX", Service::Webex)];

const INVALID_CERTIFICATES: &[(&str, InvalidCertificates)] =
    &[("reject", InvalidCertificates::Reject), ("prompt", InvalidCertificates::Prompt)];

/// Keys of any text, and the properties of the installer.
const TEXTS: [(&str, &str); 2] =
    [("configuration_file", "TFTP_FILE_NAME"), ("log_directory", "LOG_DIRECTORY")];

/// Characters that names of files of Windows do not have. A folder may have `:` and `\`.
const NOT_IN_FILES: [char; 7] = ['<', '>', '"', '|', '?', '*', '/'];

/// Reads the table. `places` gets where the texts are that a format may be unable to hold, by the
/// names of the installer.
pub(super) fn read(
    reader: &mut Reader,
    entry: &Entry<'_>,
    places: &mut BTreeMap<&'static str, Span>,
) -> Option<Jabber> {
    let table = entry.table(reader, KEYS, "a table")?;
    for (key, property) in TEXTS {
        places.extend(table.get(key).map(|entry| (property, entry.span(reader))));
    }
    let get = |key| table.get(key);
    let flag = |key, reader: &mut Reader| get(key).and_then(|entry| entry.flag(reader));
    let host = |key, reader: &mut Reader| get(key).and_then(|entry| server(reader, &entry));
    let domain =
        |key, reader: &mut Reader| get(key).and_then(|entry| entry.checked(reader, HostName::new));
    Some(Jabber {
        mode: get("mode").and_then(|entry| entry.word(reader, MODES)),
        authenticator: get("authenticator").and_then(|entry| entry.word(reader, AUTHENTICATORS)),
        clear: flag("clear", reader),
        presence_server: host("presence_server", reader),
        configuration_host: host("configuration_host", reader),
        configuration_file: get("configuration_file").and_then(|entry| {
            entry.checked(reader, |text| PlainText::without(text, &NOT_IN_FILES))
        }),
        services_domain: domain("services_domain", reader),
        voice_services_domain: domain("voice_services_domain", reader),
        excluded_services: get("excluded_services").and_then(|entry| services(reader, &entry)),
        upn_discovery: flag("upn_discovery", reader),
        log_directory: get("log_directory").and_then(|entry| {
            entry.checked(reader, |text| PlainText::without(text, &NOT_IN_FILES))
        }),
        language: get("language").and_then(|entry| entry.number(reader, 1..=0xf_ffff)),
        invalid_certificates: get("invalid_certificates")
            .and_then(|entry| entry.word(reader, INVALID_CERTIFICATES)),
        telemetry: flag("telemetry", reader),
    })
}

/// The services in their order, each once.
fn services(reader: &mut Reader, entry: &Entry<'_>) -> Option<Vec<Service>> {
    let list = entry.list(reader, "a list, such as `[\"WEBEX\"]`")?;
    let mut services: Vec<_> = list.iter().filter_map(|item| item.word(reader, SERVICES)).collect();
    services.sort_unstable();
    services.dedup();
    Some(services)
}
