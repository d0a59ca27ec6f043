//! Worlds for these tests: a folder on disk, and files in memory.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use adr_language::{ReadError, World};

/// A folder on disk.
pub(crate) struct Folder(pub(crate) PathBuf);

impl World for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        fs::read(self.0.join(path))
            .map_err(|error| ReadError { reason: error.kind().to_string(), help: String::new() })
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let listed = fs::read_dir(self.0.join(folder))
            .map_err(|error| ReadError { reason: error.kind().to_string(), help: String::new() })?;
        let names = listed.map(|entry| entry.unwrap().file_name());
        Ok(names.map(|name| name.to_str().unwrap().to_owned()).collect())
    }
}

/// Files in memory.
pub(crate) struct Files(pub(crate) HashMap<String, Vec<u8>>);

impl World for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0.get(path).cloned().ok_or_else(|| ReadError {
            reason: "no such file".to_owned(),
            help: "check the path".to_owned(),
        })
    }
}
