//! What differs between operating systems for files of credentials.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | a file that other users may access | is rejected, by the bits of its mode | is accepted: the folder around it says who may read it |

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(crate) use system::mode_for_others;
