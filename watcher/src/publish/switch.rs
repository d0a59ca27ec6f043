//! Switching readers to a generation, and removing old ones.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::folder::{CURRENT, pointer_text};

use super::error::{PublishError, failed};
use super::layout::{LINKS, Layout, relative_folder};
use crate::platform;

/// How readers are led to the current generation. They understand both forms on every system, and
/// a publisher replaces the other form by its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// `current` is a symbolic link, and stable links lead through it: servers that know nothing of
    /// generations can serve the folder. The default on Unix.
    Link,
    /// `current` is a file with the path of the generation's folder, and there are no stable links.
    /// The default on Windows, where links need a privilege.
    Pointer,
}

impl Default for Switch {
    fn default() -> Self {
        platform::SWITCH
    }
}

impl Layout<'_> {
    /// Renames a generation from its staging folder to its own.
    pub(super) fn unstage(&self, generation: u64) -> Result<(), PublishError> {
        let (staging, path) = (self.staging_folder(generation), self.generation_folder(generation));
        let generations = self.generations_folder();
        self.disk.rename(&staging, &path).map_err(failed(&path))?;
        self.disk.sync(&generations).map_err(failed(&generations))
    }

    /// Renames a generation that exists, so that another one gets its name; the next publisher
    /// removes it. Returns its new path.
    pub(super) fn set_aside(&self, generation: u64) -> Result<Option<PathBuf>, PublishError> {
        let path = self.generation_folder(generation);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let removal = self.removal_folder(generation);
        if removal.symlink_metadata().is_ok() {
            self.disk.remove_folder(&removal).map_err(failed(&removal))?;
        }
        self.disk.rename(&path, &removal).map_err(failed(&path))?;
        Ok(Some(removal))
    }

    /// Makes a generation current. Creates the stable links that it needs first.
    pub(super) fn switch(&self, generation: u64) -> Result<(), PublishError> {
        self.create_links(generation)?;
        self.point_to(generation)?;
        self.sync_switch(generation)
    }

    /// Completes a switch whose publisher was killed, and replaces the form of another system.
    pub(super) fn complete_switch(&self, generation: u64) -> Result<(), PublishError> {
        self.create_links(generation)?;
        let is_link = self.folder.join(CURRENT).is_symlink();
        match is_link == (self.switch == Switch::Link) {
            true => Ok(()),
            false => self.point_to(generation),
        }
    }

    /// Replaces `current`, in the form of this publisher.
    fn point_to(&self, generation: u64) -> Result<(), PublishError> {
        let (target, current) = (relative_folder(generation), self.folder.join(CURRENT));
        match self.switch {
            Switch::Link => self.replace_link(&target, &current),
            Switch::Pointer => {
                let text = pointer_text(&target);
                self.replace(&current, |staging| self.disk.write(staging, text.as_bytes()))
            }
        }
    }

    /// Syncs the folder in which `generation` is current.
    pub(super) fn sync_switch(&self, generation: u64) -> Result<(), PublishError> {
        let synced = self.disk.sync(self.folder);
        synced.map_err(|source| PublishError::NotDurable { generation, source })
    }

    /// Creates the stable links that are missing for the files of a generation. A pointer file has
    /// none, because nothing can lead through it.
    fn create_links(&self, generation: u64) -> Result<(), PublishError> {
        if self.switch == Switch::Pointer {
            return Ok(());
        }
        let folder = self.generation_folder(generation);
        for name in LINKS.into_iter().filter(|name| folder.join(name).exists()) {
            let (target, path) = (Path::new(CURRENT).join(name), self.folder.join(name));
            if !fs::read_link(&path).is_ok_and(|known| known == target) {
                self.replace_link(&target, &path)?;
            }
        }
        Ok(())
    }

    /// Removes stable links without a target, and all generations but the current one and the
    /// newest of those before it, `keep` together. Newer ones never became current and do not
    /// count: the next publisher removes them.
    pub(super) fn prune(&self, current: u64, keep: usize) -> Result<(), PublishError> {
        for path in LINKS.map(|name| self.folder.join(name)) {
            if path.symlink_metadata().is_ok() && !path.exists() {
                self.disk.remove_file(&path).map_err(failed(&path))?;
            }
        }
        let generations = self.generations()?.into_iter().rev();
        let mut old = generations.filter(|generation| *generation <= current).skip(keep.max(1));
        old.try_for_each(|generation| self.remove(generation))
    }

    /// Removes a generation. A process that lists generations sees it complete or not at all.
    pub(super) fn remove(&self, generation: u64) -> Result<(), PublishError> {
        let path = self.generation_folder(generation);
        let removal = self.removal_folder(generation);
        self.disk.rename(&path, &removal).map_err(failed(&path))?;
        self.disk.remove_folder(&removal).map_err(failed(&removal))
    }

    /// Replaces a file of the folder by one with this text.
    pub(super) fn replace_text(&self, name: &str, text: &str) -> Result<(), PublishError> {
        let path = self.folder.join(name);
        let written = self.replace(&path, |staging| self.disk.write(staging, text.as_bytes()));
        if written.is_err() {
            let _ = self.disk.remove_file(&self.staging_link());
        }
        written
    }

    fn replace_link(&self, target: &Path, path: &Path) -> Result<(), PublishError> {
        self.replace(path, |staging| self.disk.symbolic_link(target, staging))
    }

    /// Creates something aside and renames it to `path`.
    fn replace(
        &self,
        path: &Path,
        create: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), PublishError> {
        let staging = self.staging_link();
        create(&staging).map_err(failed(&staging))?;
        self.disk.rename(&staging, path).map_err(failed(path))
    }
}
