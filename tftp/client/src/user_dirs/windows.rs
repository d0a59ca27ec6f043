//! The folders of a user of Windows. Those of XDG replace them where they are set.

use std::env::var;
use std::path::PathBuf;

use super::folder;

/// The pipe of a core: `\\.\pipe\adrc-USER`, with the name of the user who runs it.
#[must_use]
pub fn socket() -> Option<PathBuf> {
    let user = var("USERNAME").ok().filter(|user| !user.is_empty() && !user.contains('\\'))?;
    Some(format!(r"\\.\pipe\adrc-{user}").into())
}

/// The folder in which a core keeps its last good rules. It is not in the roaming profile, because
/// each machine has a core of its own.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    let local = || Some(folder(&["LOCALAPPDATA"])?.join("adrc").join("cache"));
    folder(&["XDG_CACHE_HOME"]).map(|cache| cache.join("adrc")).or_else(local)
}

/// The folder in which commands keep records of unfinished work.
#[must_use]
pub fn state() -> Option<PathBuf> {
    let local = || Some(folder(&["LOCALAPPDATA"])?.join("adrc").join("state"));
    folder(&["XDG_STATE_HOME"]).map(|state| state.join("adrc")).or_else(local)
}
