//! What one set of files is made from.

use std::collections::BTreeMap;
use std::sync::Arc;

use adr_diagnostic::Span;

use super::layer::Layer;
use super::network::CmeLayer;
use super::places::Places;
use super::set_names::SetNames;
use crate::cme::Cme;
use crate::core_start::CoreStart;
use crate::dhcp::DhcpOption;
use crate::jabber::Jabber;
use crate::key::{Key, RUN_KEY, RUN_NAME};
use crate::names::{KnownName, Names, Role};
use crate::server::Server;
use crate::setting::{SettingName, Settings};

/// What one set of files is made from: the profile itself, or one site with its own settings over
/// those of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    site: Option<String>,
    keys: Vec<Key>,
    settings: Settings,
    /// The TFTP servers, as in the settings.
    tftp: Vec<Server>,
    jabber: Option<Jabber>,
    cme: Option<Cme>,
    dhcp: Vec<DhcpOption>,
    core: Option<CoreStart>,
    places: Places,
    shared: Arc<Shared>,
}

/// What all targets of a profile have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    pub(super) names: Names,
    /// Where the names of the profile are.
    pub(super) name_places: BTreeMap<SettingName, Span>,
    /// What the administrative template offers.
    pub(super) template: Vec<KnownName>,
    /// Whether a target has option 150.
    pub(super) defines_option_150: bool,
    /// The names that at least one target sets, by their key.
    pub(super) set_names: SetNames,
    /// Whether a target starts the client core.
    pub(super) starts_core: bool,
}

/// A registry key with what a target sets in it and removes from it. All values are of the type
/// `REG_SZ`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryKey<'t> {
    /// The path below [`HIVE`](crate::HIVE).
    pub path: &'static str,
    /// Names and texts, sorted by name.
    pub values: Vec<(&'t str, &'t str)>,
    /// Names that the files of a site remove, sorted: another target of the profile sets them here,
    /// and this one does not. The files for all PCs remove nothing, because a PC of a site can get
    /// them too.
    pub removed: Vec<&'t str>,
}

impl<'t> RegistryKey<'t> {
    /// Whether nothing is set or removed.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.removed.is_empty()
    }

    /// Every name that a file has, set or removed.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'t str> {
        self.values.iter().map(|(name, _)| *name).chain(self.removed.iter().copied())
    }
}

impl Target {
    pub(super) fn new(site: Option<String>, layer: Layer, shared: Arc<Shared>) -> Self {
        Self {
            site,
            keys: layer.keys().to_vec(),
            settings: layer.settings(&shared.names),
            tftp: layer.servers.get(&Role::Tftp).cloned().unwrap_or_default(),
            jabber: layer.jabber,
            cme: layer.cme.and_then(CmeLayer::settings),
            dhcp: layer.dhcp.unwrap_or_default(),
            core: layer.core,
            places: layer.places,
            shared,
        }
    }

    /// The site; `None` for all PCs.
    #[must_use]
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }

    /// The keys that are written: one or both, the one that wins first.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// What the keys hold: servers and further values.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The TFTP servers, the first one first.
    #[must_use]
    pub fn tftp_servers(&self) -> &[Server] {
        &self.tftp
    }

    /// The settings of Jabber, if the profile has a table `[jabber]`.
    #[must_use]
    pub fn jabber(&self) -> Option<&Jabber> {
        self.jabber.as_ref()
    }

    /// The settings of CME, if the profile has a table `[cme]`.
    #[must_use]
    pub fn cme(&self) -> Option<&Cme> {
        self.cme.as_ref()
    }

    /// The DHCP options, sorted by number; none if the profile has no table `[dhcp]`.
    #[must_use]
    pub fn dhcp(&self) -> &[DhcpOption] {
        &self.dhcp
    }

    /// How the client core starts at logon, if the profile has a table `[core]`.
    #[must_use]
    pub fn core(&self) -> Option<&CoreStart> {
        self.core.as_ref()
    }

    /// The names of settings that are known.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.shared.names
    }

    /// The registry keys that every registry format writes, each with a value or a removed name.
    /// The keys that users can write come first, so that a file that an ordinary user runs sets
    /// these: the plain key, the one that starts the core, then that of the policies.
    #[must_use]
    pub fn registry_keys(&self) -> Vec<RegistryKey<'_>> {
        let core = self.core.iter().map(|core| (RUN_NAME, core.command().as_str()));
        let lacks_core = self.site.is_some() && self.core.is_none() && self.shared.starts_core;
        let core = RegistryKey {
            path: RUN_KEY,
            values: core.collect(),
            removed: lacks_core.then_some(RUN_NAME).into_iter().collect(),
        };
        let keys = [self.client_key(Key::Plain), core, self.client_key(Key::Policies)];
        keys.into_iter().filter(|key| !key.is_empty()).collect()
    }

    fn client_key(&self, key: Key) -> RegistryKey<'_> {
        let values = match self.keys.contains(&key) {
            true => self.registry_values(),
            false => Vec::new(),
        };
        let removed = self.removed(key).map(SettingName::as_str).collect();
        RegistryKey { path: key.path(), values, removed }
    }

    /// The names that the files of this target remove from a key.
    ///
    /// A target of the plain key leaves the key of the policies alone: an ordinary user cannot
    /// write it, and clients may treat an empty one as one that exists.
    pub(crate) fn removed(&self, key: Key) -> impl Iterator<Item = &SettingName> {
        let writes = self.keys.contains(&key);
        let removes = self.site.is_some() && (writes || key == Key::Plain);
        let names = self.shared.set_names.get(&key).filter(|_| removes);
        let is_set = move |name: &SettingName| writes && self.settings.get(name).is_some();
        names.into_iter().flatten().filter(move |name| !is_set(name))
    }

    /// The folder of its files, empty or with `/` at its end.
    pub(crate) fn folder(&self) -> String {
        match &self.site {
            Some(site) => format!("sites/{site}/"),
            None => String::new(),
        }
    }

    /// What the administrative template offers, for all targets of the profile.
    pub(crate) fn template(&self) -> &[KnownName] {
        &self.shared.template
    }

    /// Where the profile says a setting of a format: a property of Jabber's installer, a value or
    /// its name.
    pub(crate) fn place(&self, setting: &str) -> Option<Span> {
        if let Some(place) = self.places.jabber.get(setting) {
            return Some(*place);
        }
        let name = SettingName::new(setting).ok()?;
        self.places.values.get(&name).or_else(|| self.shared.name_places.get(&name)).copied()
    }

    /// Whether option 150 needs a definition, because a target of the profile has it.
    pub(crate) fn defines_option_150(&self) -> bool {
        self.shared.defines_option_150
    }

    /// Whether no file would be written.
    pub(super) fn is_empty(&self) -> bool {
        let files = [self.jabber.is_some(), self.cme.is_some(), self.core.is_some()];
        self.settings.is_empty() && !files.contains(&true)
    }

    fn registry_values(&self) -> Vec<(&str, &str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}
