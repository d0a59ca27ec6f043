//! Files that came with an event. They are fetched from memory as if from the server.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::request::{FetchFile, FileRequest};
use crate::answer::Answer;
use crate::server::Server;

/// The files that came with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnclosedFiles {
    /// The server that sent the event.
    pub(super) server: Server,
    /// Files by the path under which the server has them.
    files: BTreeMap<String, Arc<Vec<u8>>>,
}

impl EnclosedFiles {
    /// The files of an event; `None` if it came without files.
    pub(crate) fn new(server: &Server, files: BTreeMap<String, String>) -> Option<Self> {
        if files.is_empty() {
            return None;
        }
        let files = files.into_iter();
        let files = files.map(|(path, text)| (path, Arc::new(text.into_bytes())));
        Some(Self { server: server.clone(), files: files.collect() })
    }
}

impl FetchFile for EnclosedFiles {
    /// A file that did not come with the event, or that is too large, is missing.
    async fn fetch(&self, _server: &Server, request: FileRequest) -> Answer {
        let file = self.files.get(request.path);
        let file = file.filter(|bytes| bytes.len() as u64 <= request.max_bytes);
        file.map_or(Answer::Missing, |bytes| Answer::Bytes(Arc::clone(bytes)))
    }
}
