//! A generation that is served without ever lying on a disk.

use adr_bundle::{FileError, Manifest, ManifestFile, Tree, TreeError};
use adr_language::Artefacts;

use super::content;

/// The tree of these artefacts, as this version of adrc would publish it after `before`: with the
/// next number, or with the same one when nothing differs. Without one before, its number is
/// `first`.
///
/// Cores take no generation that is older than theirs, and nothing remembers the number from one
/// start to the next. So `first` is greater than every number that was given before: milliseconds
/// since 1970, since no start publishes a thousand generations a second.
///
/// # Errors
///
/// The artefacts are more than a server holds, or `before` has the last number that there is.
pub fn tree_after(
    before: Option<&Manifest>,
    artefacts: &Artefacts,
    tool: &str,
    first: u64,
) -> Result<Tree, TreeError> {
    let content = content(artefacts);
    let generation = match before {
        Some(before) if before.same_content(&content) => before.generation,
        Some(before) => before.next_generation().ok_or(TreeError::LastGeneration)?,
        None => first,
    };
    let manifest = Manifest { generation, tool: tool.to_owned(), ..content };
    Tree::load(manifest.to_json().into_bytes(), None, |entry: &ManifestFile| {
        let files = &artefacts.files;
        let at = files.binary_search_by(|(path, _)| path.as_str().cmp(&entry.path));
        let (_, bytes) = &files[at.map_err(|_| FileError::Missing)?];
        Ok(bytes.as_ref().clone())
    })
}
