//! What a server has done so far, while a round waits for it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::answer::Answer;
use crate::fetch::request::{FetchFile, FileRequest};
use crate::server::Server;

/// A fetcher that notes what a server has done so far.
pub(super) struct Observed<'f, F> {
    fetcher: &'f F,
    progress: Progress,
}

/// What a server has done so far.
#[derive(Default)]
pub(super) struct Progress {
    /// Whether it has answered.
    pub(super) has_answered: AtomicBool,
    /// Whether it is asked again because it did not have what was announced.
    pub(super) is_asked_again: AtomicBool,
}

impl<'f, F> Observed<'f, F> {
    pub(super) fn new(fetcher: &'f F) -> Self {
        Self { fetcher, progress: Progress::default() }
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }
}

impl<F: FetchFile> FetchFile for Observed<'_, F> {
    async fn fetch(&self, server: &Server, request: FileRequest) -> Answer {
        let answer = self.fetcher.fetch(server, request).await;
        if !matches!(answer, Answer::Failed(_)) {
            self.progress.has_answered.store(true, Ordering::Relaxed);
        }
        answer
    }
}
