//! Default folders of the user, from the environment variables of systemd and XDG.

use std::env::var_os;
use std::path::PathBuf;

/// The control socket of a client core: in the runtime folder that systemd made for the service, or
/// else in that of the login session.
pub(crate) fn socket() -> Option<PathBuf> {
    Some(folder(&["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"])?.join("adrc.sock"))
}

/// The folder in which a client core keeps its last good rules.
pub(crate) fn cache() -> Option<PathBuf> {
    let home = || Some(folder(&["HOME"])?.join(".cache"));
    let cache = || folder(&["XDG_CACHE_HOME"]).or_else(home);
    folder(&["CACHE_DIRECTORY"]).or_else(|| Some(cache()?.join("adrc")))
}

/// The folder in which commands keep records of unfinished work.
pub(crate) fn state() -> Option<PathBuf> {
    let home = || Some(folder(&["HOME"])?.join(".local/state"));
    let state = || folder(&["XDG_STATE_HOME"]).or_else(home);
    folder(&["STATE_DIRECTORY"]).or_else(|| Some(state()?.join("adrc")))
}

/// The first of these variables that holds an absolute path.
fn folder(variables: &[&str]) -> Option<PathBuf> {
    let folders = variables.iter().filter_map(var_os).map(PathBuf::from);
    folders.into_iter().find(|folder| folder.is_absolute())
}
