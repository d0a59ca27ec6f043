//! Recognizing that a file was replaced or changed.

use std::fs::Metadata;

use crate::platform::Identity;

/// One version of a file, recognized without reading it: another content has another identity.
///
/// On Unix it consists of device, inode, size, and the times of modification and change; on Windows
/// of size, and the times of creation and modification.
///
/// ```
/// use adr_bundle::disk::FileIdentity;
///
/// let file = tempfile::NamedTempFile::new()?;
/// let empty = FileIdentity::of(&std::fs::metadata(file.path())?);
/// assert_eq!(empty, FileIdentity::of(&std::fs::metadata(file.path())?));
/// std::fs::write(file.path(), "let outside = 9\n")?;
/// let written = FileIdentity::of(&std::fs::metadata(file.path())?);
/// assert!(written != empty && written.size() == 16);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity(Identity);

impl FileIdentity {
    /// Whether two files that exist at the same time always have different identities. Otherwise
    /// a map by identity needs the path as well.
    pub const IS_UNIQUE: bool = Identity::IS_UNIQUE;

    /// The identity of the file with this metadata.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self(Identity::of(metadata))
    }

    /// Bytes of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.size()
    }

    /// When the file was last changed, by the clock of its file system, in nanoseconds since 1970.
    #[must_use]
    pub fn changed(&self) -> i128 {
        self.0.changed()
    }
}
