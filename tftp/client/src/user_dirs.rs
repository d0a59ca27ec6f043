//! Default folders of the user, from environment variables of the system.
//!
//! | | Linux and macOS | Windows |
//! |---|---|---|
//! | [`socket`] | `$RUNTIME_DIRECTORY` or `$XDG_RUNTIME_DIR` | the pipe `adrc-%USERNAME%` |
//! | [`cache`] | `$CACHE_DIRECTORY`, `$XDG_CACHE_HOME` or `~/.cache` | `%LOCALAPPDATA%` |
//! | [`state`] | `$STATE_DIRECTORY`, `$XDG_STATE_HOME` or `~/.local/state` | `%LOCALAPPDATA%` |
#![allow(clippy::disallowed_methods, reason = "the folders are in environment variables")]

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::env::var_os;
use std::path::PathBuf;

#[cfg(unix)]
pub use unix::{cache, socket, state};
#[cfg(windows)]
pub use windows::{cache, socket, state};

/// The first of these variables that holds an absolute path.
fn folder(variables: &[&str]) -> Option<PathBuf> {
    let folders = variables.iter().filter_map(var_os).map(PathBuf::from);
    folders.into_iter().find(|folder| folder.is_absolute())
}
