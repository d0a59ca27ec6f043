//! Error codes of Windows.

/// `ERROR_PIPE_BUSY`: all instances of a pipe are taken.
pub(super) const PIPE_BUSY: i32 = 231;
