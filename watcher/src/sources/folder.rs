//! The folder of a dial plan: which of its files belong to the plan.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use adr_language::World;

use super::disk::Disk;
use super::error::{InputError, invalid_path};
use super::listing::Listing;
use super::read::{describe, read_error};

/// A folder that contains one dial plan. Files whose names begin with a dot are not part of the
/// plan: they belong to an editor, to a version control system or to the file system. A link is
/// part of the plan if its target is in the folder.
#[derive(Debug)]
pub(super) struct PlanFolder<'p> {
    /// The path as given on the command line.
    path: &'p str,
}

impl<'p> PlanFolder<'p> {
    pub(super) fn new(path: &'p str) -> Self {
        Self { path }
    }

    /// The path without trailing `/`; `/` itself for the root of the file system.
    pub(super) fn root(&self) -> &'p str {
        match self.path.trim_end_matches('/') {
            "" if self.path.starts_with('/') => "/",
            root => root,
        }
    }

    /// The `.adr` files of the folder itself, in byte order of their names.
    pub(super) fn sources(&self) -> Result<Vec<String>, InputError> {
        self.sources_of(self.root(), &self.list(self.path)?)
    }

    /// The `.adr` files of the folder and of all folders below, in byte order of their paths. A
    /// folder that has several names because of links is read once.
    pub(super) fn sources_below(&self) -> Result<Vec<String>, InputError> {
        let mut sources = Vec::new();
        let mut seen: HashSet<PathBuf> = HashSet::new();
        let mut folders = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            let real = fs::canonicalize(&folder);
            let real = real.map_err(|error| invalid_path(&folder, describe(&error)))?;
            if !seen.insert(real) {
                continue;
            }
            let listing = self.list(&folder)?;
            sources.extend(self.sources_of(&folder, &listing)?);
            let visible = listing.folders.iter().filter(|name| !is_hidden(name));
            let below = visible.map(|name| format!("{folder}/{name}"));
            // includes cannot name files outside of the folder, so these are not part of the plan
            folders.extend(below.filter(|below| Disk.leads_outside(self.root(), below).is_none()));
        }
        sources.sort_unstable();
        Ok(sources)
    }

    fn list(&self, folder: &str) -> Result<Listing, InputError> {
        Listing::of(folder).map_err(|error| invalid_path(folder, error))
    }

    /// The paths of the sources in one folder, sorted. Rejects a link that leads out of the folder
    /// of the plan.
    fn sources_of(&self, folder: &str, listing: &Listing) -> Result<Vec<String>, InputError> {
        let mut names: Vec<&String> = listing.files.iter().filter(|name| is_source(name)).collect();
        names.sort_unstable();
        let path = |name| {
            let path = format!("{folder}/{name}");
            match Disk.leads_outside(self.root(), &path) {
                None => Ok(path),
                Some(target) => {
                    let reason =
                        format!("this symbolic link leads out of its folder, to `{target}`");
                    let help = "put the file itself into the folder, or name it beside the folder";
                    Err(invalid_path(&path, read_error(reason, help)))
                }
            }
        };
        names.into_iter().map(path).collect()
    }
}

/// Whether a file with this name belongs to the dial plan of its folder.
pub(crate) fn is_source(name: &str) -> bool {
    let extension = Path::new(name).extension();
    !is_hidden(name) && extension.is_some_and(|extension| extension == "adr")
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::PlanFolder;

    #[test]
    fn root_is_the_path_without_trailing_slashes() {
        let roots = ["plan", "plan/", "/etc/plan//", "/", "//", ""];
        let expected = ["plan", "plan", "/etc/plan", "/", "/", ""];
        assert_eq!(roots.map(|path| PlanFolder::new(path).root()), expected);
    }
}
