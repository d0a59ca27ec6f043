//! The recorded files.

use std::path::{Path, PathBuf};

/// The folder of the recordings.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

/// A recording, such as `axl/01-getCCMVersion-req.xml`.
pub(crate) fn recording(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Names of all recordings of both folders with this ending, sorted.
pub(crate) fn names(ending: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in ["axl", "cucm"] {
        for entry in std::fs::read_dir(folder().join(part)).expect("a folder") {
            let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
            if name.ends_with(ending) {
                names.push(format!("{part}/{name}"));
            }
        }
    }
    names.sort();
    names
}

/// The number at the start of a recording's name.
pub(crate) fn number(name: &str) -> u32 {
    let file = name.rsplit('/').next().unwrap_or_default();
    file[..2].parse().expect("a number")
}
