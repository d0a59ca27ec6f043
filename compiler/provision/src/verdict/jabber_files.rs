//! What Jabber reads: its bootstrap file and its configuration files.

use std::collections::BTreeMap;

use super::{Candidate, Client, ClientVerdict, Origin, Reason, ValueVerdict};
use crate::jabber::PROPERTIES;
use crate::observed::{Content, Parameter};
use crate::read::ClientFile;
use crate::registry_data::RegistryData;

/// A value of a file, under the name that all files use.
#[derive(Clone, Debug)]
pub(super) struct FileValue {
    pub(super) name: String,
    pub(super) candidate: Candidate,
}

/// The values of Jabber's files.
#[derive(Debug, Default)]
pub(super) struct JabberFiles {
    /// By origin, and in the order of the file.
    values: Vec<FileValue>,
    /// Whether there is a bootstrap file.
    pub(super) has_bootstrap: bool,
    /// Whether there is a configuration file.
    pub(super) has_configuration: bool,
}

impl JabberFiles {
    /// The values of Jabber's files among these; `None` if there are none of them.
    pub(super) fn of(files: &[ClientFile]) -> Option<Self> {
        let mut jabber = Self::default();
        for file in files {
            match &file.content {
                Some(Content::Bootstrap(parameters)) => {
                    jabber.has_bootstrap = true;
                    jabber.add(Origin::Bootstrap, parameters);
                }
                Some(Content::Configuration { is_global, parameters }) => {
                    jabber.has_configuration = true;
                    // clients ignore a file that is not well-formed
                    if !file.report.has_errors() {
                        let origin = match is_global {
                            true => Origin::GlobalConfiguration,
                            false => Origin::GroupConfiguration,
                        };
                        jabber.add(origin, parameters);
                    }
                }
                Some(Content::Registry(_)) | None => {}
            }
        }
        jabber.values.sort_by_key(|value| value.candidate.origin);
        (jabber.has_bootstrap || jabber.has_configuration).then_some(jabber)
    }

    fn add(&mut self, origin: Origin, parameters: &[Parameter]) {
        for Parameter { name, value, span, .. } in parameters {
            let Some(value) = value else { continue };
            let data = RegistryData::Text(value.clone());
            let candidate = Candidate { origin, data, span: *span };
            let name = match origin {
                Origin::Bootstrap => shared_name(name),
                // here, a name of the installer is another parameter
                _ => name,
            };
            self.values.push(FileValue { name: name.to_owned(), candidate });
        }
    }

    /// What Jabber uses.
    pub(super) fn verdict(&self) -> ClientVerdict {
        let mut by_name: BTreeMap<String, Vec<&FileValue>> = BTreeMap::new();
        for value in &self.values {
            by_name.entry(value.name.to_lowercase()).or_default().push(value);
        }
        let values = by_name.into_values().flat_map(|found| value_verdicts(&found)).collect();
        ClientVerdict { client: Client::Jabber, values }
    }

    /// The value with this name from the first of these places that has it.
    pub(super) fn get(&self, name: &str, origins: &[Origin]) -> Option<&Candidate> {
        let found = self.all(origins).filter(|value| value.name.eq_ignore_ascii_case(name));
        found.map(|value| &value.candidate).next()
    }

    /// All values from these places.
    pub(super) fn all(&self, origins: &[Origin]) -> impl Iterator<Item = &FileValue> {
        self.values.iter().filter(move |value| origins.contains(&value.candidate.origin))
    }
}

/// What Jabber uses of the values with one name: one verdict, or one for each value that can win if
/// it is not documented which of them does.
///
/// The vendor says that the file of a group takes priority over `jabber-config.xml` (installation
/// and configuration guide of Cisco Jabber for Windows 9.0.1, "Group configuration files"). About
/// the bootstrap file it says only that it takes priority over the discovery of services.
fn value_verdicts(found: &[&FileValue]) -> Vec<ValueVerdict> {
    let has_group = found.iter().any(|it| it.candidate.origin == Origin::GroupConfiguration);
    let loses =
        |value: &&FileValue| has_group && value.candidate.origin == Origin::GlobalConfiguration;
    let (beaten, contenders): (Vec<&FileValue>, Vec<&FileValue>) =
        found.iter().copied().partition(loses);
    let candidates = |of: &[&FileValue]| -> Vec<Candidate> {
        of.iter().map(|value| value.candidate.clone()).collect()
    };
    let Some((first, rest)) = contenders.split_first() else { return Vec::new() };
    let agree = rest.iter().all(|value| value.candidate.data == first.candidate.data);
    if agree {
        let others = [candidates(rest), candidates(&beaten)].concat();
        let reason = match (rest, others.as_slice()) {
            ([], []) => Reason::OnlyPlace,
            ([], _) => Reason::ReadFirst(first.candidate.origin),
            _ => Reason::SameValue,
        };
        return vec![verdict_of(first, others, reason)];
    }
    let here = |value: &&FileValue| value.candidate.origin == first.candidate.origin;
    let reason = if rest.iter().all(here) { Reason::SetTwice } else { Reason::NotDocumented };
    // the file of the group comes last, and only it wins over others
    let last = contenders.len() - 1;
    let others = |at: usize| if at == last { candidates(&beaten) } else { Vec::new() };
    contenders.iter().enumerate().map(|(at, it)| verdict_of(it, others(at), reason)).collect()
}

fn verdict_of(value: &FileValue, others: Vec<Candidate>, reason: Reason) -> ValueVerdict {
    let FileValue { name, candidate } = value;
    ValueVerdict { name: name.clone(), winner: candidate.clone(), others, reason }
}

/// The name of a parameter in the bootstrap file, for a name of the installer too.
pub(super) fn shared_name(name: &str) -> &str {
    let property = PROPERTIES.iter().find(|it| it.installer.eq_ignore_ascii_case(name));
    property.and_then(|it| it.bootstrap).unwrap_or(name)
}
