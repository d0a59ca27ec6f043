//! What a published folder says about itself.

use std::fmt;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::verify::sha256;

/// The version of the manifest's form.
pub const FORMAT_VERSION: u32 = 1;

/// `manifest.json`: generation, views and files.
///
/// Everything but the generation is a function of the book and of the tool's version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// 1, 2, 3… in each published folder.
    pub generation: u64,
    /// Version of the adrc that wrote it.
    pub tool: String,
    /// The default view first, then the sites.
    pub views: Vec<ManifestView>,
    /// Every file but the manifest itself, sorted by path.
    pub files: Vec<ManifestFile>,
}

/// Who gets which files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestView {
    /// The site's name; `null` is the default view.
    pub name: Option<String>,
    /// Folder with a final `/`; empty for the default view.
    pub folder: String,
    /// Networks whose clients get this view; the longest one that holds an address wins.
    pub networks: Vec<IpNet>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Relative, with `/` between its parts.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

impl ManifestFile {
    /// The entry of a file with these bytes.
    #[must_use]
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), size: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

impl Manifest {
    /// The name under which a manifest lies in its folder.
    pub const FILE_NAME: &str = "manifest.json";

    /// The JSON text, with a final line end. Same manifest, same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads a manifest's text.
    ///
    /// # Errors
    ///
    /// It is not JSON of this form, of another version, or names a path that leaves its folder.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self =
            serde_json::from_slice(text).map_err(|error| ManifestError(error.to_string()))?;
        if manifest.format_version != FORMAT_VERSION {
            let found = manifest.format_version;
            return Err(ManifestError(format!(
                "format version {found}, and this adrc reads {FORMAT_VERSION}"
            )));
        }
        match manifest.files.iter().find(|file| !is_safe(&file.path)) {
            Some(file) => Err(ManifestError(format!(
                "`{}` is not a path inside the folder",
                file.path.escape_debug()
            ))),
            None => Ok(manifest),
        }
    }

    /// The number of the generation after this one; `None` after the last number that there is.
    #[must_use]
    pub fn next_generation(&self) -> Option<u64> {
        self.generation.checked_add(1)
    }

    /// Whether two manifests describe the same content; generation and tool do not count.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.views == other.views && self.files == other.files
    }
}

/// Relative, without empty parts, `.`, `..`, backslashes or NUL.
fn is_safe(path: &str) -> bool {
    !path.contains(['\\', '\0', ':'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Why a text is not a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError(String);

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a manifest: {}", self.0)
    }
}

impl std::error::Error for ManifestError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(path: &str) -> Manifest {
        Manifest {
            format_version: FORMAT_VERSION,
            generation: 7,
            tool: "0.1.0".into(),
            views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
            files: vec![ManifestFile::of(path, b"<DialRules/>\n")],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let manifest = manifest("CUPC/AppDialRules.xml");
        assert_eq!(Manifest::parse(manifest.to_json().as_bytes()), Ok(manifest));
    }

    #[test]
    fn paths_stay_inside() {
        for path in ["../x", "/etc/passwd", "a//b", "a/./b", "c:x", "a\\b", ""] {
            assert!(Manifest::parse(manifest(path).to_json().as_bytes()).is_err(), "{path}");
        }
    }

    #[test]
    fn the_generation_is_not_content() {
        let (a, mut b) = (manifest("x"), manifest("x"));
        b.generation = 8;
        assert!(a.same_content(&b));
        assert!(!a.same_content(&manifest("y")));
    }

    #[test]
    fn damage_is_named() {
        let manifest = manifest("x");
        let intact = |_: &ManifestFile| Ok(b"<DialRules/>\n".to_vec());
        assert_eq!(manifest.verify(intact), Ok(()));
        let changed = |_: &ManifestFile| Ok(b"<DialRules>\n".to_vec());
        assert!(manifest.verify(changed).is_err());
        assert!(manifest.verify(|_| Err("gone".to_owned())).is_err());
    }
}
