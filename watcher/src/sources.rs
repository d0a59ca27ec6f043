//! What a PATH on the command line is, and the texts behind it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use adr_bundle::Manifest;
use adr_language::limits::FILE_BYTES;
use adr_language::{Checked, EntryFile, Levels, ListKind, Parsed, ReadError, World};
use rustix::fs::OFlags;
use rustix::io::Errno;
use thiserror::Error;

mod folder;

use folder::{Listing, PlanFolder};

/// What PATHs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Rule sources: one dial plan, in the order given.
    Plan(Vec<EntryFile>),
    /// Deployed XML files: the one that was named, or those that lie in a folder.
    Deployed(Vec<String>),
    /// A published folder.
    Published(String),
}

/// The finding about a named file that cannot be read.
const UNREADABLE_FILE: &str = "unreadable-file";

/// Why PATHs cannot be used. The text says what happened, [`InputError::help`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InputError {
    /// A path does not name what is asked for.
    #[error("{path}: {}", .error.reason)]
    InvalidPath {
        /// The path.
        path: String,
        /// What happened, and what to do.
        error: ReadError,
    },
    /// A file that a path names cannot be read.
    #[error("{message}")]
    Unreadable {
        /// Which file, and why.
        message: String,
        /// What to do; empty when there is nothing to add.
        help: String,
    },
}

impl InputError {
    /// What to do; empty when there is nothing to add.
    #[must_use]
    pub fn help(&self) -> &str {
        match self {
            Self::InvalidPath { error, .. } => &error.help,
            Self::Unreadable { help, .. } => help,
        }
    }
}

/// Recognizes PATHs: `.adr` files and folders of them, a deployed `.xml` file, or a published
/// folder.
///
/// A folder is one dial plan: its own `*.adr` files in byte order of their names, without those that
/// begin with a dot, which editors and systems leave there. `-` is standard input.
///
/// # Errors
///
/// A folder without sources, or with one that is a symbolic link out of the folder; a path that is
/// not there; deployed files mixed with sources.
pub fn recognize(paths: &[String]) -> Result<Input, InputError> {
    if let [path] = paths {
        if is_published(path) {
            return Ok(Input::Published(path.clone()));
        }
        if is_deployed(path) {
            return Ok(Input::Deployed(vec![path.clone()]));
        }
        let deployed = deployed_in(path);
        if !deployed.is_empty() && !holds_sources(path) {
            return Ok(Input::Deployed(deployed));
        }
    }
    let mut entries = Vec::new();
    for path in paths {
        if is_deployed(path) {
            return Err(input_error(path, "a deployed file stands alone", "give only this file"));
        }
        entries.extend(entries_of(path)?);
    }
    Ok(Input::Plan(entries))
}

/// The rule sources that PATHs name, in order.
///
/// # Errors
///
/// Those of [`recognize`], and PATHs that name compiled files.
pub fn plan_entries(paths: &[String]) -> Result<Vec<EntryFile>, InputError> {
    match recognize(paths)? {
        Input::Plan(entries) => Ok(entries),
        Input::Deployed(_) | Input::Published(_) => {
            Err(input_error(&paths.join(" "), "this is compiled already", "name rule sources"))
        }
    }
}

/// Checks parsed rule sources.
///
/// # Errors
///
/// A file that a PATH names could not be read. A file that an include names is a finding about the
/// include instead.
pub fn check(parsed: Parsed, levels: &Levels) -> Result<Checked, InputError> {
    let mut findings = parsed.findings().diagnostics().iter();
    let unread = findings.find(|found| found.name == UNREADABLE_FILE && found.span().is_none());
    match unread {
        Some(unread) => Err(InputError::Unreadable {
            message: unread.message.clone(),
            help: unread.help.join("; "),
        }),
        None => Ok(parsed.check(levels)),
    }
}

/// Whether a folder has something called like a manifest, also a broken link or a pipe.
fn is_published(path: &str) -> bool {
    let manifest = Path::new(path).join(Manifest::FILE_NAME);
    let found = manifest.symlink_metadata();
    found.is_ok_and(|found| !found.is_dir())
}

