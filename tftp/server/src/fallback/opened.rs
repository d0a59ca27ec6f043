//! A file from a fallback source: whole, or as a stream.

use std::sync::Arc;

use adr_bundle::TreeFile;

use super::stream::Stream;

/// Largest file in bytes that is held in memory as a whole, shared by all requests for it, and
/// cached if it is of an upstream server. Larger ones, such as firmware, are streamed to each
/// client separately. So are files of the folder for which there is no room in memory.
pub(crate) const MAX_WHOLE_BYTES: u64 = 1 << 20;

/// A file from a fallback source.
#[derive(Debug)]
pub(crate) enum Opened {
    /// The whole file.
    Whole(Arc<TreeFile>),
    /// A large file, in chunks.
    Stream(Stream),
}
