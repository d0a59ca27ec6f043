//! The part of `jabber-config.xml` that names servers and services.

use std::collections::BTreeMap;

use super::installer;
use super::xml::escaped;
use crate::names::is_xml_name;
use crate::output::{Cause, Format, OutputFile, Refusal, Refusals};
use crate::profile::Target;

/// The section of settings that are not in the registry.
const POLICIES: &str = "Policies";

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let Some(jabber) = target.jabber() else {
        return Ok(Vec::new());
    };
    let mut sections: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    let parameters = target.settings().iter().filter_map(|(name, value)| {
        // where a parameter of another name belongs is not known
        let section = target.names().get(name)?.section.as_deref()?;
        Some(parameter(name.as_str(), value.as_str()).map(|value| (section, name.as_str(), value)))
    });
    for (section, name, value) in Refusals::collect(parameters)? {
        sections.entry(section).or_default().insert(name, value);
    }
    let services = [
        ("ServiceDiscoveryExcludedServices", installer::excluded(jabber)),
        ("Telemetry_Enabled", jabber.telemetry.map(|it| it.to_string())),
        ("VoiceServicesDomain", jabber.voice_services_domain.as_ref().map(ToString::to_string)),
    ];
    for (name, value) in services {
        if let Some(value) = value {
            sections.entry(POLICIES).or_default().insert(name, value);
        }
    }
    Ok(vec![OutputFile::text(
        "jabber/jabber-config.xml",
        document(&sections),
        "the part of Jabber's configuration file; merge it into yours, and remove it to undo it",
    )])
}

/// The value of a parameter in XML, whose name becomes an element.
fn parameter(name: &str, value: &str) -> Result<String, Refusal> {
    let refuse = |cause| Refusal::new(Format::JabberConfig, name, cause);
    if let Some(bad) = not_in_element_name(name) {
        return Err(refuse(Cause::NameCharacter(bad)));
    }
    escaped(value).map_err(|bad| refuse(Cause::Character(bad)))
}

/// The first character that the name of an element does not have there.
fn not_in_element_name(name: &str) -> Option<char> {
    let mut ends = name.char_indices().map(|(at, character)| at + character.len_utf8());
    let end = ends.find(|end| !is_xml_name(&name[..*end]))?;
    name[..end].chars().next_back()
}

fn document(sections: &BTreeMap<&str, BTreeMap<&str, String>>) -> String {
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<config version=\"1.0\">\n");
    for (section, parameters) in sections {
        text.push_str(&format!("  <{section}>\n"));
        for (name, value) in parameters {
            text.push_str(&format!("    <{name}>{value}</{name}>\n"));
        }
        text.push_str(&format!("  </{section}>\n"));
    }
    text + "</config>\n"
}
