//! The manifest of a published folder.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::sha256::sha256;

/// The version of the manifest's format.
pub const FORMAT_VERSION: u32 = 1;

/// `manifest.json`: generation, views and files.
///
/// Everything but the generation is determined by the dial plan, so two versions of adrc write the
/// same manifest for the same rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The number of the generation: 1, 2, 3… in each published folder.
    pub generation: u64,
    /// Version of the adrc that wrote the manifest. Old versions of adrc wrote it here, where it
    /// made manifests of the same rules differ; new ones keep it in a record beside the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The default view first, then the sites.
    pub views: Vec<ManifestView>,
    /// All files except the manifest and its signature, sorted by path.
    pub files: Vec<ManifestFile>,
}

/// A set of files, and the networks whose clients get them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestView {
    /// The site's name; `null` is the default view.
    pub name: Option<String>,
    /// Folder of the files, with a final `/`; empty for the default view.
    pub folder: String,
    /// Networks of the clients. If several views have networks that contain an address, the longest
    /// network wins.
    pub networks: Vec<IpNet>,
}

/// The entry of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Relative path, with `/` between its parts.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

impl ManifestFile {
    /// The entry of a file with this path and content.
    #[must_use]
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), size: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

impl Manifest {
    /// File name of a manifest.
    pub const FILE_NAME: &str = "manifest.json";

    /// The JSON text, with a final line end. Equal manifests give equal bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads the text of a manifest.
    ///
    /// # Errors
    ///
    /// The text is not JSON in this format, has another format version, or has a path that leads
    /// out of the folder.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(text)?;
        if manifest.format_version != FORMAT_VERSION {
            return Err(ManifestError::Version(manifest.format_version));
        }
        match manifest.files.iter().find(|file| !is_safe(&file.path)) {
            Some(file) => Err(ManifestError::Path(file.path.clone())),
            None => Ok(manifest),
        }
    }

    /// The number of the next generation; `None` if this one has the largest possible number.
    #[must_use]
    pub fn next_generation(&self) -> Option<u64> {
        self.generation.checked_add(1)
    }

    /// Whether two manifests describe the same content: generation and tool may differ.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.views == other.views && self.files == other.files
    }
}

/// Whether a path is relative and stays in its folder: without empty parts, `.`, `..`, backslashes,
/// colons or NUL.
fn is_safe(path: &str) -> bool {
    !path.contains(['\\', '\0', ':'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Why a text is not a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The text is not JSON, or has other fields.
    #[error("not a manifest: {0}")]
    Json(#[from] serde_json::Error),
    /// The format has another version.
    #[error("not a manifest: format version {0}, and this adrc reads {FORMAT_VERSION}")]
    Version(u32),
    /// A path leads out of the folder.
    #[error("not a manifest: `{}` is not a path inside the folder", .0.escape_debug())]
    Path(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list_kind::ListKind;

    fn manifest(path: &str) -> Manifest {
        Manifest {
            format_version: FORMAT_VERSION,
            generation: 7,
            tool: None,
            views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
            files: vec![ManifestFile::of(path, b"<DialRules/>\n")],
        }
    }

    #[test]
    fn written_manifest_reads_back() {
        let manifest = manifest(ListKind::Application.path());
        assert_eq!(Manifest::parse(manifest.to_json().as_bytes()).unwrap(), manifest);
    }

    #[test]
    fn manifest_with_a_tool_is_read_and_written_with_it() {
        let old = Manifest { tool: Some("0.1.0".to_owned()), ..manifest("x") };
        let text = old.to_json();
        assert!(text.contains("\n  \"tool\": \"0.1.0\",\n"), "{text}");
        assert_eq!(Manifest::parse(text.as_bytes()).unwrap(), old);
        assert!(old.same_content(&manifest("x")));
        assert!(!manifest("x").to_json().contains("tool"));
    }

    #[test]
    fn path_outside_the_folder_is_rejected() {
        for path in ["../x", "/etc/passwd", "a//b", "a/./b", "c:x", "a\\b", ""] {
            assert!(Manifest::parse(manifest(path).to_json().as_bytes()).is_err(), "{path}");
        }
    }

    #[test]
    fn same_content_ignores_the_generation() {
        let (a, mut b) = (manifest("x"), manifest("x"));
        b.generation = 8;
        assert!(a.same_content(&b));
        assert!(!a.same_content(&manifest("y")));
    }
}
