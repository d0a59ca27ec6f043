//! Compares the sites of two generations: sites that are added or removed, and sites whose clients
//! change.

use std::collections::HashMap;

use serde::Serialize;

use crate::style::{Styles, styled};

/// The name of a site, `None` for the default view, and the networks of its clients.
pub type Site<'n> = (Option<&'n str>, Vec<String>);

/// A site that is added or removed, or whose clients change.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct SiteChange {
    site: String,
    /// The networks of its clients before; null for a new site.
    old_clients: Option<Vec<String>>,
    /// The networks of its clients now; null for a removed site.
    new_clients: Option<Vec<String>>,
}

impl SiteChange {
    /// One line for people.
    #[must_use]
    pub fn line(&self, styles: Styles) -> String {
        let site = &self.site;
        match (&self.old_clients, &self.new_clients) {
            (None, new) => {
                let new = new.as_deref().unwrap_or_default().join(", ");
                styled(styles.good, format_args!("site \"{site}\" is new, clients {new}"))
            }
            (Some(_), None) => {
                let line =
                    format_args!("site \"{site}\" is removed; its clients get the default view");
                styled(styles.bad, line)
            }
            (Some(old), Some(new)) => {
                let old = styled(styles.bad, old.join(", "));
                let new = styled(styles.good, new.join(", "));
                format!("site \"{site}\": clients were {old}, become {new}")
            }
        }
    }
}

/// The changes: first new sites and sites whose clients change, in the order of `new`, then removed
/// sites.
#[must_use]
pub fn site_changes(old: Vec<Site<'_>>, new: Vec<Site<'_>>) -> Vec<SiteChange> {
    let order: Vec<Option<&str>> = old.iter().map(|(name, _)| *name).collect();
    let mut old: HashMap<Option<&str>, Vec<String>> = old.into_iter().collect();
    let mut changes = Vec::new();
    let mut change = |site: Option<&str>, old_clients, new_clients| {
        if let Some(site) = site.filter(|_| old_clients != new_clients) {
            changes.push(SiteChange { site: site.to_owned(), old_clients, new_clients });
        }
    };
    for (site, clients) in new {
        change(site, old.remove(&site), Some(clients));
    }
    for site in order {
        change(site, old.remove(&site), None);
    }
    changes
}
