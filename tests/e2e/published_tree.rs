//! Published folders written by the tests, with files of any size.

use std::fs;
use std::path::Path;

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};
pub(crate) use adr_kit::data::pseudorandom as bytes;

/// Sizes at the edges of TFTP: an empty file, one byte less than a block, a block, one byte more,
/// and a file whose 65,536th block has the number 0.
pub(crate) const SIZES: [usize; 5] = [0, 511, 512, 513, 65_535 * 512 + 1];

/// Writes a folder with these files and a manifest, like a copy of one published generation.
pub(crate) fn publish(folder: &Path, generation: u64, files: &[(String, Vec<u8>)]) {
    let view = ManifestView { name: None, folder: String::new(), networks: Vec::new() };
    let entries = files.iter().map(|(path, bytes)| ManifestFile::of(path, bytes));
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation,
        tool: None,
        views: vec![view],
        files: entries,
    };
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::write(folder.join(Manifest::FILE_NAME), manifest.to_json()).unwrap();
}

/// One file of each size of [`SIZES`].
pub(crate) fn sizes() -> Vec<(String, Vec<u8>)> {
    let file = |size: &usize| (format!("size-{size}.bin"), bytes(*size, *size as u64));
    SIZES.iter().map(file).collect()
}
