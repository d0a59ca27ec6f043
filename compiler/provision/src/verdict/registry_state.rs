//! The keys of the client after all changes of all files.

use std::collections::BTreeMap;

use adr_diagnostic::Span;

use super::{Candidate, Origin};
use crate::key::{Key, RUN_KEY};
use crate::observed::{Change, Content, Hive, RegistryChange};
use crate::read::{ClientFile, is_below};
use crate::registry_data::RegistryData;

/// A value of a key.
#[derive(Clone, Debug)]
pub(super) struct KeyValue {
    /// The name as it is written.
    pub(super) name: String,
    pub(super) data: RegistryData,
    pub(super) span: Span,
}

impl KeyValue {
    /// The value as a candidate from this key.
    pub(super) fn candidate(&self, key: Key) -> Candidate {
        Candidate { origin: Origin::Key(key), data: self.data.clone(), span: self.span }
    }
}

/// A key of a user.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyState {
    /// Where the key is written, if it exists.
    pub(super) span: Option<Span>,
    /// By the name in lower case.
    pub(super) values: BTreeMap<String, KeyValue>,
}

impl KeyState {
    /// Whether the key exists, even without values.
    pub(super) fn exists(&self) -> bool {
        self.span.is_some()
    }
}

/// The keys that clients read, for each user: first the Policies key, then the plain one.
#[derive(Debug, Default)]
pub(super) struct RegistryState {
    users: BTreeMap<Hive, [KeyState; 2]>,
    /// The key with the programs that start at logon, for each user.
    run_keys: BTreeMap<Hive, KeyState>,
    /// Whether a file with registry values was read.
    has_files: bool,
}

impl RegistryState {
    /// Applies the changes of all files in their order.
    pub(super) fn of(files: &[ClientFile]) -> Self {
        let mut state = Self::default();
        for file in files {
            if let Some(Content::Registry(changes)) = &file.content {
                state.has_files = true;
                changes.iter().for_each(|change| state.apply(change));
            }
        }
        state.users.retain(|_, keys| keys.iter().any(KeyState::exists));
        state
    }

    /// The users with at least one key, the one of the export first.
    pub(super) fn users(&self) -> impl Iterator<Item = (&Hive, &[KeyState; 2])> {
        self.users.iter()
    }

    /// The key with the programs that start when this user logs on.
    pub(super) fn run_key(&self, hive: &Hive) -> Option<&KeyState> {
        self.run_keys.get(hive)
    }

    /// Whether a file with registry values was read.
    pub(super) fn has_files(&self) -> bool {
        self.has_files
    }

    fn apply(&mut self, change: &RegistryChange) {
        if !matches!(change.hive, Hive::CurrentUser | Hive::User(_)) {
            return;
        }
        let keys = self.users.entry(change.hive.clone()).or_default();
        let changed = change.key.to_lowercase();
        for (state, key) in keys.iter_mut().zip(Key::ALL) {
            state.apply_at(key.path(), &changed, change);
        }
        self.run_keys.entry(change.hive.clone()).or_default().apply_at(RUN_KEY, &changed, change);
    }
}

impl KeyState {
    /// Applies a change of the key `changed` to the key with this path.
    fn apply_at(&mut self, path: &str, changed: &str, change: &RegistryChange) {
        let path = path.to_lowercase();
        if path == changed {
            self.apply(change);
        } else if change.change == Change::Remove && is_below(&path, changed) {
            *self = Self::default();
        } else if change.change == Change::Create && is_below(changed, &path) {
            // a key below it needs it
            self.span.get_or_insert(change.span);
        }
    }

    fn apply(&mut self, change: &RegistryChange) {
        if change.change == Change::Remove {
            *self = Self::default();
            return;
        }
        match &change.change {
            Change::Clear => self.values.clear(),
            Change::Unset { name } => {
                self.values.remove(&name.to_lowercase());
                return;
            }
            Change::Set { name, data, only_if_absent } => {
                let value = KeyValue { name: name.clone(), data: data.clone(), span: change.span };
                let entry = self.values.entry(name.to_lowercase());
                match only_if_absent {
                    true => drop(entry.or_insert(value)),
                    false => drop(entry.insert_entry(value)),
                }
            }
            Change::Create | Change::Remove => {}
        }
        self.span.get_or_insert(change.span);
    }
}
