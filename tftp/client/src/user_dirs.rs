//! Default folders of the user, from the environment variables of systemd and XDG.
#![allow(clippy::disallowed_methods, reason = "the folders are in environment variables")]

use std::env::var_os;
use std::path::PathBuf;

/// The control socket of a core: in the runtime folder that systemd made for the service, or else
/// in that of the login session.
#[must_use]
pub fn socket() -> Option<PathBuf> {
    Some(folder(&["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"])?.join("adrc.sock"))
}

/// The folder in which a core keeps its last good rules.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    let home = || Some(folder(&["HOME"])?.join(".cache"));
    let cache = || folder(&["XDG_CACHE_HOME"]).or_else(home);
    folder(&["CACHE_DIRECTORY"]).or_else(|| Some(cache()?.join("adrc")))
}

/// The first of these variables that holds an absolute path.
#[must_use]
pub fn folder(variables: &[&str]) -> Option<PathBuf> {
    let folders = variables.iter().filter_map(var_os).map(PathBuf::from);
    folders.into_iter().find(|folder| folder.is_absolute())
}
