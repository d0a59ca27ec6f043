//! The folders of systemd and XDG.

use std::path::PathBuf;

use super::folder;

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

/// The folder in which commands keep records of unfinished work.
#[must_use]
pub fn state() -> Option<PathBuf> {
    let home = || Some(folder(&["HOME"])?.join(".local/state"));
    let state = || folder(&["XDG_STATE_HOME"]).or_else(home);
    folder(&["STATE_DIRECTORY"]).or_else(|| Some(state()?.join("adrc")))
}
