//! A node together with its tree.

use crate::tree::Tree;

/// A node and the tree that contains it.
#[derive(Debug)]
pub(super) struct Placed<'p, N> {
    pub(super) tree: &'p Tree,
    pub(super) node: &'p N,
}

impl<N> Clone for Placed<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for Placed<'_, N> {}
