//! The files that paths name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::disk::open_file;
use adr_watcher::sources::describe;
use thiserror::Error;

use super::container::Containers;
use super::counted::Counted;
use super::{LineSink, LogLimits, LogProgress, MAX_FOLDER_DEPTH};

/// Most entries of a folder whose names are sorted. Names of so many take about 100 MB.
const MAX_ENTRIES: usize = 1_000_000;

/// A path of the user cannot be read at all.
#[derive(Debug, Error)]
#[error("{}: {}", .path.display(), describe(.source).reason)]
pub struct LogError {
    /// The path.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Reads the lines of files, and of all files in folders, in the order of the paths. Symbolic links
/// in folders are not followed.
///
/// # Errors
///
/// A path of the user does not exist or cannot be opened. What cannot be read inside a folder or an
/// archive is reported to the sink.
pub fn read_logs(
    paths: &[PathBuf],
    sink: &mut dyn LineSink,
    progress: &mut dyn FnMut(&LogProgress),
) -> Result<(), LogError> {
    read_logs_within(LogLimits::default(), paths, sink, progress)
}

/// Reads as [`read_logs`] does, with other limits.
///
/// # Errors
///
/// As [`read_logs`].
pub fn read_logs_within(
    limits: LogLimits,
    paths: &[PathBuf],
    sink: &mut dyn LineSink,
    progress: &mut dyn FnMut(&LogProgress),
) -> Result<(), LogError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| LogError { path, source }
    };
    let mut found = Found { most: limits.files, ..Found::default() };
    for path in paths {
        let metadata = fs::metadata(path).map_err(failed(path))?;
        if metadata.is_dir() {
            found.folder(path, 1).map_err(failed(path))?;
        } else {
            drop(open_file(path).map_err(failed(path))?);
            found.add(path.clone(), metadata.len());
        }
    }
    let total = found.files.iter().map(|(_, bytes)| bytes).sum();
    let mut state = LogProgress { path: PathBuf::new(), read: 0, total };
    let mut containers = Containers::new(limits, sink);
    for (path, _) in found.files {
        state.path.clone_from(&path);
        progress(&state);
        let mut report = |bytes| {
            state.read += bytes;
            progress(&state);
        };
        let name = path.display().to_string();
        match open_file(&path) {
            Ok(file) => containers.read(&name, &mut Counted::new(file, &mut report)),
            Err(error) => containers.unread(&name, describe(&error).reason),
        }
    }
    for (path, why) in found.unread {
        containers.unread(&path.display().to_string(), why);
    }
    Ok(())
}

/// Files, and what cannot be read.
#[derive(Default)]
struct Found {
    /// How many files may be found.
    most: usize,
    has_more: bool,
    files: Vec<(PathBuf, u64)>,
    unread: Vec<(PathBuf, String)>,
}

impl Found {
    fn add(&mut self, path: PathBuf, bytes: u64) {
        if self.files.len() < self.most {
            self.files.push((path, bytes));
        } else if !self.has_more {
            self.has_more = true;
            self.unread.push((path, format!("there are more than {} files", self.most)));
        }
    }

    /// Adds the files of a folder, sorted by name.
    fn folder(&mut self, folder: &Path, depth: usize) -> io::Result<()> {
        // more than may be found, so that the first ones by name are found, and `add` says it
        let entries = fs::read_dir(folder)?.take(MAX_ENTRIES);
        let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() {
                self.add(path, metadata.len());
            } else if metadata.is_dir() && depth < MAX_FOLDER_DEPTH {
                if let Err(error) = self.folder(&path, depth + 1) {
                    self.unread.push((path, describe(&error).reason));
                }
            } else if metadata.is_dir() {
                let why = format!("folders are read {MAX_FOLDER_DEPTH} levels deep");
                self.unread.push((path, why));
            }
        }
        Ok(())
    }
}
