//! Publishing: a generation is there as a whole or not at all.
//!
//! ```text
//! DIR/generations/3/          complete trees, each with its manifest.json
//! DIR/current -> generations/3    the one switch, renamed into place
//! DIR/CUPC -> current/CUPC        stable links, made once; likewise the root files, sites, manifest.json
//! ```
//!
//! A reader that follows `current` sees the old tree or the new one, never a mixture, whatever is
//! killed when: everything is written and synced below `generations/` before the link is renamed.

mod disk;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_language::Artefacts;
use adr_tree::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};
use rustix::fs::{FlockOperation, flock};

use crate::sources::words;
pub use disk::Disk;

/// Generations that are kept unless told otherwise.
pub const KEEP: usize = 10;

/// Names in a published folder that are links into the current generation.
const LINKS: [&str; 5] = [
    "AppDialRules.xml",
    "CUPC",
    "DirLookupDialRules.xml",
    "manifest.json",
    "sites",
];

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The generation that is current now.
    pub generation: u64,
    /// False when the content was published already.
    pub changed: bool,
}

/// Why nothing was published; what was there before is there still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// Another adrc publishes into the folder.
    Busy(PathBuf),
    /// Something that adrc did not write is in the way.
    Foreign(PathBuf),
    /// The operating system refused.
    Failed {
        /// What was being written.
        path: PathBuf,
        /// Why it failed, a phrase.
        reason: String,
    },
    /// A client would not read the files as the rules they were made from.
    ReadBack(String),
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(path) => write!(
                f,
                "{}: another adrc is publishing here; try again",
                path.display()
            ),
            Self::Foreign(path) => {
                write!(
                    f,
                    "{}: adrc did not write this and leaves it alone; choose an empty folder",
                    path.display()
                )
            }
            Self::Failed { path, reason } => {
                write!(f, "{}: {reason}; nothing was published", path.display())
            }
            Self::ReadBack(reason) => write!(f, "{reason}; nothing was published"),
        }
    }
}

impl std::error::Error for PublishError {}

/// Publishes artefacts as the next generation of `folder`, unless its current one is intact and equal.
///
/// `read_back` runs while the files are being written, and must succeed before the switch. At most
/// [`KEEP`] generations stay.
///
/// # Errors
///
/// See [`PublishError`]; whatever it is, the current generation is what it was.
pub fn publish(
    folder: &Path,
    artefacts: &Artefacts,
    tool: &str,
    read_back: impl FnOnce() -> Result<(), String> + Send,
    disk: &Disk,
) -> Result<Published, PublishError> {
    let publisher = Publisher { folder, disk };
    publisher.prepare()?;
    let _lock = publisher.lock()?;
    publisher.clean_up()?;
    std::thread::scope(|scope| {
        let checked = scope.spawn(read_back);
        let manifest = manifest(artefacts, tool);
        let before = publisher.current();
        let latest = publisher.generations()?.last().copied().unwrap_or(0);
        if let Some(before) =
            before.filter(|before| before.same_content(&manifest) && publisher.is_intact(before))
        {
            publisher.link()?;
            return Ok(Published {
                generation: before.generation,
                changed: false,
            });
        }
        let manifest = Manifest {
            generation: latest + 1,
            ..manifest
        };
        publisher.write(&manifest, artefacts)?;
        match checked.join() {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => return Err(PublishError::ReadBack(reason)),
            Err(_) => {
                return Err(PublishError::ReadBack(
                    "reading the files back failed".into(),
                ));
            }
        }
        publisher.switch(manifest.generation)?;
        publisher.link()?;
        publisher.forget()?;
        Ok(Published {
            generation: manifest.generation,
            changed: true,
        })
    })
}

fn manifest(artefacts: &Artefacts, tool: &str) -> Manifest {
    let mut hashed: Vec<(*const u8, ManifestFile)> = Vec::new();
    let file = |(path, bytes): &(String, Arc<Vec<u8>>)| {
        let known = hashed.iter().find(|(known, _)| *known == bytes.as_ptr());
        let file = known.map_or_else(|| ManifestFile::of(path, bytes), |(_, file)| file.clone());
        hashed.push((bytes.as_ptr(), file.clone()));
        ManifestFile {
            path: path.clone(),
            ..file
        }
    };
    Manifest {
        format_version: FORMAT_VERSION,
        generation: 0,
        tool: tool.to_owned(),
        views: artefacts
            .views
            .iter()
            .map(|view| ManifestView {
                name: view.name.clone(),
                folder: view.folder.clone(),
                networks: view.networks.clone(),
            })
            .collect(),
        files: artefacts.files.iter().map(file).collect(),
    }
}

struct Publisher<'p> {
    folder: &'p Path,
    disk: &'p Disk,
}

