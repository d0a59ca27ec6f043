//! What differs between operating systems when files are opened.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | names in an open [`Folder`] | the kernel resolves them from a descriptor | checked part by part before they are opened |
//! | opening a named pipe | does not wait, and is an error | an error without opening it |
//! | a file that another program has open | can be opened and replaced | is waited for, [`is_held_open`] |
//! | [`Identity`] of a file | device, inode, size, times | size, times |
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this module opens files for the modules `disk` and `folder`"
)]

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use system::Folder;
pub(crate) use system::{Identity, is_held_open, open_file};
