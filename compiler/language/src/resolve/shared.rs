//! Shares equal lists between views, so that each list is analyzed once.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use hashbrown::{HashMap, HashTable};
use rustc_hash::FxBuildHasher;

use crate::plan::List;
use crate::tree::ListKind;

/// The lists of a dial plan so far, by their contents.
#[derive(Debug, Default)]
pub(super) struct SharedLists {
    /// The lists, each with the hash of its contents.
    known: HashMap<ListKind, HashTable<(u64, Arc<List>)>>,
}

impl SharedLists {
    /// The list of an earlier view, or of the default view, that has the same rules from the same
    /// places; otherwise the given list.
    pub(super) fn share(
        &mut self,
        kind: ListKind,
        list: Arc<List>,
        default: &Arc<List>,
    ) -> Arc<List> {
        let known = self.known.entry(kind).or_insert_with(|| {
            let mut known = HashTable::new();
            let hash = hash(default);
            known.insert_unique(hash, (hash, Arc::clone(default)), |(hash, _)| *hash);
            known
        });
        let hash = hash(&list);
        let same = |(_, other): &(u64, Arc<List>)| {
            list.origins == other.origins && list.rules.rules() == other.rules.rules()
        };
        let entry = known.entry(hash, same, |(hash, _)| *hash);
        Arc::clone(&entry.or_insert((hash, list)).get().1)
    }
}

fn hash(list: &List) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    list.rules.rules().hash(&mut hasher);
    // the places count as well, because sites may write the same rules separately
    list.origins.hash(&mut hasher);
    hasher.finish()
}
