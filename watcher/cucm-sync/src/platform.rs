//! What differs between operating systems for records of unfinished work.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | who can read a record | its owner, by modes 600 and 700 | who can read the folder around it: below `%LOCALAPPDATA%` its owner |
//! | making a new name durable | syncing the folder | left to the file system, which keeps a journal |
//! | huge pages | switched off on Linux | not used |

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;