impl Publisher<'_> {
    /// Makes the folder, and refuses one with foreign things where the links go.
    fn prepare(&self) -> Result<(), PublishError> {
        let generations = self.folder.join("generations");
        for name in LINKS.into_iter().chain(["current"]) {
            let path = self.folder.join(name);
            if path
                .symlink_metadata()
                .is_ok_and(|metadata| !metadata.is_symlink())
            {
                return Err(PublishError::Foreign(path));
            }
        }
        self.disk
            .create_folder(&generations)
            .map_err(failed(&generations))
    }

    fn lock(&self) -> Result<File, PublishError> {
        let path = self.folder.join(".lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed(&path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(PublishError::Busy(self.folder.to_owned())),
            Err(error) => Err(failed(&path)(error.into())),
        }
    }

    /// Removes what a killed run left.
    fn clean_up(&self) -> Result<(), PublishError> {
        let generations = self.folder.join("generations");
        for name in self
            .disk
            .names(&generations)
            .map_err(failed(&generations))?
        {
            if name.starts_with(".new-") {
                let path = generations.join(name);
                self.disk.remove_folder(&path).map_err(failed(&path))?;
            }
        }
        Ok(())
    }

    /// Numbers of the generations that are there, ascending.
    fn generations(&self) -> Result<Vec<u64>, PublishError> {
        let generations = self.folder.join("generations");
        let names = self
            .disk
            .names(&generations)
            .map_err(failed(&generations))?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn current(&self) -> Option<Manifest> {
        let text = std::fs::read(self.folder.join("current").join(Manifest::FILE_NAME)).ok()?;
        Manifest::parse(&text).ok()
    }

    fn is_intact(&self, manifest: &Manifest) -> bool {
        let current = self.folder.join("current");
        manifest
            .verify(|path| std::fs::read(current.join(path)).map_err(|error| error.to_string()))
            .is_ok()
    }

    /// Writes a complete generation aside, syncs it, and gives it its name.
    fn write(&self, manifest: &Manifest, artefacts: &Artefacts) -> Result<(), PublishError> {
        let generations = self.folder.join("generations");
        let aside = generations.join(format!(".new-{}", manifest.generation));
        let done = self
            .write_aside(&aside, manifest, artefacts)
            .and_then(|()| {
                let path = generations.join(manifest.generation.to_string());
                self.disk.rename(&aside, &path).map_err(failed(&path))?;
                self.disk.sync(&generations).map_err(failed(&generations))
            });
        if done.is_err() {
            let _ = self.disk.remove_folder(&aside);
        }
        done
    }

    fn write_aside(
        &self,
        aside: &Path,
        manifest: &Manifest,
        artefacts: &Artefacts,
    ) -> Result<(), PublishError> {
        let mut written: Vec<(*const u8, PathBuf)> = Vec::new();
        let mut folders = vec![aside.to_owned()];
        self.disk.create_folder(aside).map_err(failed(aside))?;
        for (name, bytes) in &artefacts.files {
            let path = aside.join(name);
            for folder in path
                .ancestors()
                .skip(1)
                .take_while(|folder| *folder != aside)
            {
                if !folders.iter().any(|known| known == folder) {
                    self.disk.create_folder(folder).map_err(failed(folder))?;
                    folders.push(folder.to_owned());
                }
            }
            match written.iter().find(|(known, _)| *known == bytes.as_ptr()) {
                Some((_, original)) => self.disk.link_file(original, &path),
                None => self.disk.write(&path, bytes),
            }
            .map_err(failed(&path))?;
            written.push((bytes.as_ptr(), path));
        }
        let path = aside.join(Manifest::FILE_NAME);
        self.disk
            .write(&path, manifest.to_json().as_bytes())
            .map_err(failed(&path))?;
        folders
            .iter()
            .rev()
            .try_for_each(|folder| self.disk.sync(folder).map_err(failed(folder)))
    }

    /// The one switch.
    fn switch(&self, generation: u64) -> Result<(), PublishError> {
        let current = self.folder.join("current");
        let target = Path::new("generations").join(generation.to_string());
        self.replace_link(&target, &current)
    }

    /// Makes the stable links that are missing.
    fn link(&self) -> Result<(), PublishError> {
        for name in LINKS {
            let target = Path::new("current").join(name);
            let path = self.folder.join(name);
            let is_there = std::fs::read_link(&path).is_ok_and(|known| known == target);
            match (self.folder.join(&target).exists(), is_there) {
                (true, false) => self.replace_link(&target, &path)?,
                (false, true) => self.disk.remove_file(&path).map_err(failed(&path))?,
                _ => {}
            }
        }
        self.disk.sync(self.folder).map_err(failed(self.folder))
    }

    fn replace_link(&self, target: &Path, path: &Path) -> Result<(), PublishError> {
        let aside = self.folder.join(".link");
        let _ = self.disk.remove_file(&aside);
        self.disk.link(target, &aside).map_err(failed(&aside))?;
        self.disk.rename(&aside, path).map_err(failed(path))?;
        self.disk.sync(self.folder).map_err(failed(self.folder))
    }

    /// Removes the oldest generations, never the current one.
    fn forget(&self) -> Result<(), PublishError> {
        let generations = self.generations()?;
        for old in generations.iter().rev().skip(KEEP) {
            let path = self.folder.join("generations").join(old.to_string());
            self.disk.remove_folder(&path).map_err(failed(&path))?;
        }
        Ok(())
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> PublishError + '_ {
    move |error| PublishError::Failed {
        path: path.to_owned(),
        reason: words(&error).reason,
    }
}
