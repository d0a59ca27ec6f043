//! Which calls change between two dial plans.

mod changes;
mod markdown;
mod names;
mod show;

use std::collections::{HashMap, HashSet};

use adr_analysis::{Difference, Domain, difference};
use adr_engine::Rule;
use adr_language::ListKind;

use crate::lists::{NamedList, Rules};

/// The text of a comparison without differences.
pub const NO_CHANGES: &str = "No changes.\n";

pub use changes::to_text;
pub use markdown::to_markdown;
pub use names::{Rename, renames, renames_to_text};
pub use show::{Comparison, comparison, to_json, to_junit};

/// One list in both plans, and the differences between the two.
pub struct Compared<'p> {
    site: Option<String>,
    kind: ListKind,
    old: &'p Rules,
    new: &'p Rules,
    differences: Vec<Difference>,
}

impl Compared<'_> {
    /// The differences between the two lists; empty if every number has the same result.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

/// The rules of both sides of all lists.
pub fn lists_of<'c>(compared: &'c [Compared<'_>]) -> Vec<&'c [Rule]> {
    compared.iter().flat_map(|compared| [compared.old.rules(), compared.new.rules()]).collect()
}

/// The largest domain without a difference, which is the strongest statement that holds.
pub fn equal_for(compared: &[Compared<'_>], domain: Domain) -> Option<Domain> {
    let is_equal = compared.iter().all(|compared| compared.differences.is_empty());
    let at = Domain::ALL.iter().position(|known| *known == domain)?;
    // each domain contains the one before it
    let (smaller, larger) = (&Domain::ALL[..at], &Domain::ALL[at + 1..]);
    let asked = if is_equal { larger } else { smaller };
    let mut seen = HashSet::new();
    let different = compared.iter();
    let different: Vec<&Compared<'_>> =
        different.filter(|list| seen.insert((list.old.identity(), list.new.identity()))).collect();
    let found = asked.iter().rev().find(|asked| {
        let mut lists = different.iter();
        lists.all(|list| difference(list.old.rules(), list.new.rules(), **asked).is_empty())
    });
    found.copied().or(is_equal.then_some(domain))
}

/// A list that both plans have: site, kind, the old list and the new list.
pub type Pair<'p> = (Option<&'p str>, ListKind, &'p NamedList, &'p NamedList);

/// Every list that both plans have. If only one plan has a site, its lists are compared with those
/// of the default view of the other plan.
pub fn pairs<'p>(old: &'p [NamedList], new: &'p [NamedList]) -> Vec<Pair<'p>> {
    let mut seen = HashSet::new();
    let sites = old.iter().chain(new).map(|listed| listed.site.as_deref());
    let sites: Vec<Option<&str>> = sites.filter(|site| seen.insert(*site)).collect();
    let (old, new) = (by_site(old), by_site(new));
    let lists = sites.into_iter().flat_map(|site| ListKind::ALL.map(|kind| (site, kind)));
    let pair = |(site, kind)| Some((site, kind, find(&old, site, kind)?, find(&new, site, kind)?));
    lists.filter_map(pair).collect()
}

/// Compares every list that both plans have.
pub fn compare<'p>(
    old: &'p [NamedList],
    new: &'p [NamedList],
    domain: Domain,
) -> Vec<Compared<'p>> {
    // views that share both lists have the same differences
    let mut known: HashMap<_, Vec<Difference>> = HashMap::new();
    let compared = pairs(old, new).into_iter().map(|(site, kind, old, new)| {
        let (old, new) = (&old.rules, &new.rules);
        let differences = known
            .entry((old.identity(), new.identity()))
            .or_insert_with(|| difference(old.rules(), new.rules(), domain));
        Compared { site: site.map(str::to_owned), kind, old, new, differences: differences.clone() }
    });
    compared.collect()
}

/// Lists by site and kind.
type BySite<'p> = HashMap<(Option<&'p str>, ListKind), &'p NamedList>;

fn by_site(lists: &[NamedList]) -> BySite<'_> {
    let mut by_site = HashMap::with_capacity(lists.len());
    for listed in lists {
        let key = (listed.site.as_deref(), listed.kind);
        by_site.entry(key).or_insert(listed);
    }
    by_site
}

fn find<'p>(lists: &BySite<'p>, site: Option<&'p str>, kind: ListKind) -> Option<&'p NamedList> {
    let of = |site| lists.get(&(site, kind)).copied();
    of(site).or_else(|| of(None))
}
