//! What differs between operating systems for publishing and for reading sources.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | `current` of a published folder | a symbolic link, and stable links beside it | a pointer file |
//! | making a new name durable | syncing the folder | left to the file system, which keeps a journal |
//! | asking for write access to a folder | `access` | opening it with the right to add files |
//! | reports that other nodes replace | the modes of the shared folder | what that folder says |
//! | files that others may read | mode 644 | what the folder around them says |
//! | paths of users | as they are | `\` becomes `/`, as in includes |

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;
