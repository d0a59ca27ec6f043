//! A published tree in memory, verified: who holds a [`Tree`] holds files that are what the
//! manifest says.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;

use crate::manifest::{FORMAT_VERSION, Manifest, ManifestError, ManifestFile, ManifestView};
use crate::networks::Networks;
use crate::signature::SIGNATURE_FILE_NAME;
use crate::verify::{Damage, sha256};

/// Most bytes of all files together: what is served lies in memory. A book of a million rules has
/// about 150 MB.
pub const MOST_BYTES: u64 = 1 << 30;

/// Most files of a tree: four for each site, and a company of ten thousand sites.
pub const MOST_FILES: usize = 50_000;

/// A complete generation: its manifest, every file, and who gets what.
///
/// Made by [`Tree::load`] only, which refuses a tree as a whole when anything in it disagrees.
#[derive(Debug)]
pub struct Tree {
    manifest: Manifest,
    views: Vec<View>,
    networks: Networks,
}

/// The files that clients of some networks get.
#[derive(Debug)]
pub struct View {
    name: Option<String>,
    files: HashMap<Box<str>, Arc<TreeFile>>,
    any_case: HashMap<Box<str>, Arc<TreeFile>>,
}

/// One file's bytes and their hash.
#[derive(Debug, PartialEq, Eq)]
pub struct TreeFile {
    bytes: Bytes,
    sha256: String,
}

/// How names are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// Byte by byte, as CUCM does.
    #[default]
    Exact,
    /// A name that is not there exactly is looked for in any case of `A-Z`.
    Any,
}

impl Tree {
    /// Builds a tree from the text of its manifest; `read` gives the bytes of an entry, and should
    /// read no more than the size that it tells and one byte.
    ///
    /// `signature` are the bytes of `manifest.json.minisig`, where somebody signs.
    ///
    /// # Errors
    ///
    /// The manifest is none, contradicts itself or is beyond [`MOST_BYTES`] or [`MOST_FILES`]; a
    /// file is missing or is not what the manifest says.
    ///
    /// ```
    /// use adr_bundle::{Case, FORMAT_VERSION, Manifest, ManifestFile, ManifestView, Tree};
    ///
    /// let view = ManifestView { name: None, folder: String::new(), networks: Vec::new() };
    /// let manifest = Manifest {
    ///     format_version: FORMAT_VERSION,
    ///     generation: 7,
    ///     tool: "0.1.0".to_owned(),
    ///     views: vec![view],
    ///     files: vec![ManifestFile::of("CUPC/AppDialRules.xml", b"<DialRules/>\n")],
    /// };
    /// let text = manifest.to_json().into_bytes();
    /// let tree = Tree::load(text, None, |_| Ok(b"<DialRules/>\n".to_vec()))?;
    /// let view = tree.view("10.0.0.1".parse().unwrap());
    /// assert_eq!(view.file("CUPC/AppDialRules.xml", Case::Exact).unwrap().bytes().len(), 13);
    /// # Ok::<(), adr_bundle::TreeError>(())
    /// ```
    pub fn load(
        manifest: Vec<u8>,
        signature: Option<Vec<u8>>,
        read: impl FnMut(&ManifestFile) -> Result<Vec<u8>, String>,
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

    /// The tree before anything is published: generation 0, no files, everybody gets the default
    /// view.
    #[must_use]
    pub fn empty() -> Self {
        let view = ManifestView { name: None, folder: String::new(), networks: Vec::new() };
        Self {
            views: vec![View::new(&view)],
            networks: Networks::default(),
            manifest: Manifest {
                format_version: FORMAT_VERSION,
                generation: 0,
                tool: String::new(),
                views: vec![view],
                files: Vec::new(),
            },
        }
    }

    /// What the tree says about itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// 1, 2, 3… in each published folder.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.manifest.generation
    }

    /// The default view first, then the sites in the order of the manifest.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// The view of a client: that of the longest network that holds the address, else the default
    /// one.
    #[must_use]
    pub fn view(&self, client: IpAddr) -> &View {
        &self.views[self.view_position(client)]
    }

    /// Where the view of a client stands among [`views`](Self::views).
    #[must_use]
    pub fn view_position(&self, client: IpAddr) -> usize {
        self.networks.find(client).unwrap_or(0)
    }
}

impl View {
    fn new(view: &ManifestView) -> Self {
        Self { name: view.name.clone(), files: HashMap::new(), any_case: HashMap::new() }
    }

    /// The site's name; `None` is the default view.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The file that clients of this view get by this name, which has no leading `/`.
    ///
    /// `manifest.json` is the same file in every view. Folders of sites are not seen from the
    /// default view.
    #[must_use]
    pub fn file(&self, name: &str, case: Case) -> Option<&Arc<TreeFile>> {
        match (self.files.get(name), case) {
            (None, Case::Any) => self.any_case.get(name.to_ascii_lowercase().as_str()),
            (found, _) => found,
        }
    }

