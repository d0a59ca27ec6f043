//! Files that came along with an event, asked like a server.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Ask;
use crate::judge::Answer;
use crate::server::Server;

/// What an event brought along, and who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enclosed {
    pub(super) server: Server,
    files: BTreeMap<String, Arc<Vec<u8>>>,
}

impl Enclosed {
    /// `None` when nothing came along.
    pub(crate) fn new(server: &Server, files: BTreeMap<String, String>) -> Option<Self> {
        if files.is_empty() {
            return None;
        }
        let files = files.into_iter();
        let files = files.map(|(name, text)| (name, Arc::new(text.into_bytes())));
        Some(Self { server: server.clone(), files: files.collect() })
    }
}

impl Ask for Enclosed {
    /// What did not come along, or is larger than it may be, is not there.
    async fn ask(
        &self,
        _server: &Server,
        path: &str,
        limit: u64,
        _known: Option<(String, Arc<Vec<u8>>)>,
    ) -> Answer {
        let file = self.files.get(path);
        let file = file.filter(|bytes| bytes.len() as u64 <= limit);
        file.map_or(Answer::Missing, |bytes| Answer::Bytes(Arc::clone(bytes)))
    }
}
