//! What lies in a plan's folder, and what of it belongs to the plan.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use adr_language::{ReadError, World};

use super::{Disk, InputError, describe, input_error};

/// The names in a folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Everything that is not a folder, also links that lead nowhere.
    pub(super) files: Vec<String>,
    /// Folders, and links to folders.
    folders: Vec<String>,
}

impl Listing {
    pub(super) fn of(folder: &str) -> Result<Self, ReadError> {
        let mut listing = Self::default();
        for entry in fs::read_dir(folder).map_err(|error| describe(&error))? {
            let entry = entry.map_err(|error| describe(&error))?;
            let names = match entry.path().is_dir() {
                true => &mut listing.folders,
                false => &mut listing.files,
            };
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        Ok(listing)
    }
}

/// A folder that holds one plan. Files whose names begin with a dot are not part of the plan: they
/// belong to an editor, to a version control system or to the file system. A link is followed where
/// it stays in the folder.
#[derive(Debug)]
pub(super) struct PlanFolder<'p> {
    /// The path as the user wrote it.
    path: &'p str,
}

impl<'p> PlanFolder<'p> {
    pub(super) fn new(path: &'p str) -> Self {
        Self { path }
    }

    /// The path without `/` at its end, unless it is the root of the file system.
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

    /// The `.adr` files of the folder and of the folders in it, in byte order of their paths. A
    /// folder that several links lead to is read once.
    pub(super) fn sources_below(&self) -> Result<Vec<String>, InputError> {
        let mut sources = Vec::new();
        let mut seen: HashSet<PathBuf> = HashSet::new();
        let mut folders = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            let real = fs::canonicalize(&folder);
            let real = real.map_err(|error| unreadable(&folder, describe(&error)))?;
            if !seen.insert(real) {
                continue;
            }
            let listing = self.list(&folder)?;
            sources.extend(self.sources_of(&folder, &listing)?);
            let below = visible(&listing.folders).map(|name| format!("{folder}/{name}"));
            // an include cannot lead through a folder outside, so nothing there belongs to the plan
            folders.extend(below.filter(|below| Disk.leads_outside(self.root(), below).is_none()));
        }
        sources.sort_unstable();
        Ok(sources)
    }

    fn list(&self, folder: &str) -> Result<Listing, InputError> {
        Listing::of(folder).map_err(|error| unreadable(folder, error))
    }

    /// The paths of the sources among the names in one folder; refuses a link that leads out of the
    /// plan's folder.
    fn sources_of(&self, folder: &str, listing: &Listing) -> Result<Vec<String>, InputError> {
        let mut names: Vec<&String> =
            visible(&listing.files).filter(|name| is_source(name)).collect();
        names.sort_unstable();
        let path = |name| {
            let path = format!("{folder}/{name}");
            match Disk.leads_outside(self.root(), &path) {
                None => Ok(path),
                Some(target) => Err(input_error(
                    &path,
                    &format!("this symbolic link leads out of its folder, to `{target}`"),
                    "put the file itself into the folder, or name it beside the folder",
                )),
            }
        };
        names.into_iter().map(path).collect()
    }
}

fn visible(names: &[String]) -> impl Iterator<Item = &String> {
    names.iter().filter(|name| !name.starts_with('.'))
}

fn is_source(name: &str) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|extension| extension == "adr")
}

fn unreadable(folder: &str, error: ReadError) -> InputError {
    InputError::InvalidPath { path: folder.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::PlanFolder;

    #[test]
    fn root_is_the_path_without_slashes_at_its_end() {
        let roots = ["plan", "plan/", "/etc/plan//", "/", "//", ""];
        let expected = ["plan", "plan", "/etc/plan", "/", "/", ""];
        assert_eq!(roots.map(|path| PlanFolder::new(path).root()), expected);
    }
}
