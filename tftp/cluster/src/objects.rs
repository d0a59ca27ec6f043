//! Objects in the object store: written by the library, and read message by message.
//!
//! Reading asks for each message and makes no consumer: a fetch of a generation may read thousands
//! of objects, and a consumer of each would be a decision of all NATS servers.

use async_nats::jetstream::object_store::{ObjectInfo, ObjectMetadata};
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::names::Names;
use crate::read::last;

/// Bytes of a chunk: below the smallest limit on messages that anybody sets.
const CHUNK_BYTES: usize = 128 * 1024;

/// The most that is reserved for an object before its bytes come.
const MAX_RESERVED_BYTES: usize = 1024 * 1024;

/// Stores an object, and replaces one with this name.
pub(crate) async fn write(
    connection: &Connection,
    names: &Names,
    object: &str,
    mut bytes: &[u8],
) -> Result<(), Fault> {
    let metadata = ObjectMetadata {
        name: object.to_owned(),
        chunk_size: Some(CHUNK_BYTES.min(connection.client.max_payload() / 2).max(1024)),
        ..ObjectMetadata::default()
    };
    let files = connection.files(&names.files()).await?;
    match files.put(metadata, &mut bytes).await {
        Ok(_) => Ok(()),
        Err(error) => Err(connection.missing_or(&names.files_stream(), Fault::of(error)).await),
    }
}

/// What is known about an object, which has at most `max_bytes`.
pub(crate) async fn find(
    connection: &Connection,
    names: &Names,
    object: &str,
    max_bytes: u64,
) -> Result<ObjectInfo, Fault> {
    let subject = names.object(&encoded(object));
    let Some(message) = last(connection, &names.files_stream(), &subject).await? else {
        return Err(Fault::Damaged("it is missing in NATS".to_owned()));
    };
    let info = info(&message.payload)
        .ok_or_else(|| Fault::Damaged("it was replaced or removed in NATS".to_owned()))?;
    let size = size(&info);
    if size > max_bytes {
        return Err(Fault::Damaged(format!("it has {size} bytes in NATS, more than {max_bytes}")));
    }
    Ok(info)
}

/// How many bytes an object has.
pub(crate) fn size(info: &ObjectInfo) -> u64 {
    u64::try_from(info.size).unwrap_or(u64::MAX)
}

/// The bytes of an object that was found. The caller compares them with their SHA-256.
pub(crate) async fn read(
    connection: &Connection,
    names: &Names,
    info: &ObjectInfo,
) -> Result<Vec<u8>, Fault> {
    let stream = connection.context.get_stream_no_info(names.files_stream()).await;
    let stream = stream.map_err(Fault::of)?;
    let chunks = names.chunks(&info.nuid);
    let mut bytes = Vec::with_capacity(info.size.min(MAX_RESERVED_BYTES));
    let mut sequence = 1;
    while bytes.len() < info.size {
        let (next, chunk) = chunk(&stream, &chunks, sequence).await?;
        sequence = next.max(sequence).saturating_add(1);
        if chunk.is_empty() || chunk.len() > info.size - bytes.len() {
            return Err(Fault::Damaged("it has other bytes in NATS".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The first message of a subject from a sequence on: its sequence and its bytes.
async fn chunk(
    stream: &Stream<()>,
    subject: &str,
    sequence: u64,
) -> Result<(u64, bytes::Bytes), Fault> {
    let request = stream.raw_message_builder().sequence(sequence);
    match request.next_by_subject(subject).send().await {
        Ok(message) => Ok((message.sequence, message.payload)),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {
            Err(Fault::Damaged("it was cut in NATS".to_owned()))
        }
        Err(error) => Err(Fault::of(error)),
    }
}

/// The information about an object; `None` if it was removed, is a link, or was not written by an
/// object store.
pub(crate) fn info(text: &[u8]) -> Option<ObjectInfo> {
    let info: ObjectInfo = serde_json::from_slice(text).ok()?;
    let is_link = info.options.as_ref().is_some_and(|options| options.link.is_some());
    let is_nuid = !info.nuid.is_empty() && info.nuid.bytes().all(|it| it.is_ascii_alphanumeric());
    (is_nuid && !is_link && !info.deleted).then_some(info)
}

/// The last token of the subject of an object.
pub(crate) fn encoded(object: &str) -> String {
    URL_SAFE.encode(object)
}

/// The name of the object with this last token of a subject.
pub(crate) fn decoded(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE.decode(token).ok()?).ok()
}
