//! Reads what is current, documents, and files. Everything is bounded, and compared with the
//! SHA-256 by which it was asked for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_bundle::{MAX_BYTES, MAX_FILES, Manifest, ManifestFile, sha256};
use adr_watcher::publication::{GenerationDocument, SealedGeneration, Unsealed};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::connection::Connection;
use crate::current::{Current, Kept, is_sha256};
use crate::fault::Fault;
use crate::objects;
use crate::shared::Shared;

/// The longest document: the manifest of a tree with most files, as JSON in JSON.
const MAX_DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;

/// How many files are moved at once.
pub(crate) const CONCURRENCY: usize = 16;

/// Files are expected to move at least this fast.
const MIN_BYTES_PER_SECOND: u64 = 32 * 1024;

/// The marks of a key that was removed.
const OPERATION: &str = "KV-Operation";

impl Shared {
    /// The revision of the key `current`, 0 if it was never written, and its value.
    pub(crate) async fn current(&self, deadline: Instant) -> Result<(u64, Option<Current>), Fault> {
        let (stream, subject) = (self.names.stream(), self.names.current());
        let read = |connection: Arc<Connection>| {
            let (stream, subject) = (stream.clone(), subject.clone());
            async move { last(&connection, &stream, &subject).await }
        };
        match self.run(deadline, read).await? {
            None => Ok((0, None)),
            // not the same as "nothing published yet": numbers would begin again at 1
            Some(message) if is_removed(&message) => {
                Err(Fault::NotPrepared("the key `current` was removed".to_owned()))
            }
            Some(message) => Ok((message.sequence, Some(Current::parse(&message.payload)?))),
        }
    }

    /// The document of a generation; `None` if it is not kept.
    pub(crate) async fn document_of(
        &self,
        generation: u64,
        deadline: Instant,
    ) -> Result<Option<GenerationDocument>, Fault> {
        // only bytes that move have more time
        let look = deadline.min(self.call_deadline());
        let kept = self.current(look).await?.1.map(|current| current.kept);
        let kept = kept.unwrap_or_default().into_iter().find(|kept| kept.generation == generation);
        match kept {
            Some(kept) => Ok(Some(self.document(&kept, deadline).await?)),
            None => Ok(None),
        }
    }

    /// The document of a generation that is kept, with the bytes that its SHA-256 names.
    pub(crate) async fn document(
        &self,
        kept: &Kept,
        deadline: Instant,
    ) -> Result<GenerationDocument, Fault> {
        let text = self.object(kept.document_name(), MAX_DOCUMENT_BYTES, deadline).await?;
        if sha256(&text) != kept.document {
            return Err(Fault::Damaged("its document has another SHA-256".to_owned()));
        }
        let document: Option<GenerationDocument> = serde_json::from_slice(&text).ok();
        document
            .filter(|document| sha256(document.manifest.as_bytes()) == kept.sha256)
            .ok_or_else(|| Fault::Damaged("its manifest has another SHA-256".to_owned()))
    }

    /// The bytes of a file.
    pub(crate) async fn file(
        &self,
        listed: &ManifestFile,
        deadline: Instant,
    ) -> Result<Vec<u8>, Fault> {
        if !is_sha256(&listed.sha256) || listed.size > MAX_BYTES {
            return Err(Fault::Damaged(format!("{}: invalid entry", listed.path.escape_debug())));
        }
        let of_path = |fault| match fault {
            Fault::Damaged(reason) => {
                Fault::Damaged(format!("{}: {reason}", listed.path.escape_debug()))
            }
            fault => fault,
        };
        self.object(listed.sha256.clone(), listed.size, deadline).await.map_err(of_path)
    }

    /// An object of at most `max_bytes`.
    async fn object(
        &self,
        object: String,
        max_bytes: u64,
        deadline: Instant,
    ) -> Result<Vec<u8>, Fault> {
        match self.object_once(&object, max_bytes, deadline).await {
            // somebody may have stored it again while it was read
            Err(Fault::Damaged(_)) => self.object_once(&object, max_bytes, deadline).await,
            answered => answered,
        }
    }

