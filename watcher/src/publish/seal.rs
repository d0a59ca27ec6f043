//! Reading a generation of a folder as one value, for another folder or a publication.

use std::io;
use std::path::Path;

use adr_bundle::folder::{SIGNATURE_BYTES, phrase};
use adr_bundle::{Folder, SIGNATURE_FILE_NAME};

use super::error::PublishError;
use super::generation::RECORD_BYTES;
use super::layout::{Layout, generation_folder};
use super::record::Record;
use crate::publication::{GenerationDocument, PublicationError, SealedGeneration, Unsealed};

/// Reads a generation of a published folder: its texts byte for byte, and its files, verified.
///
/// # Errors
///
/// [`PublishError::Damaged`] if it is missing, or differs from its manifest.
///
/// ```
/// use adr_watcher::publish::{Publisher, seal};
/// # use adr_language::{EntryFile, Levels, ReadError, World, load};
/// # struct Text;
/// # impl World for Text {
/// #     fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
/// #         Ok(b"application { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\n".to_vec())
/// #     }
/// # }
/// # let entry = EntryFile { path: "plan.adr".into(), root: String::new() };
/// # let rules = load(&Text, &[entry]).check(&Levels::default()).into_plan().ok_or("rejected")?;
/// # let folder = tempfile::tempdir()?;
/// # let copy = tempfile::tempdir()?;
/// let publisher = Publisher::new(folder.path(), "1.0.0", 1_767_225_600);
/// publisher.publish(&rules.artifacts(), || Ok(()))?;
///
/// let sealed = seal(folder.path(), 1)?;
/// Publisher::new(copy.path(), "1.0.0", 1_767_225_600).install(&sealed)?;
/// assert_eq!(seal(copy.path(), 1)?, sealed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn seal(folder: &Path, generation: u64) -> Result<SealedGeneration, PublishError> {
    let damaged = |reason: String| PublishError::Damaged {
        path: generation_folder(folder, generation),
        reason,
    };
    let opened = Layout::of(folder).open(generation).map_err(|error| damaged(phrase(&error)))?;
    let document = document(&opened).map_err(|error| damaged(phrase(&error)))?;
    let sealed = SealedGeneration::open(document, |listed| {
        opened.read_listed(listed).map_err(|reason| PublicationError::Damaged {
            name: folder.display().to_string(),
            generation,
            reason: format!("{}: {reason}", listed.path),
        })
    });
    let sealed = sealed.map_err(|unsealed| match unsealed {
        Unsealed::Unread(PublicationError::Damaged { reason, .. }) => damaged(reason),
        Unsealed::Unread(error) => error.into(),
        Unsealed::Damaged(reason) => damaged(reason),
    })?;
    match sealed.manifest().generation {
        found if found == generation => Ok(sealed),
        found => Err(damaged(format!("its manifest says generation {found}"))),
    }
}

/// The texts of the generation in a folder.
///
/// # Errors
///
/// The manifest cannot be read, or a text is not UTF-8.
pub(crate) fn document(folder: &Folder) -> io::Result<GenerationDocument> {
    let manifest = text(folder.read_manifest()?)?;
    let signature = optional(folder, SIGNATURE_FILE_NAME, SIGNATURE_BYTES)?;
    let record = optional(folder, Record::FILE_NAME, RECORD_BYTES)?.unwrap_or_default();
    Ok(GenerationDocument { manifest, signature, record })
}

/// A text that may be missing.
fn optional(folder: &Folder, name: &str, max: u64) -> io::Result<Option<String>> {
    match folder.read(name, max) {
        Ok(content) => text(content.bytes).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}