    /// Names of all files, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(AsRef::as_ref)
    }

    fn insert(&mut self, name: &str, file: &Arc<TreeFile>) {
        self.files.insert(name.into(), Arc::clone(file));
        let any_case = self.any_case.entry(name.to_ascii_lowercase().into());
        any_case.or_insert_with(|| Arc::clone(file));
    }
}

impl TreeFile {
    /// A file of these bytes.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        let sha256 = sha256(&bytes);
        Self { bytes: bytes.into(), sha256 }
    }

    /// The content; a clone shares it.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

fn check_limits(manifest: &Manifest) -> Result<(), TreeError> {
    let files = manifest.files.len();
    if files > MOST_FILES {
        let told = format!("{files} files, and at most {MOST_FILES} are served");
        return Err(TreeError::Contradiction(told));
    }
    let sizes = manifest.files.iter().map(|file| file.size);
    let bytes = sizes.fold(0, u64::saturating_add);
    if bytes > MOST_BYTES {
        let told = format!("{bytes} bytes, and at most {MOST_BYTES} are served");
        return Err(TreeError::Contradiction(told));
    }
    Ok(())
}

/// One default view, which comes first and has no folder; sites with names and folders of their
/// own.
fn check_views(views: &[ManifestView]) -> Result<(), TreeError> {
    let refuse = |told: String| Err(TreeError::Contradiction(told));
    match views.first() {
        Some(first) if first.name.is_none() && first.folder.is_empty() => {}
        _ => return refuse("the first view is not the default one".to_owned()),
    }
    let mut known = HashMap::new();
    for site in &views[1..] {
        let Some(name) = &site.name else {
            return refuse("there are two default views".to_owned());
        };
        if site.folder.is_empty() || !site.folder.ends_with('/') {
            return refuse(format!("site \"{}\" has no folder", name.escape_debug()));
        }
        for key in [("name", name), ("folder", &site.folder)] {
            if known.insert(key, name).is_some() {
                let (kind, word) = key;
                return refuse(format!("two sites have the {kind} `{}`", word.escape_debug()));
            }
        }
    }
    Ok(())
}

fn networks(views: &[ManifestView]) -> Result<Networks, TreeError> {
    let mut networks = Networks::default();
    for (index, view) in views.iter().enumerate() {
        for network in &view.networks {
            networks.insert(*network, index).map_err(|_| {
                TreeError::Contradiction(format!("the network {network} belongs to two views"))
            })?;
        }
    }
    Ok(networks)
}

/// Reads and verifies every file, and gives it to the view in whose folder it lies. Equal files are
/// kept once.
fn read_files(
    manifest: &Manifest,
    mut read: impl FnMut(&ManifestFile) -> Result<Vec<u8>, String>,
) -> Result<Vec<View>, TreeError> {
    let mut views: Vec<View> = manifest.views.iter().map(View::new).collect();
    let folders = manifest.views.iter().enumerate();
    let folders = folders.map(|(index, view)| (view.folder.as_str(), index));
    let folders: HashMap<&str, usize> = folders.collect();
    let mut known: HashMap<&str, Arc<TreeFile>> = HashMap::new();
    for entry in &manifest.files {
        let damage = |what: String| TreeError::Damaged(Damage { path: entry.path.clone(), what });
        let bytes = read(entry).map_err(damage)?;
        entry.check(&bytes).map_err(damage)?;
        let file = known.entry(&entry.sha256).or_insert_with(|| {
            Arc::new(TreeFile { bytes: bytes.into(), sha256: entry.sha256.clone() })
        });
        let (view, name) = place(&folders, &entry.path);
        if views[view].files.contains_key(name) {
            return Err(damage("the manifest names it twice".to_owned()));
        }
        views[view].insert(name, file);
    }
    Ok(views)
}

/// The view with the longest folder that holds the path, and the rest of the path.
fn place<'p>(folders: &HashMap<&str, usize>, path: &'p str) -> (usize, &'p str) {
    let ends = path.rmatch_indices('/').map(|(at, _)| at + 1);
    let mut holding = ends.filter_map(|end| {
        let (folder, rest) = path.split_at(end);
        Some((*folders.get(folder)?, rest))
    });
    holding.next().unwrap_or((0, path))
}

/// Why a tree is refused, as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeError {
    /// The manifest's text is none.
    Manifest(ManifestError),
    /// The manifest contradicts itself or is beyond a limit; a phrase.
    Contradiction(String),
    /// A file is missing, or is not what the manifest says.
    Damaged(Damage),
}

impl From<ManifestError> for TreeError {
    fn from(error: ManifestError) -> Self {
        Self::Manifest(error)
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest(error) => error.fmt(f),
            Self::Contradiction(told) => write!(f, "{}: {told}", Manifest::FILE_NAME),
            Self::Damaged(damage) => damage.fmt(f),
        }
    }
}

impl std::error::Error for TreeError {}
