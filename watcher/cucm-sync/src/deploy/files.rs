//! The files that a deployment puts onto TFTP servers.

use std::collections::BTreeMap;
use std::sync::Arc;

use adr_engine::{RuleList, xml};
use adr_language::{Artifacts, ListKind};

/// Files below a TFTP root: relative path and bytes, sorted by path.
pub(crate) type Files = BTreeMap<String, Arc<Vec<u8>>>;

/// The paths that a deployment writes: both lists at the root, and both in `CUPC/`.
///
/// ```
/// assert!(adr_cucm_sync::deploy::paths().contains(&"CUPC/AppDialRules.xml"));
/// ```
#[must_use]
pub fn paths() -> [&'static str; 4] {
    let [application, lookup] = ListKind::ALL;
    [lookup.path(), application.path(), lookup.file_name(), application.file_name()]
}

/// The files of the default view of a plan. They do not depend on its sites.
pub(crate) fn of_default_view(artifacts: &Artifacts) -> Files {
    let files = artifacts.files.iter().filter(|(path, _)| paths().contains(&&**path));
    files.cloned().collect()
}

/// A file without rules. It takes the place of a file that did not exist before a deployment,
/// because the upload page cannot remove files: a client reads it as "no rules".
pub(crate) fn without_rules() -> Vec<u8> {
    xml::write(&RuleList::default())
}

/// The folder and the name of a path, as the upload form wants them.
pub(crate) fn folder_and_name(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or((adr_cucm::upload::ROOT_DIRECTORY, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_a_dot_in_the_form() {
        assert_eq!(folder_and_name("AppDialRules.xml"), (".", "AppDialRules.xml"));
        assert_eq!(folder_and_name("CUPC/AppDialRules.xml"), ("CUPC", "AppDialRules.xml"));
    }

    #[test]
    fn client_reads_the_file_without_rules_as_no_rules() {
        let read = xml::read_as_client(&without_rules());
        assert!(read.rules.is_empty() && read.error.is_none());
    }
}
