//! What this PC has: the keys of the client in its registry, and Jabber's bootstrap file.

#[cfg(not(windows))]
mod other;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
pub(super) use other::read;
#[cfg(windows)]
pub(super) use windows::read;
