//! A verified tree in memory: every file of a [`Tree`] matches the manifest.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use ipnet::IpNet;

use crate::limits::{MAX_BYTES, MAX_FILES};
use crate::manifest::{FORMAT_VERSION, Manifest, ManifestError, ManifestFile, ManifestView};
use crate::networks::Networks;
use crate::sha256::sha256;
use crate::signature::SIGNATURE_FILE_NAME;
use crate::verify::{Damage, FileError};

/// A complete generation: the manifest, all files, and which clients get which files.
///
/// [`Tree::load`] is the only constructor with files. It rejects a tree as a whole if anything in
/// it is inconsistent.
#[derive(Debug)]
pub struct Tree {
    manifest: Manifest,
    views: Vec<View>,
    networks: Networks,
}

/// The files for the clients of some networks.
#[derive(Debug)]
pub struct View {
    name: Option<String>,
    /// By name.
    files: HashMap<Box<str>, Arc<TreeFile>>,
    /// By name in lower case.
    lower_case: HashMap<Box<str>, Arc<TreeFile>>,
}

/// The content of a file, and its hash.
#[derive(Debug, PartialEq, Eq)]
pub struct TreeFile {
    bytes: Bytes,
    sha256: String,
}

/// How file names are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// Byte by byte, as CUCM compares them.
    #[default]
    Exact,
    /// A name without an exact match is also looked up ignoring the case of `A-Z`.
    Insensitive,
}

impl Tree {
    /// Builds a tree from the text of its manifest. `read` returns the content of a file; it need
    /// not read more than one byte beyond the size of the entry.
    ///
    /// `signature` is the content of `manifest.json.minisig`, if the tree is signed.
    ///
    /// # Errors
    ///
    /// The manifest is malformed, inconsistent, or beyond [`MAX_BYTES`] or [`MAX_FILES`]; a file is
    /// missing or differs from the manifest.
    ///
    /// ```
    /// use adr_bundle::{Case, FORMAT_VERSION, Manifest, ManifestFile, ManifestView, Tree};
    ///
    /// let view = ManifestView { name: None, folder: String::new(), networks: Vec::new() };
    /// let manifest = Manifest {
    ///     format_version: FORMAT_VERSION,
    ///     generation: 7,
    ///     tool: None,
    ///     views: vec![view],
    ///     files: vec![ManifestFile::of("AppDialRules.xml", b"<DialRules/>\n")],
    /// };
    /// let text = manifest.to_json().into_bytes();
    /// let tree = Tree::load(text, None, |_| Ok(b"<DialRules/>\n".to_vec()))?;
    /// let view = tree.view("10.0.0.1".parse().unwrap());
    /// assert_eq!(view.file("AppDialRules.xml", Case::Exact).unwrap().bytes().len(), 13);
    /// # Ok::<(), adr_bundle::TreeError>(())
    /// ```
    pub fn load(
        manifest: Vec<u8>,
        signature: Option<Vec<u8>>,
        read: impl FnMut(&ManifestFile) -> Result<Vec<u8>, FileError>,
    ) -> Result<Self, TreeError> {
        let parsed = Manifest::parse(&manifest)?;
        check_limits(&parsed)?;
        check_views(&parsed.views)?;
        let networks = networks(&parsed.views)?;
        let mut views = read_files(&parsed, read)?;
        let manifest = Arc::new(TreeFile::of(manifest));
        let signature = signature.map(|bytes| Arc::new(TreeFile::of(bytes)));
        for view in &mut views {
            view.insert(Manifest::FILE_NAME, &manifest);
            if let Some(signature) = &signature {
                view.insert(SIGNATURE_FILE_NAME, signature);
            }
        }
        Ok(Self { manifest: parsed, views, networks })
    }

    /// The tree before anything is published: generation 0, with an empty default view.
    #[must_use]
    pub fn empty() -> Self {
        let view = ManifestView { name: None, folder: String::new(), networks: Vec::new() };
        Self {
            views: vec![View::new(&view)],
            networks: Networks::default(),
            manifest: Manifest {
                format_version: FORMAT_VERSION,
                generation: 0,
                tool: None,
                views: vec![view],
                files: Vec::new(),
            },
        }
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The number of the generation: 1, 2, 3… in each published folder.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.manifest.generation
    }

    /// The SHA-256 of the signature; `None` if the tree is not signed.
    #[must_use]
    pub fn signature(&self) -> Option<&str> {
        let signature = self.views.first()?.file(SIGNATURE_FILE_NAME, Case::Exact);
        signature.map(|file| file.sha256())
    }

    /// All views: the default view, then the sites in the order of the manifest.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// The view of a client: the one with the longest network that contains the address, else the
    /// default view.
    #[must_use]
    pub fn view(&self, client: IpAddr) -> &View {
        &self.views[self.view_position(client)]
    }

    /// The position of the view of a client in [`views`](Self::views).
    #[must_use]
    pub fn view_position(&self, client: IpAddr) -> usize {
        self.networks.find(client).unwrap_or(0)
    }
}

impl View {
    fn new(view: &ManifestView) -> Self {
        Self { name: view.name.clone(), files: HashMap::new(), lower_case: HashMap::new() }
    }

    /// The site's name; `None` is the default view.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The file with this name, which has no leading `/`.
    ///
    /// `manifest.json` is the same file in every view. The default view does not contain the
    /// folders of sites.
    #[must_use]
    pub fn file(&self, name: &str, case: Case) -> Option<&Arc<TreeFile>> {
        match (self.files.get(name), case) {
            (None, Case::Insensitive) => self.lower_case.get(name.to_ascii_lowercase().as_str()),
            (found, _) => found,
        }
    }

