//! Whether a folder holds what its manifest says.

use std::fmt;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::manifest::{Manifest, ManifestFile};

/// The SHA-256 of bytes, in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Manifest {
    /// Compares every file with its entry; `read` gives a file's bytes.
    ///
    /// # Errors
    ///
    /// The first file that is missing or differs.
    pub fn verify(
        &self,
        mut read: impl FnMut(&ManifestFile) -> Result<Vec<u8>, String>,
    ) -> Result<(), Damage> {
        for file in &self.files {
            let damage = |what: String| Damage { path: file.path.clone(), what };
            let bytes = read(file).map_err(damage)?;
            file.check(&bytes).map_err(damage)?;
        }
        Ok(())
    }
}

impl ManifestFile {
    /// Compares bytes with this entry.
    ///
    /// # Errors
    ///
    /// What differs, a phrase.
    pub fn check(&self, bytes: &[u8]) -> Result<(), String> {
        self.check_size(bytes.len() as u64)?;
        if sha256(bytes) != self.sha256 {
            return Err("its SHA-256 is not the one in the manifest".to_owned());
        }
        Ok(())
    }

    /// Compares a number of bytes with this entry, without looking at any.
    pub(crate) fn check_size(&self, found: u64) -> Result<(), String> {
        let listed = self.size;
        if found == listed {
            return Ok(());
        }
        Err(format!("{found} bytes, and the manifest says {listed}"))
    }
}

/// A file that is not what the manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: String,
    /// What is wrong, a phrase.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

impl std::error::Error for Damage {}
