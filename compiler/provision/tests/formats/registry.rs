//! A registry in memory: the values of type `REG_SZ` below `HKEY_CURRENT_USER`.

use std::collections::BTreeMap;

use adr_provision::{Profile, Target};

/// Path and name in lower case, with the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Registry(BTreeMap<(String, String), String>);

impl Registry {
    /// What the files of a target shall set.
    pub(crate) fn of(target: &Target) -> Self {
        let mut registry = Self::default();
        for key in target.registry_keys() {
            for (name, value) in key.values {
                registry.set(key.path, name, value);
            }
        }
        registry
    }

    /// For each site, what a PC has that gets the files of all targets and then those of the site,
    /// and what it shall have. `apply` returns false if it has no file of the target.
    pub(crate) fn of_moved_pcs(
        profile: &Profile,
        apply: impl Fn(&mut Self, &Target) -> bool,
    ) -> Vec<(Self, Self)> {
        let sites = profile.targets().iter().filter(|target| target.site().is_some());
        let moved = sites.filter_map(|site| {
            let mut registry = Self::default().with_bystander();
            for target in profile.targets() {
                apply(&mut registry, target);
            }
            let is_applied = apply(&mut registry, site);
            is_applied.then(|| (registry, Self::of(site).with_bystander()))
        });
        moved.collect()
    }

    pub(crate) fn set(&mut self, path: &str, name: &str, value: &str) {
        self.0.insert(place(path, name), value.to_owned());
    }

    pub(crate) fn get(&self, path: &str, name: &str) -> Option<&str> {
        self.0.get(&place(path, name)).map(String::as_str)
    }

    /// Whether there was such a value.
    pub(crate) fn remove(&mut self, path: &str, name: &str) -> bool {
        self.0.remove(&place(path, name)).is_some()
    }

    /// Takes the values of another registry below paths that can be changed, in lower case.
    pub(crate) fn take(&mut self, other: Self, is_open: impl Fn(&str) -> bool) {
        self.0.retain(|(path, _), _| !is_open(path));
        self.0.extend(other.0.into_iter().filter(|((path, _), _)| is_open(path)));
    }

    /// What is below paths that an ordinary user can change.
    pub(crate) fn of_user(mut self) -> Self {
        self.0.retain(|(path, _), _| !path.starts_with("software\\policies\\"));
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All values with the values of another program beside them.
    pub(crate) fn with_bystander(mut self) -> Self {
        self.set("Software\\Other", "TftpServer1", "bystander");
        self
    }
}

/// Whether a target only removes values from a key.
pub(crate) fn only_removes(target: &Target) -> bool {
    target.registry_keys().iter().any(|key| key.values.is_empty())
}

fn place(path: &str, name: &str) -> (String, String) {
    (path.to_lowercase(), name.to_lowercase())
}
