//! Switching readers to a generation, and removing old ones.

use std::fs;
use std::path::Path;

use adr_bundle::folder::CURRENT;

use super::error::{PublishError, failed};
use super::layout::{LINKS, Layout, relative_folder};

impl Layout<'_> {
    /// Renames a generation from its staging folder to its own.
    pub(super) fn unstage(&self, generation: u64) -> Result<(), PublishError> {
        let (staging, path) = (self.staging_folder(generation), self.generation_folder(generation));
        let generations = self.generations_folder();
        self.disk.rename(&staging, &path).map_err(failed(&path))?;
        self.disk.sync(&generations).map_err(failed(&generations))
    }

    /// Makes a generation current. Creates the stable links that it needs first.
    pub(super) fn switch(&self, generation: u64) -> Result<(), PublishError> {
        self.create_links(generation)?;
        let current = self.folder.join(CURRENT);
        self.replace_link(&relative_folder(generation), &current)?;
        self.sync_switch(generation)
    }

    /// Syncs the folder in which `generation` is current.
    pub(super) fn sync_switch(&self, generation: u64) -> Result<(), PublishError> {
        let synced = self.disk.sync(self.folder);
        synced.map_err(|source| PublishError::NotDurable { generation, source })
    }

    /// Creates the stable links that are missing for the files of a generation.
    pub(super) fn create_links(&self, generation: u64) -> Result<(), PublishError> {
        let folder = self.generation_folder(generation);
        for name in LINKS.into_iter().filter(|name| folder.join(name).exists()) {
            let (target, path) = (Path::new(CURRENT).join(name), self.folder.join(name));
            if !fs::read_link(&path).is_ok_and(|known| known == target) {
                self.replace_link(&target, &path)?;
            }
        }
        Ok(())
    }

    /// Removes stable links without a target, and all generations but the newest `keep`. The
    /// current generation is the newest and always stays.
    pub(super) fn prune(&self, keep: usize) -> Result<(), PublishError> {
        for path in LINKS.map(|name| self.folder.join(name)) {
            if path.symlink_metadata().is_ok() && !path.exists() {
                self.disk.remove_file(&path).map_err(failed(&path))?;
            }
        }
        let generations = self.generations()?;
        let old = generations.iter().rev().skip(keep.max(1));
        old.copied().try_for_each(|generation| self.remove(generation))
    }

    /// Removes a generation. A process that lists generations sees it complete or not at all.
    pub(super) fn remove(&self, generation: u64) -> Result<(), PublishError> {
        let path = self.generation_folder(generation);
        let removal = self.removal_folder(generation);
        self.disk.rename(&path, &removal).map_err(failed(&path))?;
        self.disk.remove_folder(&removal).map_err(failed(&removal))
    }

    fn replace_link(&self, target: &Path, path: &Path) -> Result<(), PublishError> {
        let staging = self.staging_link();
        self.disk.symbolic_link(target, &staging).map_err(failed(&staging))?;
        self.disk.rename(&staging, path).map_err(failed(path))
    }
}