    /// The same, if it is not replaced meanwhile. Finding it takes no longer than any call; only
    /// its bytes take longer.
    async fn object_once(
        &self,
        object: &str,
        max_bytes: u64,
        deadline: Instant,
    ) -> Result<Vec<u8>, Fault> {
        let find = |connection: Arc<Connection>| {
            let (names, object) = (self.names.clone(), object.to_owned());
            async move { objects::find(&connection, &names, &object, max_bytes).await }
        };
        let found = self.run(deadline.min(self.call_deadline()), find).await?;
        let deadline = deadline.min(Instant::now() + self.transfer_limit(objects::size(&found)));
        let read = |connection: Arc<Connection>| {
            let (names, found) = (self.names.clone(), found.clone());
            async move { objects::read(&connection, &names, &found).await }
        };
        self.run(deadline, read).await
    }

    /// The document of a generation, and its distinct files; `None` if it is not kept. Nobody has
    /// to fetch more than a server permits.
    pub(crate) async fn listed(
        &self,
        generation: u64,
        deadline: Instant,
    ) -> Result<Option<(GenerationDocument, Vec<ManifestFile>)>, Fault> {
        let Some(document) = self.document_of(generation, deadline).await? else {
            return Ok(None);
        };
        let manifest = Manifest::parse(document.manifest.as_bytes())
            .map_err(|error| Fault::Damaged(error.to_string()))?;
        if manifest.generation != generation {
            return Err(Fault::Damaged(format!("its number is {}", manifest.generation)));
        }
        let bytes = manifest.files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.size));
        if manifest.files.len() > MAX_FILES || bytes.is_none_or(|bytes| bytes > MAX_BYTES) {
            return Err(Fault::Damaged("it is larger than a server permits".to_owned()));
        }
        let mut distinct = HashSet::new();
        let mut files = manifest.files;
        files.retain(|listed| distinct.insert(listed.sha256.clone()));
        Ok(Some((document, files)))
    }

    /// The bytes of files by their SHA-256, several at once.
    pub(crate) async fn files(
        &self,
        files: Vec<ManifestFile>,
        deadline: Instant,
    ) -> Result<HashMap<String, Vec<u8>>, Fault> {
        let reads = files.into_iter().map(|listed| async move {
            let bytes = self.file(&listed, deadline).await?;
            Ok((listed.sha256, bytes))
        });
        all(reads).await.map(|files| files.into_iter().collect())
    }

    /// How long it may take to move a file of this size.
    pub(crate) fn transfer_limit(&self, bytes: u64) -> Duration {
        self.settings.call_limit + Duration::from_secs(bytes / MIN_BYTES_PER_SECOND)
    }
}

/// A generation with the bytes of its files by their SHA-256.
pub(crate) fn sealed(
    document: GenerationDocument,
    mut files: HashMap<String, Vec<u8>>,
) -> Result<SealedGeneration, Fault> {
    let opened = SealedGeneration::open(document, |listed| {
        Ok(files.remove(&listed.sha256).unwrap_or_default())
    });
    opened.map_err(|unsealed| match unsealed {
        Unsealed::Damaged(reason) => Fault::Damaged(reason),
        Unsealed::Unread(error) => Fault::Temporary(error.to_string()),
    })
}

/// Whether a message says that its key was removed.
pub(crate) fn is_removed(message: &StreamMessage) -> bool {
    message.headers.get(OPERATION).is_some()
}

/// Runs futures, [`CONCURRENCY`] at once, up to the first error.
pub(crate) async fn all<T, R>(futures: impl Iterator<Item = R>) -> Result<Vec<T>, Fault>
where
    R: Future<Output = Result<T, Fault>>,
{
    let mut futures = futures.fuse();
    let mut running = FuturesUnordered::new();
    let mut results = Vec::new();
    loop {
        while running.len() < CONCURRENCY
            && let Some(next) = futures.next()
        {
            running.push(next);
        }
        match running.next().await {
            Some(result) => results.push(result?),
            None => return Ok(results),
        }
    }
}

/// The last message with this subject, from the leader of the stream; `None` without one.
pub(crate) async fn last(
    connection: &Connection,
    stream: &str,
    subject: &str,
) -> Result<Option<StreamMessage>, Fault> {
    let stream = connection.context.get_stream_no_info(stream).await.map_err(Fault::of)?;
    match stream.get_last_raw_message_by_subject(subject).await {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(Fault::of(error)),
    }
}
