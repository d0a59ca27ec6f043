//! The names that the targets of a profile set. The files of a site remove those that it lacks, so
//! that a PC keeps no server of another place.

use std::collections::{BTreeMap, BTreeSet};

use super::layer::{Layer, VALUE_SIZE};
use super::site::{MAX_SIZE, MAX_SIZE_MIB};
use crate::finding::INVALID_PROFILE_VALUE;
use crate::key::Key;
use crate::names::Names;
use crate::reader::{Reader, Table};
use crate::setting::SettingName;

/// Names by the key that has them.
pub(super) type SetNames = BTreeMap<Key, BTreeSet<SettingName>>;

/// The names that at least one of the layers sets.
pub(super) fn of<'l>(layers: impl Iterator<Item = &'l Layer>, names: &Names) -> SetNames {
    let mut set = SetNames::new();
    for layer in layers {
        let settings = layer.settings(names);
        for key in layer.keys() {
            let names = settings.iter().map(|(name, _)| name.clone());
            set.entry(*key).or_default().extend(names);
        }
    }
    set
}

/// Reports sites with so many different names that their files would be too large, because each
/// removes those of the others.
pub(super) fn check_size<'l>(
    reader: &mut Reader,
    table: &Table<'_>,
    set: &SetNames,
    sites: impl Iterator<Item = &'l Layer>,
    names: &Names,
) {
    let sizes: Vec<_> = set.iter().map(|(key, names)| (*key, size(names))).collect();
    let removed = sites.map(|layer| {
        let settings = layer.settings(names);
        let own = size(settings.iter().map(|(name, _)| name));
        let of_key = |(key, size): &(Key, usize)| match (layer.keys().contains(key), key) {
            (true, _) => size.saturating_sub(own),
            (false, Key::Plain) => *size,
            (false, Key::Policies) => 0,
        };
        sizes.iter().map(of_key).sum::<usize>()
    });
    let size: usize = removed.sum();
    let Some(entry) = table.get("site").filter(|_| size > MAX_SIZE) else { return };
    let message = format!(
        "the sites have too many different names: each removes those of the others, which are more \
         than {MAX_SIZE_MIB} MiB together"
    );
    let help = "write a profile for some of the sites, or the same names for all of them";
    let found = INVALID_PROFILE_VALUE.found(message).at(entry.key_span(reader));
    reader.push(found.with_help(help));
}

/// What names take in memory, about, in bytes.
fn size<'n>(names: impl IntoIterator<Item = &'n SettingName>) -> usize {
    names.into_iter().map(|name| name.as_str().len() + VALUE_SIZE).sum()
}
