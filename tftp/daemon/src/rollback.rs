//! What a rollback in the published folder means for the rules that this process read last.

use adr_bundle::disk::TimeLimit;
use adr_watcher::publish::PublishError;

use crate::{Error, Publishing, Source};

/// Whether a rollback blocks the rules that were read last.
#[derive(Debug)]
pub(crate) enum Blocking {
    /// The rules, or what the folder blocks, are not known.
    Unknown,
    /// The current generation does not block them.
    No,
    /// They were rolled back; the error names both generations.
    By(Error),
}

impl Blocking {
    /// Reads the record of the current generation of the folder that `source` publishes into.
    /// `content` is the hash of what the rules publish. Publishes nothing: rules that are not
    /// blocked any more may be older than those of another process.
    pub(crate) fn read(
        source: &Source,
        publishing: &Publishing,
        content: Option<&str>,
        disk: &mut TimeLimit,
    ) -> Self {
        let (Some(folder), Some(content)) = (source.publishes_into(), content) else {
            return Self::Unknown;
        };
        let (folder, content) = (folder.to_owned(), content.to_owned());
        let publishing = publishing.clone();
        let checked = disk.run(move |_| publishing.publisher(&folder).check_rollback(&content));
        match checked {
            Ok(Ok(())) => Self::No,
            Ok(Err(error @ PublishError::BlockedByRollback { .. })) => Self::By(error.into()),
            Ok(Err(_)) | Err(_) => Self::Unknown,
        }
    }
}
