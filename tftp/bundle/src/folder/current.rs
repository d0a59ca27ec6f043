//! `current` in a published folder: which generation readers see.
//!
//! It is a symbolic link to the folder of the generation, or, where the system offers no symbolic
//! links, a pointer file: one line with the same text, such as `generations/7`. Every system reads
//! both forms, so a published folder can be copied from one system to another. As both have the
//! same name, a folder has one of them.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::entry::check_name;
use crate::disk::held::retry;
use crate::platform::{Folder, is_held_open};

/// Name of the link or the pointer file in a published folder that leads to the current generation.
pub const CURRENT: &str = "current";

/// Largest pointer file in bytes; adrc writes some 15.
const POINTER_BYTES: u64 = 1 << 10;

/// A link or a file `current` is not one that adrc wrote: it leads out of the published folder, or
/// is not one line with a path. The source of an [`io::Error`] of the kind
/// [`ErrorKind::InvalidInput`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LeadsElsewhere(String);

impl LeadsElsewhere {
    /// Whether this is the reason of an error.
    #[must_use]
    pub fn is_reason(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }

    fn out(target: &str) -> io::Error {
        let target = target.escape_debug();
        Self(format!("`{CURRENT}` leads to {target}, which is not a name inside the folder")).into()
    }

    fn without_line() -> io::Error {
        Self(format!("`{CURRENT}` is not a line with the folder of a generation")).into()
    }
}

impl From<LeadsElsewhere> for io::Error {
    fn from(reason: LeadsElsewhere) -> Self {
        Self::new(ErrorKind::InvalidInput, reason)
    }
}

/// What has the name `current`.
enum Found {
    /// Nothing, or a folder.
    Neither,
    /// A link to this path.
    Link(PathBuf),
    /// A file with this text.
    Pointer(Vec<u8>),
}

/// The path to which the link or the pointer file `current` in a published folder leads, relative
/// to that folder; `None` if there is neither. A publisher may replace one form by the other
/// meanwhile.
///
/// # Errors
///
/// It leads out of the folder or is not a line with a path, see [`LeadsElsewhere`]; or the
/// operating system reported an error, so that it is not known where it leads.
pub fn current_target(published: &Path) -> io::Result<Option<PathBuf>> {
    // what exists and cannot be opened by its name has just been replaced
    let is_replaced =
        |error: &io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput);
    let is_temporary = |error: &io::Error| is_held_open(error) || is_replaced(error);
    match retry(is_temporary, || look_up(published))? {
        Found::Neither => Ok(None),
        Found::Link(target) => inside(target).map(Some),
        Found::Pointer(text) => pointed_to(&text).map(Some),
    }
}

fn look_up(published: &Path) -> io::Result<Found> {
    let current = published.join(CURRENT);
    let found = match current.symlink_metadata() {
        Ok(found) => found,
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => return Ok(Found::Neither),
            _ => return Err(error),
        },
    };
    if found.is_symlink() {
        return std::fs::read_link(&current).map(Found::Link);
    }
    if !found.is_file() {
        return Ok(Found::Neither);
    }
    match Folder::open(published)?.read(CURRENT, POINTER_BYTES) {
        Ok(content) => Ok(Found::Pointer(content.bytes)),
        // no pointer file is that large
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Ok(Found::Pointer(Vec::new())),
        Err(error) => Err(error),
    }
}

/// The target of a link, if it is a path inside the folder.
fn inside(target: PathBuf) -> io::Result<PathBuf> {
    let is_below = |part: Component<'_>| matches!(part, Component::Normal(_));
    match target.components().all(is_below) {
        true => Ok(target),
        false => Err(LeadsElsewhere::out(&target.display().to_string())),
    }
}

/// The path in the text of a pointer file.
fn pointed_to(text: &[u8]) -> io::Result<PathBuf> {
    let line = str::from_utf8(text).ok().map(|text| text.strip_suffix('\n').unwrap_or(text));
    let line = line.map(|line| line.strip_suffix('\r').unwrap_or(line));
    match line {
        Some(line) if !line.is_empty() && !line.contains(char::is_control) => {
            match check_name(line) {
                Ok(()) => Ok(line.split('/').collect()),
                Err(_) => Err(LeadsElsewhere::out(line)),
            }
        }
        _ => Err(LeadsElsewhere::without_line()),
    }
}

/// The text of a pointer file that leads to this path, relative to the published folder.
///
/// ```
/// use std::path::Path;
///
/// use adr_bundle::folder::pointer_text;
///
/// assert_eq!(pointer_text(&Path::new("generations").join("7")), "generations/7\n");
/// ```
#[must_use]
pub fn pointer_text(target: &Path) -> String {
    let parts: Vec<_> = target.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/") + "\n"
}
