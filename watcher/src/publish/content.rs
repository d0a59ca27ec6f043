//! The content of a generation: its manifest without the number of the generation.

use std::sync::Arc;

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView, sha256};
use adr_language::{Artifacts, ViewFolder};

/// The SHA-256 of the published content of these artifacts: files, and views with their networks.
/// Lower-case hexadecimal.
#[must_use]
pub fn content_sha256(artifacts: &Artifacts) -> String {
    manifest_content_sha256(&manifest_of(artifacts))
}

/// The same for the content that a manifest lists. Generation and tool do not matter.
pub(super) fn manifest_content_sha256(manifest: &Manifest) -> String {
    // records of earlier versions have hashes of manifests with an empty tool
    let content = Manifest { generation: 0, tool: Some(String::new()), ..manifest.clone() };
    sha256(content.to_json().as_bytes())
}

/// The manifest of these artifacts, with generation 0.
pub(super) fn manifest_of(artifacts: &Artifacts) -> Manifest {
    let mut hashed: Vec<(*const u8, ManifestFile)> = Vec::new();
    let file = |(path, bytes): &(String, Arc<Vec<u8>>)| {
        let known = hashed.iter().find(|(known, _)| *known == bytes.as_ptr());
        let file = known.map_or_else(|| ManifestFile::of(path, bytes), |(_, file)| file.clone());
        hashed.push((bytes.as_ptr(), file.clone()));
        ManifestFile { path: path.clone(), ..file }
    };
    let view = |view: &ViewFolder| ManifestView {
        name: view.name.clone(),
        folder: view.folder.clone(),
        networks: view.networks.clone(),
    };
    Manifest {
        format_version: FORMAT_VERSION,
        generation: 0,
        tool: None,
        views: artifacts.views.iter().map(view).collect(),
        files: artifacts.files.iter().map(file).collect(),
    }
}
