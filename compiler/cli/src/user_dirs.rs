//! Where things of a user lie when nobody says where: as a service manager or the desktop tells.

use std::env::var_os;
use std::path::PathBuf;

/// The control socket of a core: in the folder that systemd made for the service, else in that of
/// the login.
pub(crate) fn socket() -> Option<PathBuf> {
    Some(folder(&["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"])?.join("adrc.sock"))
}

/// The folder for the last good copy.
pub(crate) fn cache() -> Option<PathBuf> {
    let home = || Some(folder(&["HOME"])?.join(".cache"));
    let cache = || folder(&["XDG_CACHE_HOME"]).or_else(home);
    folder(&["CACHE_DIRECTORY"]).or_else(|| Some(cache()?.join("adrc")))
}

fn folder(variables: &[&str]) -> Option<PathBuf> {
    let folders = variables.iter().filter_map(var_os).map(PathBuf::from);
    folders.into_iter().find(|folder| folder.is_absolute())
}
