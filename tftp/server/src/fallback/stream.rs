//! A large file that is received and sent at the same time. It ends properly only if all of it
//! arrived: a client cannot mistake a broken transfer for a complete one.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::not_served::NotServed;
use crate::client::{Client, ClientKey};
use crate::permits::{Permit, Permits};

/// Largest chunk in bytes.
pub(crate) const CHUNK_BYTES: usize = 64 << 10;

/// Chunks that are buffered for a client.
const BUFFERED_CHUNKS: usize = 4;

/// Longest time for a client to take a chunk. A client that acknowledges 512 bytes at a time over a
/// line that loses every fifth packet takes 64 KB in two minutes.
const SEND_TIMEOUT: Duration = Duration::from_secs(300);

/// The receiving end, from which a client is served.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Bytes of the file, if its source announced them.
    pub(crate) size: Option<u64>,
    chunks: mpsc::Receiver<Chunk>,
    /// Bytes received so far.
    received: u64,
    has_ended: bool,
    _permit: Permit,
}

/// The sending end, into which the source writes. Dropped without a call of [`end`](Self::end), it
/// breaks the stream off.
#[derive(Debug)]
pub(crate) struct StreamSender {
    chunks: mpsc::Sender<Chunk>,
    timeout: Duration,
}

#[derive(Debug)]
enum Chunk {
    Bytes(Bytes),
    End,
}

/// The client disconnected, or stopped taking chunks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// The streams that a client may still open.
#[derive(Clone, Debug)]
pub(crate) struct StreamBudget {
    permits: Arc<Permits>,
    client: Client,
}

impl StreamBudget {
    pub(crate) fn new(permits: &Arc<Permits>, client: Client) -> Self {
        Self { permits: Arc::clone(permits), client }
    }

    /// The client, as limits count it; `None` for an exempt client.
    pub(crate) fn client(&self) -> Option<ClientKey> {
        self.client.limit_key()
    }

    /// A permit for one stream.
    pub(crate) fn acquire(&self) -> Result<Permit, NotServed> {
        let permit = self.permits.acquire(self.client.limit_key());
        permit.map_err(|_| NotServed::Busy)
    }
}

impl Stream {
    /// Both ends of a new stream.
    pub(crate) fn new(size: Option<u64>, permit: Permit) -> (StreamSender, Self) {
        let (sender, chunks) = mpsc::channel(BUFFERED_CHUNKS);
        let sender = StreamSender { chunks: sender, timeout: SEND_TIMEOUT };
        let stream = Self { size, chunks, received: 0, has_ended: false, _permit: permit };
        (sender, stream)
    }

    /// The next chunk; `None` at the end of a file that arrived completely.
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, NotServed>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let chunk = ready!(self.chunks.poll_recv(context));
        Poll::Ready(self.check(chunk).transpose())
    }

    /// Compares what arrived with the announced size.
    fn check(&mut self, chunk: Option<Chunk>) -> Result<Option<Bytes>, NotServed> {
        match chunk {
            Some(Chunk::Bytes(bytes)) => {
                self.received += bytes.len() as u64;
                let is_within = self.size.is_none_or(|size| self.received <= size);
                is_within.then_some(Some(bytes)).ok_or(NotServed::Failed)
            }
            Some(Chunk::End) if self.size.is_none_or(|size| self.received == size) => {
                self.has_ended = true;
                Ok(None)
            }
            Some(Chunk::End) | None => Err(NotServed::Failed),
        }
    }
}

impl StreamSender {
    /// Sends bytes in chunks, as fast as the client takes them.
    pub(crate) async fn send(&self, mut bytes: Bytes) -> Result<(), Closed> {
        while !bytes.is_empty() {
            let chunk = bytes.split_to(bytes.len().min(CHUNK_BYTES));
            self.put(Chunk::Bytes(chunk)).await?;
        }
        Ok(())
    }

    /// Marks the end of the file.
    pub(crate) async fn end(self) {
        // a client that has disconnected needs no end
        let _ = self.put(Chunk::End).await;
    }

    /// Waits until the client has disconnected.
    pub(crate) async fn closed(&self) {
        self.chunks.closed().await;
    }

    async fn put(&self, chunk: Chunk) -> Result<(), Closed> {
        let put = timeout(self.timeout, self.chunks.send(chunk)).await;
        put.map_err(|_| Closed)?.map_err(|_| Closed)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn stream(size: Option<u64>) -> (StreamSender, Stream) {
        let permit = Permits::new(1, 1).acquire(None);
        Stream::new(size, permit.unwrap())
    }

    /// Sizes of chunks, and how the stream ends.
    async fn drain(mut stream: Stream) -> (Vec<usize>, Result<(), NotServed>) {
        let mut sizes = Vec::new();
        loop {
            match poll_fn(|context| stream.poll_next(context)).await {
                Some(Ok(bytes)) => sizes.push(bytes.len()),
                Some(Err(reason)) => return (sizes, Err(reason)),
                None => return (sizes, Ok(())),
            }
        }
    }

    #[tokio::test]
    async fn large_input_is_split_into_chunks() {
        let (sender, stream) = stream(None);
        sender.send(vec![7; 2 * CHUNK_BYTES + 1].into()).await.unwrap();
        sender.end().await;
        assert_eq!(drain(stream).await, (vec![CHUNK_BYTES, CHUNK_BYTES, 1], Ok(())));
    }

    #[tokio::test]
    async fn dropped_sender_fails_the_stream() {
        for size in [None, Some(10), Some(20)] {
            let (sender, stream) = stream(size);
            sender.send(vec![7; 10].into()).await.unwrap();
            drop(sender);
            assert_eq!(drain(stream).await, (vec![10], Err(NotServed::Failed)));
        }
    }

    #[tokio::test]
    async fn end_at_another_size_than_announced_fails_the_stream() {
        let ended = [
            (Some(9), Err(NotServed::Failed)),
            (Some(10), Ok(())),
            (Some(11), Err(NotServed::Failed)),
            (None, Ok(())),
        ];
        for (size, end) in ended {
            let (sender, stream) = stream(size);
            sender.send(vec![7; 10].into()).await.unwrap();
            sender.end().await;
            assert_eq!(drain(stream).await.1, end, "{size:?}");
        }
    }

    #[tokio::test]
    async fn client_that_takes_no_chunk_times_out() {
        let (mut sender, stream) = stream(None);
        sender.timeout = Duration::from_millis(1);
        let sent = sender.send(vec![7; 9 * CHUNK_BYTES].into()).await;
        assert_eq!(sent, Err(Closed));
        drop(sender);
        let (sizes, end) = drain(stream).await;
        assert_eq!((sizes.len(), end), (BUFFERED_CHUNKS, Err(NotServed::Failed)));
    }

    #[tokio::test]
    async fn disconnected_client_closes_the_sender() {
        let (sender, stream) = stream(None);
        drop(stream);
        sender.closed().await;
        assert_eq!(sender.send(vec![7].into()).await, Err(Closed));
    }
}
