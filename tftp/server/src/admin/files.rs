//! The files of the served generation, to look at: read-only, as plain text.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};

use adr_bundle::Case;

use super::{Shared, answer};

/// Answers with the file of a view, by generation, position of the view in the manifest, and name.
/// The generation must be the one that is served: the positions of another one may differ.
pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    Path((generation, view, name)): Path<(u64, usize, String)>,
) -> Response<Body> {
    let current = shared.service.store.current();
    let tree = current.tree();
    if generation != tree.generation() {
        let served = tree.generation();
        let text = format!("generation {generation} is not served any more, but {served}\n");
        return answer(StatusCode::NOT_FOUND, text);
    }
    match tree.views().get(view).and_then(|view| view.file(&name, Case::Exact)) {
        Some(file) => answer(StatusCode::OK, file.bytes().clone()),
        None => answer(StatusCode::NOT_FOUND, "there is no such file in this view\n"),
    }
}
