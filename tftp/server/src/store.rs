//! The current generation, replaced by one atomic swap.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use adr_bundle::{Case, Tree, View};
use arc_swap::ArcSwap;

/// How long after its publication a generation has no date for clients. Another generation that is
/// published within the same second, and loaded a moment later, must not share a date that a client
/// has already seen. After this time no such generation can follow.
const UNDATED: Duration = Duration::from_secs(60);

/// A published tree and the time of its publication.
#[derive(Debug)]
pub struct Generation {
    tree: Tree,
    modified: SystemTime,
    /// Whether the date differs from that of the generation before.
    has_own_date: bool,
    /// Names that are not the same file in all views, as they are and in lower case.
    varying: HashSet<Box<str>>,
}

impl Generation {
    /// `modified` becomes the `Last-Modified` header of files that are the same in all views.
    #[must_use]
    pub fn new(tree: Tree, modified: SystemTime) -> Self {
        let varying = varying(tree.views());
        Self { tree, modified, has_own_date: true, varying }
    }

    /// The generation before anything is published: number 0, without files.
    #[must_use]
    pub fn empty() -> Self {
        Self::new(Tree::empty(), SystemTime::UNIX_EPOCH)
    }

    /// The files.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// When it was published.
    #[must_use]
    pub fn modified(&self) -> SystemTime {
        self.modified
    }

    /// Whether clients of different views get different answers for a name.
    pub(crate) fn varies(&self, name: &str, case: Case) -> bool {
        if self.varying.is_empty() {
            return false;
        }
        self.varying.contains(name)
            || case == Case::Insensitive
                && self.varying.contains(name.to_ascii_lowercase().as_str())
    }

    /// The date that clients may use to recognize files of this generation; `None` while another
    /// generation may have the same one.
    pub(crate) fn date(&self, now: SystemTime) -> Option<SystemTime> {
        let age = now.duration_since(self.modified).ok()?;
        (self.has_own_date && age >= UNDATED).then_some(self.modified)
    }
}

/// The names that some views do not have, or have with different contents.
fn varying(views: &[View]) -> HashSet<Box<str>> {
    let mut contents: HashMap<&str, (&str, usize)> = HashMap::new();
    let mut differing = HashSet::new();
    for view in views {
        for (name, file) in view.files() {
            let (first, count) = contents.entry(name).or_insert((file.sha256(), 0));
            *count += 1;
            if *first != file.sha256() {
                differing.insert(name);
            }
        }
    }
    let in_some = contents.iter().filter(|(_, (_, count))| *count < views.len());
    differing.extend(in_some.map(|(name, _)| *name));
    differing.into_iter().flat_map(|name| [name.into(), name.to_ascii_lowercase().into()]).collect()
}

/// Whole seconds since 1970, the resolution of HTTP dates.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Holds the generation for new transfers. A transfer in progress keeps the generation with which
/// it began.
///
/// ```
/// use adr_server::{Generation, Store};
///
/// let store = Store::new(Generation::empty());
/// assert_eq!(store.current().tree().generation(), 0);
/// ```
#[derive(Debug)]
pub struct Store {
    current: ArcSwap<Generation>,
}

impl Store {
    /// A store with its first generation.
    #[must_use]
    pub fn new(generation: Generation) -> Self {
        Self { current: ArcSwap::from_pointee(generation) }
    }

    /// The generation for a transfer that begins now.
    #[must_use]
    pub fn current(&self) -> Arc<Generation> {
        self.current.load_full()
    }

    /// Makes another generation the current one, and returns the previous one.
    pub fn swap(&self, mut generation: Generation) -> Arc<Generation> {
        let before = self.current.load();
        generation.has_own_date = seconds(generation.modified) != seconds(before.modified);
        self.current.swap(Arc::new(generation))
    }
}

#[cfg(test)]
mod tests {
    use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};

    use super::*;

    fn generation(files: &[(&str, &str)], sites: &[&str]) -> Generation {
        let view = |site: Option<&&str>| ManifestView {
            name: site.map(|site| (*site).to_owned()),
            folder: site.map_or_else(String::new, |site| format!("sites/{site}/")),
            networks: Vec::new(),
        };
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            generation: 1,
            tool: None,
            views: std::iter::once(None).chain(sites.iter().map(Some)).map(view).collect(),
            files: files
                .iter()
                .map(|(path, text)| ManifestFile::of(path, text.as_bytes()))
                .collect(),
        };
        let read = |entry: &ManifestFile| {
            let file = files.iter().find(|(path, _)| *path == entry.path);
            Ok(file.unwrap().1.as_bytes().to_vec())
        };
        let tree = Tree::load(manifest.to_json().into_bytes(), None, read).unwrap();
        Generation::new(tree, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn name_varies_unless_every_view_has_the_same_file() {
        let files = [
            ("Same", "same"),
            ("sites/a/Same", "same"),
            ("Differs", "1"),
            ("sites/a/Differs", "2"),
            ("Alone", "1"),
            ("sites/a/Only", "1"),
        ];
        let two = generation(&files, &["a"]);
        for (name, varies) in [
            ("Same", false),
            ("manifest.json", false),
            ("nothing", false),
            ("Differs", true),
            ("Alone", true),
            ("Only", true),
        ] {
            assert_eq!(two.varies(name, Case::Exact), varies, "{name}");
            assert_eq!(two.varies(name, Case::Insensitive), varies, "{name}");
        }
        assert!(two.varies("DIFFERS", Case::Insensitive));
        assert!(!generation(&files[2..3], &[]).varies("Differs", Case::Exact));
    }

    #[test]
    fn date_identifies_a_generation_or_is_withheld() {
        let published = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_500);
        let dated = || Generation { modified: published, ..Generation::empty() };
        let later = published + UNDATED;
        assert_eq!(dated().date(published), None);
        assert_eq!(dated().date(later - Duration::from_secs(1)), None);
        assert_eq!(dated().date(later), Some(published));
        // a clock that was set back
        assert_eq!(dated().date(SystemTime::UNIX_EPOCH), None);
        // two generations of the same second
        let store = Store::new(dated());
        let next = published + Duration::from_millis(400);
        store.swap(Generation { modified: next, ..Generation::empty() });
        assert_eq!(store.current().date(later + UNDATED), None);
        let next = published + Duration::from_millis(600);
        store.swap(Generation { modified: next, ..Generation::empty() });
        assert_eq!(store.current().date(later + UNDATED), Some(next));
    }
}
