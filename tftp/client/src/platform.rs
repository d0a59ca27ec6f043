//! What differs between operating systems for the folders and the process of a client core.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | a new cache folder | is for its owner only | has the permissions of the folder around it |
//! | a cache folder that others can write to | is rejected | is accepted |
//! | a rename in the cache folder | is durable | depends on the file system |
//! | descriptors for a runtime | are opened once before: tokio panics without | are not needed |
//! | memory | is private on Linux: no core dumps, no tracing | is open to debuggers of the user |
#![allow(clippy::disallowed_methods, reason = "the cache is on disk")]
#![allow(clippy::disallowed_types, reason = "the cache is on disk")]

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(crate) use system::{
    check_private, create_private, has_descriptors, keep_memory_private, sync_folder,
};
