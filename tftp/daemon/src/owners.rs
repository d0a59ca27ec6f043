//! Which source owns the default view: CUCM, or the files.

use adr_language::Parsed;
use adr_language::tree::{Item, Tree};

use crate::Error;

/// Checks that the files have no rules of the default view if the rule source of the cluster has.
///
/// # Errors
///
/// [`Error::TwoOwners`], with the first place in a file.
pub(crate) fn check(parsed: &Parsed, cluster: &str) -> Result<(), Error> {
    let sources = parsed.sources();
    let is_of_cluster = |tree: &&Tree| sources.get(tree.source).name() == cluster;
    let block = |tree: &Tree| {
        tree.items.iter().find_map(|item| match item {
            Item::Block(block) => Some(block.keyword),
            Item::Let(_)
            | Item::Emergency(_)
            | Item::Include(_)
            | Item::LongestNumber(_)
            | Item::Group(_)
            | Item::Site(_)
            | Item::Test(_) => None,
        })
    };
    let (own, files): (Vec<&Tree>, Vec<&Tree>) = parsed.trees().iter().partition(is_of_cluster);
    let is_owner = own.into_iter().any(|tree| block(tree).is_some());
    match files.into_iter().find_map(block).filter(|_| is_owner) {
        Some(place) => Err(Error::TwoOwners {
            file: sources.get(place.source).name().to_owned(),
            line: sources.position(place).line,
            cluster: cluster.to_owned(),
        }),
        None => Ok(()),
    }
}
