//! The files that clients read, made from a book.

use std::sync::Arc;

use ipnet::IpNet;

use crate::book::RuleBook;

/// What is published: a function of the book and nothing else. Same book, same bytes.
#[derive(Clone, Debug)]
pub struct Artefacts {
    /// One entry a view: the default view first, then the sites in order.
    pub views: Vec<ViewFolder>,
    /// Relative path with `/` and its bytes, sorted by path. Files that are equal share their bytes.
    pub files: Vec<(String, Arc<[u8]>)>,
}

/// A view and where its files lie.
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

impl RuleBook {
    /// The files of every view.
    ///
    /// Before it gives a file away it reads it back as a client does and compares the rules.
    #[must_use]
    pub fn artefacts(&self) -> Artefacts {
        todo!()
    }
}
