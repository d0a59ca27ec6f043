//! Default folders of the user, beside those of a client core.

use std::path::PathBuf;

use adr_client::user_dirs::folder;

/// The folder in which commands keep records of unfinished work.
pub(crate) fn state() -> Option<PathBuf> {
    let home = || Some(folder(&["HOME"])?.join(".local/state"));
    let state = || folder(&["XDG_STATE_HOME"]).or_else(home);
    folder(&["STATE_DIRECTORY"]).or_else(|| Some(state()?.join("adrc")))
}
