//! The XML files that clients read, made from a dial plan.

use std::sync::Arc;

use adr_engine::xml;
use hashbrown::{HashMap, HashSet};
use ipnet::IpNet;

use crate::plan::{DialPlan, List, ListKind};

/// What is published. It depends on the dial plan alone: the same dial plan gives the same bytes.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The views: the default view first, then the sites in order.
    pub views: Vec<ViewFolder>,
    /// Relative paths with `/` and the bytes of the files, sorted by path. Files of one list share
    /// their bytes.
    pub files: Vec<(String, Arc<Vec<u8>>)>,
}

/// A view and the folder of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewFolder {
    /// The site's name; `None` is the default view.
    pub name: Option<String>,
    /// Folder below the root with a final `/` (`sites/Dallas/`); empty for the default view. It
    /// holds `AppDialRules.xml` and `DirLookupDialRules.xml`, and the same two below `CUPC/`.
    pub folder: String,
    /// The networks whose clients get this view.
    pub networks: Vec<IpNet>,
}

/// A client would read another list from a file than the one that the file was made from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a client would not read {path} as the rules that it was made from; this is a defect of adrc"
)]
pub struct ReadBackError {
    /// The file.
    pub path: String,
}

impl DialPlan {
    /// Writes the files of every view.
    ///
    /// Before publishing them, call [`DialPlan::read_back`].
    #[must_use]
    pub fn artifacts(&self) -> Artifacts {
        let mut written: HashMap<*const List, Arc<Vec<u8>>> = HashMap::new();
        let mut files = Vec::new();
        let views = self.folders();
        for (view, folder) in self.views().zip(&views) {
            for kind in ListKind::ALL {
                let list = view.list(kind);
                let bytes = written
                    .entry(Arc::as_ptr(list))
                    .or_insert_with(|| Arc::new(xml::write(list.rules())));
                for path in paths(folder, kind) {
                    files.push((path, Arc::clone(bytes)));
                }
            }
        }
        files.sort_by(|(a, _), (b, _)| a.cmp(b));
        Artifacts { views, files }
    }

    /// Reads every file as a client does, and compares the rules with the list of the file.
    ///
    /// # Errors
    ///
    /// The first file that a client would read differently.
    pub fn read_back(&self, artifacts: &Artifacts) -> Result<(), ReadBackError> {
        let mut seen = HashSet::new();
        for (view, folder) in self.views().zip(&artifacts.views) {
            for kind in ListKind::ALL {
                let [path, _] = paths(folder, kind);
                let file = artifacts.files.binary_search_by(|(known, _)| known.cmp(&path));
                let bytes =
                    file.ok().and_then(|at| artifacts.files.get(at)).map(|(_, bytes)| bytes);
                let is_new = bytes.is_none_or(|bytes| seen.insert(Arc::as_ptr(bytes)));
                if is_new
                    && !bytes.is_some_and(|bytes| xml::reads_as(bytes, view.list(kind).rules()))
                {
                    return Err(ReadBackError { path });
                }
            }
        }
        Ok(())
    }

    fn folders(&self) -> Vec<ViewFolder> {
        let mut names = FolderNames::default();
        self.views()
            .map(|view| ViewFolder {
                name: view.name().map(str::to_owned),
                folder: view.name().map_or_else(String::new, |name| {
                    format!("sites/{}/", names.free(&safe_name(name)))
                }),
                networks: view.networks().to_vec(),
            })
            .collect()
    }
}

/// The paths of a view's file of one kind: in the view's folder, and in `CUPC/` below it.
fn paths(folder: &ViewFolder, kind: ListKind) -> [String; 2] {
    kind.paths().map(|path| format!("{}{path}", folder.folder))
}

/// Unique names of folders; upper and lower case do not count as a difference.
#[derive(Default)]
struct FolderNames {
    /// Names in lower case.
    taken: HashSet<String>,
    /// For names that are taken: the number from which to look for an unused one.
    next: HashMap<String, u32>,
}

impl FolderNames {
    /// The name itself, or the name with the first unused number from 2 on: `Dallas-2`.
    fn free(&mut self, safe: &str) -> String {
        let folded = safe.to_ascii_lowercase();
        if self.taken.insert(folded.clone()) {
            return safe.to_owned();
        }
        let next = self.next.entry(folded.clone()).or_insert(2);
        loop {
            let number = *next;
            *next += 1;
            if self.taken.insert(format!("{folded}-{number}")) {
                return format!("{safe}-{number}");
            }
        }
    }
}

/// A name that every file system accepts: letters, digits, `.`, `_` and `-`.
fn safe_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }
    };
    let safe: String = name.chars().map(safe).collect();
    let trimmed = safe.trim_matches(['.', '-']);
    let stem = trimmed.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |device: &str| stem.strip_prefix(device).is_some_and(|rest| rest.len() == 1);
    let is_device =
        ["CON", "PRN", "AUX", "NUL"].contains(&&*stem) || numbered("COM") || numbered("LPT");
    if trimmed.is_empty() || is_device {
        format!("site-{trimmed}").trim_end_matches('-').to_owned()
    } else {
        trimmed.to_owned()
    }
}
