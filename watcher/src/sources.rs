//! Rule sources, deployed files and published folders as users name them on the command line.

use std::path::Path;

use adr_bundle::Manifest;
use adr_diagnostic::Report;
use adr_language::{Checked, EntryFile, Levels, ListKind, Parsed};

mod disk;
mod error;
mod folder;
mod listing;
mod overlay;
mod read;

pub use disk::Disk;
pub use error::InputError;
pub(crate) use folder::is_source;
pub use overlay::Overlay;
pub(crate) use read::read_regular;
pub use read::{describe, read_file};

use crate::platform::with_slashes;
use crate::publish;
use error::invalid_path;
use folder::PlanFolder;
use read::read_error;

/// What the paths of a command line name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Rule sources: the files of one dial plan, in the order given.
    Plan(Vec<EntryFile>),
    /// Paths of deployed XML files: a single file, or those in a folder.
    Deployed(Vec<String>),
    /// Path of a published folder.
    Published(String),
}

/// Recognizes what paths name: rule sources, deployed XML files, or a published folder.
///
/// A folder with rule sources is one dial plan: its `*.adr` files in byte order of their names,
/// without hidden files, whose names begin with a dot. `-` is standard input. A path that does not
/// exist is taken for a rule source; reading it fails later. On Windows, paths may have `\` in
/// them; what is recognized has `/`.
///
/// # Errors
///
/// A folder contains no rule sources, or one that is a symbolic link out of the folder; or a
/// deployed file is named together with other paths.
pub fn recognize(paths: &[String]) -> Result<Input, InputError> {
    let paths: Vec<String> = paths.iter().map(|path| with_slashes(path).into_owned()).collect();
    if let [path] = paths.as_slice() {
        if is_published(path) {
            return Ok(Input::Published(path.clone()));
        }
        if is_deployed(path) {
            return Ok(Input::Deployed(vec![path.clone()]));
        }
        let deployed = deployed_in(path);
        if !deployed.is_empty() && entries_of(path).is_err() {
            return Ok(Input::Deployed(deployed));
        }
    }
    let mut entries = Vec::new();
    for path in &paths {
        if is_deployed(path) {
            let reason = "a deployed file cannot be combined with other paths";
            return Err(invalid_path(path, read_error(reason, "name only this file")));
        }
        entries.extend(entries_of(path)?);
    }
    Ok(Input::Plan(entries))
}

/// The rule sources that paths name, in order.
///
/// # Errors
///
/// Those of [`recognize`], and paths that name compiled files.
pub fn plan_entries(paths: &[String]) -> Result<Vec<EntryFile>, InputError> {
    match recognize(paths)? {
        Input::Plan(entries) => Ok(entries),
        Input::Deployed(_) | Input::Published(_) => {
            let error = read_error("this is compiled already", "name rule sources");
            Err(invalid_path(&paths.join(" "), error))
        }
    }
}

/// Checks parsed rule sources.
///
/// # Errors
///
/// A file that was named on the command line could not be read. For a file named by an include, the
/// report contains a finding instead.
pub fn check(parsed: Parsed, levels: &Levels) -> Result<Checked, InputError> {
    require_readable(parsed.findings())?;
    Ok(parsed.check(levels))
}

/// Checks that all files that were named on the command line could be read.
///
/// # Errors
///
/// The report says that one of them could not.
pub fn require_readable(report: &Report) -> Result<(), InputError> {
    match report.unreadable_input() {
        Some(unread) => Err(InputError::Unreadable {
            message: unread.message.clone(),
            help: unread.help.join("; "),
        }),
        None => Ok(()),
    }
}

/// Whether a folder contains a manifest, even one that cannot be read, or leads to a generation.
fn is_published(path: &str) -> bool {
    let folder = Path::new(path);
    let manifest = folder.join(Manifest::FILE_NAME).symlink_metadata();
    manifest.is_ok_and(|found| !found.is_dir()) || publish::is_published(folder)
}

fn is_deployed(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

/// The deployed XML files in a folder, or else in its `CUPC`.
fn deployed_in(folder: &str) -> Vec<String> {
    let names = ListKind::ALL.map(ListKind::file_name);
    let folder = folder.trim_end_matches('/');
    let find = |subfolder: &str| -> Vec<String> {
        let paths = names.map(|name| format!("{folder}/{subfolder}{name}"));
        paths.into_iter().filter(|path| Path::new(path).is_file()).collect()
    };
    let here = find("");
    if here.is_empty() { find("CUPC/") } else { here }
}

/// The `.adr` files that a path names: the file itself, or all files in a folder and in the folders
/// below, sorted. Hidden files and links are treated as by [`recognize`].
///
/// # Errors
///
/// A folder cannot be read, contains no such files, or contains one that is a symbolic link out of
/// the folder.
pub fn sources_below(path: &str) -> Result<Vec<String>, InputError> {
    let path = with_slashes(path);
    if path == "-" || !Path::new(&*path).is_dir() {
        return Ok(vec![path.into_owned()]);
    }
    let files = PlanFolder::new(&path).sources_below()?;
    if files.is_empty() {
        return Err(no_sources(&path));
    }
    Ok(files)
}

fn no_sources(path: &str) -> InputError {
    let help = "name a file or a folder with rule sources";
    invalid_path(path, read_error("this folder holds no `.adr` files", help))
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