    /// The names of all files, in any order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(AsRef::as_ref)
    }

    /// All files with their names, in any order.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Arc<TreeFile>)> {
        self.files.iter().map(|(name, file)| (name.as_ref(), file))
    }

    fn insert(&mut self, name: &str, file: &Arc<TreeFile>) {
        self.files.insert(name.into(), Arc::clone(file));
        let lower_case = self.lower_case.entry(name.to_ascii_lowercase().into());
        lower_case.or_insert_with(|| Arc::clone(file));
    }
}

impl TreeFile {
    /// A file with this content.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        let sha256 = sha256(&bytes);
        Self { bytes: bytes.into(), sha256 }
    }

    /// The content. Clones share it.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The SHA-256 of the content, in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

fn check_limits(manifest: &Manifest) -> Result<(), TreeError> {
    let files = manifest.files.len();
    if files > MAX_FILES {
        return Err(TreeError::TooManyFiles(files));
    }
    let sizes = manifest.files.iter().map(|file| file.size);
    let bytes = sizes.fold(0, u64::saturating_add);
    if bytes > MAX_BYTES {
        return Err(TreeError::TooLarge(bytes));
    }
    Ok(())
}

/// Checks that the first view is the default view, without a folder, and that all others are sites
/// with different names and folders.
fn check_views(views: &[ManifestView]) -> Result<(), TreeError> {
    match views.first() {
        Some(first) if first.name.is_none() && first.folder.is_empty() => {}
        _ => return Err(TreeError::NoDefaultView),
    }
    let mut names = HashSet::new();
    let mut folders = HashSet::new();
    for site in &views[1..] {
        let Some(name) = &site.name else {
            return Err(TreeError::TwoDefaultViews);
        };
        if site.folder.is_empty() || !site.folder.ends_with('/') {
            return Err(TreeError::NoFolder(name.clone()));
        }
        if !names.insert(name) {
            return Err(TreeError::RepeatedName(name.clone()));
        }
        if !folders.insert(&site.folder) {
            return Err(TreeError::RepeatedFolder(site.folder.clone()));
        }
    }
    Ok(())
}

fn networks(views: &[ManifestView]) -> Result<Networks, TreeError> {
    let mut networks = Networks::default();
    for (index, view) in views.iter().enumerate() {
        for network in &view.networks {
            let inserted = networks.insert(*network, index);
            inserted.map_err(|_| TreeError::RepeatedNetwork(*network))?;
        }
    }
    Ok(networks)
}

/// Reads and verifies every file, and adds it to the view in whose folder it is. Files with equal
/// content share it.
fn read_files(
    manifest: &Manifest,
    mut read: impl FnMut(&ManifestFile) -> Result<Vec<u8>, FileError>,
) -> Result<Vec<View>, TreeError> {
    let mut views: Vec<View> = manifest.views.iter().map(View::new).collect();
    let folders = manifest.views.iter().enumerate();
    let folders = folders.map(|(index, view)| (view.folder.as_str(), index));
    let folders: HashMap<&str, usize> = folders.collect();
    let mut known: HashMap<&str, Arc<TreeFile>> = HashMap::new();
    for entry in &manifest.files {
        let damage = |cause| Damage { path: entry.path.clone(), cause };
        let bytes = read(entry).map_err(damage)?;
        entry.check(&bytes).map_err(damage)?;
        let file = known.entry(&entry.sha256).or_insert_with(|| {
            Arc::new(TreeFile { bytes: bytes.into(), sha256: entry.sha256.clone() })
        });
        let (view, name) = view_of(&folders, &entry.path);
        if views[view].files.contains_key(name) {
            return Err(damage(FileError::ListedTwice).into());
        }
        views[view].insert(name, file);
    }
    Ok(views)
}

/// The view with the deepest folder that contains a path, and the rest of the path.
fn view_of<'p>(folders: &HashMap<&str, usize>, path: &'p str) -> (usize, &'p str) {
    let ends = path.rmatch_indices('/').map(|(at, _)| at + 1);
    let mut containing = ends.filter_map(|end| {
        let (folder, rest) = path.split_at(end);
        Some((*folders.get(folder)?, rest))
    });
    containing.next().unwrap_or((0, path))
}

/// Why a tree is rejected as a whole.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The manifest is malformed.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest lists more than [`MAX_FILES`].
    #[error("manifest.json: {0} files, and at most {MAX_FILES} are served")]
    TooManyFiles(usize),
    /// The listed files have more than [`MAX_BYTES`].
    #[error("manifest.json: {0} bytes, and at most {MAX_BYTES} are served")]
    TooLarge(u64),
    /// The first view has a name or a folder, or there are no views.
    #[error("manifest.json: the first view is not the default view")]
    NoDefaultView,
    /// A later view has no name.
    #[error("manifest.json: there are two default views")]
    TwoDefaultViews,
    /// A site has no folder.
    #[error("manifest.json: site \"{}\" has no folder", .0.escape_debug())]
    NoFolder(String),
    /// Two sites have the same name.
    #[error("manifest.json: two sites have the name `{}`", .0.escape_debug())]
    RepeatedName(String),
    /// Two sites have the same folder.
    #[error("manifest.json: two sites have the folder `{}`", .0.escape_debug())]
    RepeatedFolder(String),
    /// Two views have the same network.
    #[error("manifest.json: the network {0} belongs to two views")]
    RepeatedNetwork(IpNet),
    /// There is no number for another generation.
    #[error("manifest.json: generation {} is the last possible number", u64::MAX)]
    LastGeneration,
    /// A file is missing, or differs from the manifest.
    #[error(transparent)]
    Damaged(#[from] Damage),
}
