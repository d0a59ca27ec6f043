//! A generation that is served from memory and never written to a disk.

use adr_bundle::{FileError, Manifest, ManifestFile, Tree, TreeError};
use adr_language::Artifacts;

use super::content::manifest_of;

/// The tree of these artifacts, with a number greater than that of `before` and at least `least`,
/// or the same number as `before` if the content is the same.
///
/// Clients reject generations older than their own, and the number of a previous run is not stored.
/// So `least` has to be greater than all numbers of previous runs and of other servers, such as the
/// milliseconds since 1970: a run publishes fewer than a thousand generations a second.
///
/// # Errors
///
/// The artifacts exceed the limits of a server, or `before` has the largest possible number.
pub fn tree_after(
    before: Option<&Manifest>,
    artifacts: &Artifacts,
    least: u64,
) -> Result<Tree, TreeError> {
    let content = manifest_of(artifacts);
    let generation = match before {
        Some(before) if before.same_content(&content) => before.generation,
        Some(before) => before.next_generation().ok_or(TreeError::LastGeneration)?.max(least),
        None => least,
    };
    let manifest = Manifest { generation, ..content };
    Tree::load(manifest.to_json().into_bytes(), None, |entry: &ManifestFile| {
        let files = &artifacts.files;
        let at = files.binary_search_by(|(path, _)| path.as_str().cmp(&entry.path));
        let (_, bytes) = &files[at.map_err(|_| FileError::Missing)?];
        Ok(bytes.as_ref().clone())
    })
}
