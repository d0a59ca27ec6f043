//! A profile: what clients shall read, for all PCs and for the sites that differ.

mod effect;
mod jabber;
mod layer;
mod network;
mod places;
mod set_names;
mod site;
mod target;

use std::collections::BTreeMap;
use std::sync::Arc;

use adr_diagnostic::{Report, Sources};

use crate::dhcp::DhcpOption;
use crate::finding::EMPTY_PROFILE;
use crate::names::{KnownName, Names};
use crate::reader::Reader;
use layer::Layer;

use target::Shared;
pub use target::{RegistryKey, Target};

/// What the clients of an organization shall read, as a file `provision.toml` says it. See
/// docs/reference/provision.md for its settings.
///
/// ```
/// use adr_diagnostic::Sources;
/// use adr_provision::Profile;
///
/// let text = r#"
/// keys = ["policies"]
///
/// [servers]
/// tftp = ["10.1.1.1", "10.1.1.2"]
///
/// [site.branch.servers]
/// tftp = ["10.2.1.1"]
/// "#;
/// let (profile, report) = Profile::read(&mut Sources::new(), "provision.toml", text);
/// assert!(report.is_empty());
/// let sites: Vec<_> = profile.iter().flat_map(Profile::targets).map(|it| it.site()).collect();
/// assert_eq!(sites, [None, Some("branch")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    shared: Arc<Shared>,
    /// That of all PCs comes first.
    targets: Vec<Target>,
}

impl Profile {
    /// Reads a profile. `name` is its path, for messages.
    ///
    /// The profile is `None` if a finding is an error.
    #[must_use]
    pub fn read(sources: &mut Sources, name: &str, text: &str) -> (Option<Self>, Report) {
        let id = sources.add(name, text);
        let mut reader = Reader::new(id);
        let profile = Self::parse(&mut reader, text);
        let report = reader.into_report();
        (profile.filter(|_| !report.has_errors()), report)
    }

    /// What one set of files is made from: all PCs first, then each site, sorted by name.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target of a site; `None` stands for all PCs.
    #[must_use]
    pub fn target(&self, site: Option<&str>) -> Option<&Target> {
        self.targets.iter().find(|target| target.site() == site)
    }

    /// The names of settings that are known: the built-in ones and those of the profile.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.shared.names
    }

    fn parse(reader: &mut Reader, text: &str) -> Option<Self> {
        let file = reader.parse(text)?;
        let known: Vec<&str> = layer::KEYS.iter().chain(&["names", "site"]).copied().collect();
        let table = reader.table_of(&file, &known);
        let mut names = Names::built_in().clone();
        let mut name_places = BTreeMap::new();
        if let Some(added) = table.get("names").and_then(|entry| entry.open_table(reader)) {
            name_places = names.read(reader, &added);
        }
        let base = Layer::read(reader, &table, &names, false);
        network::report_hosts(reader, &table, &base, &base);
        let sites = table.get("site").map(|entry| site::read(reader, &entry, &names, &base));
        let sites = sites.into_iter().flatten().map(|(site, layer)| (Some(site), layer));
        let layers: Vec<_> = std::iter::once((None, base)).chain(sites).collect();
        effect::report(reader, &table, &layers);
        let set_names = set_names::of(layers.iter().map(|(_, layer)| layer), &names);
        let of_sites = layers.iter().skip(1).map(|(_, layer)| layer);
        set_names::check_size(reader, &table, &set_names, of_sites, &names);
        let shared = Arc::new(Shared {
            template: template(&names, layers.iter().map(|(_, layer)| layer)),
            defines_option_150: layers
                .iter()
                .any(|(_, layer)| layer.has_option(DhcpOption::ServerAddresses)),
            starts_core: layers.iter().any(|(_, layer)| layer.core.is_some()),
            set_names,
            names,
            name_places,
        });
        let target = |(site, layer)| Target::new(site, layer, Arc::clone(&shared));
        let targets: Vec<_> = layers.into_iter().map(target).collect();
        if !reader.has_errors() && targets.iter().all(Target::is_empty) {
            let found = EMPTY_PROFILE.found("the profile sets nothing");
            reader.push(found.with_help("write servers, such as `servers.tftp = [\"10.1.1.1\"]`"));
        }
        Some(Self { shared, targets })
    }
}

/// What the administrative template offers: every known name and those of all settings, if at least
/// one target sets values of the policies' key.
fn template<'l>(names: &Names, layers: impl Iterator<Item = &'l Layer>) -> Vec<KnownName> {
    let layers: Vec<_> = layers.filter(|layer| layer.sets_policies()).collect();
    match layers.is_empty() {
        true => Vec::new(),
        false => names.with_settings(layers.iter().map(|layer| &layer.values)),
    }
}
