//! Compares files with the entries of a manifest.

use std::io;

use crate::manifest::{Manifest, ManifestFile};
use crate::phrase::phrase;
use crate::sha256::sha256;

impl Manifest {
    /// Compares every file with its entry; `read` returns the content of a file.
    ///
    /// # Errors
    ///
    /// The first file that is missing or differs.
    ///
    /// ```
    /// # use adr_bundle::{FORMAT_VERSION, FileError, Manifest, ManifestFile};
    /// let manifest = Manifest {
    ///     format_version: FORMAT_VERSION,
    ///     generation: 7,
    ///     tool: None,
    ///     views: Vec::new(),
    ///     files: vec![ManifestFile::of("AppDialRules.xml", b"<DialRules/>\n")],
    /// };
    /// assert!(manifest.verify(|_| Ok(b"<DialRules/>\n".to_vec())).is_ok());
    /// let damage = manifest.verify(|_| Ok(b"<DialRules>\n".to_vec())).unwrap_err();
    /// assert!(matches!(damage.cause, FileError::WrongSize { found: 12, listed: 13 }));
    /// ```
    pub fn verify(
        &self,
        mut read: impl FnMut(&ManifestFile) -> Result<Vec<u8>, FileError>,
    ) -> Result<(), Damage> {
        for file in &self.files {
            let damage = |cause| Damage { path: file.path.clone(), cause };
            let bytes = read(file).map_err(damage)?;
            file.check(&bytes).map_err(damage)?;
        }
        Ok(())
    }
}

impl ManifestFile {
    /// Compares the content of a file with this entry.
    ///
    /// # Errors
    ///
    /// [`FileError::WrongSize`] or [`FileError::WrongHash`].
    pub fn check(&self, bytes: &[u8]) -> Result<(), FileError> {
        self.check_size(bytes.len() as u64)?;
        if sha256(bytes) != self.sha256 {
            return Err(FileError::WrongHash);
        }
        Ok(())
    }

    /// Compares the size of a file with this entry.
    pub(crate) fn check_size(&self, found: u64) -> Result<(), FileError> {
        let listed = self.size;
        if found == listed {
            return Ok(());
        }
        Err(FileError::WrongSize { found, listed })
    }
}

/// A file that differs from its entry in the manifest.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.escape_debug())]
pub struct Damage {
    /// The path in the manifest.
    pub path: String,
    /// What is wrong with the file.
    #[source]
    pub cause: FileError,
}

/// What is wrong with a file of a manifest.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("{}", phrase(.0))]
    Unreadable(#[from] io::Error),
    /// The file does not exist.
    #[error("the file is missing")]
    Missing,
    /// The size differs.
    #[error("{found} bytes, and the manifest says {listed}")]
    WrongSize {
        /// Bytes of the file.
        found: u64,
        /// Bytes according to the manifest.
        listed: u64,
    },
    /// The content differs.
    #[error("its SHA-256 is not the one in the manifest")]
    WrongHash,
    /// The manifest has two entries with this path.
    #[error("the manifest names it twice")]
    ListedTwice,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::FORMAT_VERSION;

    #[test]
    fn changed_and_missing_files_are_damage() {
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            generation: 7,
            tool: None,
            views: Vec::new(),
            files: vec![ManifestFile::of("x", b"<DialRules/>\n")],
        };
        assert!(manifest.verify(|_| Ok(b"<DialRules/>\n".to_vec())).is_ok());
        assert!(manifest.verify(|_| Ok(b"<DialRules>\n".to_vec())).is_err());
        assert!(manifest.verify(|_| Err(FileError::Missing)).is_err());
    }
}
