//! The current generation, replaced by one atomic swap.

use std::sync::Arc;
use std::time::SystemTime;

use adr_bundle::Tree;
use arc_swap::ArcSwap;

/// A published tree and the time of its publication.
#[derive(Debug)]
pub struct Generation {
    tree: Tree,
    modified: SystemTime,
}

impl Generation {
    /// `modified` becomes the `Last-Modified` header of every file.
    #[must_use]
    pub fn new(tree: Tree, modified: SystemTime) -> Self {
        Self { tree, modified }
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
    pub fn swap(&self, generation: Generation) -> Arc<Generation> {
        self.current.swap(Arc::new(generation))
    }
}
