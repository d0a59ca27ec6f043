//! Which keys of the registry have to do with the client.

use crate::key::{Key, RUN_KEY};

/// A part of the name of every key that administrators mean for the client, in lower case.
const CLIENT: &str = "client services framework";

/// Whether a change of this key can change what the client reads, or shows that somebody meant a
/// key that the client reads. `removes_keys_below` is true for the removal of a key.
pub(super) fn is_relevant(path: &str, removes_keys_below: bool) -> bool {
    let path = path.to_lowercase();
    path.contains(CLIENT)
        || keys().any(|key| key == path || (removes_keys_below && is_below(&key, &path)))
}

/// The paths of the keys that adrc writes, in lower case.
fn keys() -> impl Iterator<Item = String> {
    let paths = Key::ALL.map(Key::path).into_iter().chain([RUN_KEY]);
    paths.map(str::to_lowercase)
}

/// Whether `path` is `ancestor` or a key below it. Both are in lower case. The empty ancestor is
/// the whole hive.
pub(crate) fn is_below(path: &str, ancestor: &str) -> bool {
    let rest = path.strip_prefix(ancestor);
    ancestor.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
}