fn is_deployed(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

/// The files that clients ask for, where they lie in a folder or in its `CUPC`.
fn deployed_in(folder: &str) -> Vec<String> {
    let names = ListKind::ALL.map(ListKind::file_name);
    let folder = folder.trim_end_matches('/');
    let find = |below: &str| -> Vec<String> {
        let paths = names.map(|name| format!("{folder}/{below}{name}"));
        paths.into_iter().filter(|path| Path::new(path).is_file()).collect()
    };
    let here = find("");
    if here.is_empty() { find("CUPC/") } else { here }
}

fn holds_sources(folder: &str) -> bool {
    entries_of(folder).is_ok()
}

/// The `.adr` files that a path names: itself, or all in a folder and in the folders below, sorted.
/// The rules of a plan's folder decide which files these are, as in [`recognize`].
///
/// # Errors
///
/// A path that is not there, a folder without any, or one with a file that is a symbolic link out
/// of the folder.
pub fn sources_below(path: &str) -> Result<Vec<String>, InputError> {
    if path == "-" || !Path::new(path).is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let files = PlanFolder::new(path).sources_below()?;
    if files.is_empty() {
        return Err(no_sources(path));
    }
    Ok(files)
}

fn no_sources(path: &str) -> InputError {
    input_error(
        path,
        "this folder holds no `.adr` files",
        "name a file or a folder with rule sources",
    )
}

fn entries_of(path: &str) -> Result<Vec<EntryFile>, InputError> {
    let on_disk = Path::new(path);
    if path == "-" || !on_disk.is_dir() {
        let folder = on_disk.parent().map(|folder| folder.to_string_lossy().into_owned());
        return Ok(vec![EntryFile { path: path.to_owned(), root: folder.unwrap_or_default() }]);
    }
    let folder = PlanFolder::new(path);
    let paths = folder.sources()?;
    if paths.is_empty() {
        return Err(no_sources(path));
    }
    let entry = |path| EntryFile { path, root: folder.root().to_owned() };
    Ok(paths.into_iter().map(entry).collect())
}

fn input_error(path: &str, reason: &str, help: &str) -> InputError {
    InputError::InvalidPath { path: path.to_owned(), error: read_error(reason, help) }
}

fn read_error(reason: impl Into<String>, help: &str) -> ReadError {
    ReadError { reason: reason.into(), help: help.to_owned() }
}

/// The disk, as a dial plan sees it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl World for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        read_file(path, FILE_BYTES)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        Ok(Listing::of(folder)?.files)
    }

    /// Also for a link whose target is missing now: it may appear later.
    fn leads_outside(&self, root: &str, path: &str) -> Option<String> {
        let root = if root.is_empty() { "." } else { root };
        let root = fs::canonicalize(root).ok()?;
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(_) => dangling(Path::new(path))?,
        };
        let is_outside = !target.starts_with(root);
        is_outside.then(|| target.to_string_lossy().into_owned())
    }
}

/// The target of a broken link, as far as it can be followed.
fn dangling(link: &Path) -> Option<PathBuf> {
    let target = fs::read_link(link).ok()?;
    let target = link.parent()?.join(target);
    let folder = fs::canonicalize(target.parent()?).ok()?;
    Some(folder.join(target.file_name()?))
}

/// The bytes of a file, `-` for standard input; never more than `limit` are held.
///
/// # Errors
///
/// Missing, a folder, not a regular file, too large, or not readable.
pub fn read_file(path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
    if path == "-" {
        return read_at_most(io::stdin().lock(), limit, 0);
    }
    read_regular(Path::new(path), limit)
}

/// The bytes of a regular file. Links that lead to it are followed, since its path is the user's.
pub(crate) fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    // without waiting: a named pipe is not read, and one without a writer would hold the process
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = file.map_err(|error| describe(&error))?;
    let metadata = file.metadata().map_err(|error| describe(&error))?;
    if metadata.is_dir() {
        return Err(read_error("this is a folder, and a file is asked for", "name a file in it"));
    }
    if !metadata.is_file() {
        return Err(not_regular());
    }
    if metadata.len() > limit {
        return Err(too_large(metadata.len(), limit));
    }
    read_at_most(file, limit, metadata.len())
}

fn read_at_most(from: impl Read, limit: u64, expected: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    from.take(limit + 1).read_to_end(&mut bytes).map_err(|error| describe(&error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64, limit));
    }
    Ok(bytes)
}

fn not_regular() -> ReadError {
    read_error("this is not a regular file", "copy it into a file first")
}

fn too_large(given: u64, limit: u64) -> ReadError {
    read_error(
        format!("{given} bytes, and at most {limit} are read"),
        "split it into several files",
    )
}

/// Describes an error of the operating system: what happened, and what to do.
pub(crate) fn describe(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => read_error("no such file or folder", "check the path"),
        io::ErrorKind::PermissionDenied => read_error("permission denied", "check who may read it"),
        io::ErrorKind::IsADirectory => read_error("this is a folder", "name a file in it"),
        io::ErrorKind::StorageFull => read_error("the disk is full", "make room and try again"),
        io::ErrorKind::ReadOnlyFilesystem => {
            read_error("the disk is read-only", "choose another folder")
        }
        // what opening a socket says
        _ if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => not_regular(),
        _ if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            read_error("symbolic links lead in a circle", "correct the links")
        }
        _ => read_error(error.to_string(), ""),
    }
}
