//! Limits on the size of a tree, which a server holds in memory.

/// Largest sum of the sizes of all files, in bytes. A dial plan of a million rules takes about
/// 150 MB.
pub const MAX_BYTES: u64 = 1 << 30;

/// Most files of a tree: four for each of some ten thousand sites.
pub const MAX_FILES: usize = 50_000;
