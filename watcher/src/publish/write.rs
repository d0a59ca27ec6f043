//! Writing a complete generation aside.

use std::path::{Path, PathBuf};

use adr_bundle::{Manifest, SIGNATURE_FILE_NAME};
use adr_language::Artifacts;

use super::error::{PublishError, failed};
use super::record::Record;
use super::{Disk, Publisher};

impl Publisher<'_> {
    /// Writes a complete generation aside, syncs it, and gives it its name.
    pub(super) fn write(
        &self,
        manifest: &Manifest,
        artefacts: &Artifacts,
        record: &Record,
    ) -> Result<(), PublishError> {
        let (layout, generation) = (self.layout(), manifest.generation);
        let aside = layout.aside(generation);
        let done = self
            .write_aside(&aside, manifest, artefacts, record)
            .and_then(|()| layout.name(generation));
        if done.is_err() {
            let _ = self.disk.remove_folder(&aside);
        }
        done
    }

    fn write_aside(
        &self,
        aside: &Path,
        manifest: &Manifest,
        artefacts: &Artifacts,
        record: &Record,
    ) -> Result<(), PublishError> {
        let mut folders = Folders::below(aside, self.disk)?;
        let mut written: Vec<(*const u8, PathBuf)> = Vec::new();
        for (name, bytes) in &artefacts.files {
            let path = aside.join(name);
            folders.make_for(&path)?;
            match written.iter().find(|(known, _)| *known == bytes.as_ptr()) {
                Some((_, original)) => self.disk.link_file(original, &path),
                None => self.disk.write(&path, bytes),
            }
            .map_err(failed(&path))?;
            written.push((bytes.as_ptr(), path));
        }
        let text = manifest.to_json();
        self.write_text(&aside.join(Record::FILE_NAME), &record.to_json())?;
        if let Some(sign) = self.signer {
            let signature = sign(text.as_bytes(), manifest.generation);
            let signature = signature.map_err(PublishError::Signing)?;
            self.write_text(&aside.join(SIGNATURE_FILE_NAME), &signature)?;
        }
        self.write_text(&aside.join(Manifest::FILE_NAME), &text)?;
        folders.sync()
    }

    fn write_text(&self, path: &Path, text: &str) -> Result<(), PublishError> {
        self.disk.write(path, text.as_bytes()).map_err(failed(path))
    }
}

/// The folders of a generation that is being written, each made once.
struct Folders<'w> {
    top: &'w Path,
    disk: &'w Disk,
    made: Vec<PathBuf>,
}

impl<'w> Folders<'w> {
    fn below(top: &'w Path, disk: &'w Disk) -> Result<Self, PublishError> {
        disk.create_folder(top).map_err(failed(top))?;
        let made = vec![top.to_owned()];
        Ok(Self { top, disk, made })
    }

    fn make_for(&mut self, file: &Path) -> Result<(), PublishError> {
        for folder in file.ancestors().skip(1).take_while(|it| *it != self.top) {
            if !self.made.iter().any(|known| known == folder) {
                self.disk.create_folder(folder).map_err(failed(folder))?;
                self.made.push(folder.to_owned());
            }
        }
        Ok(())
    }

    /// Waits until their names are on the disk, the innermost first.
    fn sync(&self) -> Result<(), PublishError> {
        let mut innermost_first = self.made.iter().rev();
        innermost_first.try_for_each(|folder| self.disk.sync(folder).map_err(failed(folder)))
    }
}
