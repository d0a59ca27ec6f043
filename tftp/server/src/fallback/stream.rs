//! A large file that is received and sent at the same time. It ends properly only if all of it
//! arrived: a client cannot mistake a broken transfer for a complete one.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::not_served::NotServed;
use crate::client::{Client, ClientKey};
use crate::permits::{Permit, Permits};

/// Largest chunk in bytes.
pub(crate) const CHUNK_BYTES: usize = 64 << 10;

/// Largest first chunk in bytes of a file of the folder. A TFTP client that has acknowledged
/// nothing gets at most one block of 512 bytes.
pub(crate) const FIRST_CHUNK_BYTES: usize = 4 << 10;

/// Chunks that are buffered for a client, after it wanted a second one.
const BUFFERED_CHUNKS: usize = 2;

/// Longest time for a client to take a chunk. A client that acknowledges 512 bytes at a time over a
/// line that loses every fifth packet takes 64 KB in two minutes.
const SEND_TIMEOUT: Duration = Duration::from_secs(300);

/// The receiving end, from which a client is served. Until it asks for a second chunk, the source
/// reads no further: a forged address never does.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Bytes of the file, if its source announced them.
    pub(crate) size: Option<u64>,
    /// Most bytes that are in memory until a second chunk is wanted.
    pub(crate) begun: u64,
    /// Asks the source for a second chunk; `None` once it did.
    want_more: Option<oneshot::Sender<()>>,
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
    /// Whether the first chunk was sent.
    has_begun: bool,
    /// Receives that a second chunk is wanted; `None` once it was received.
    wanted: Option<oneshot::Receiver<()>>,
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

    /// Whether the address of the client is not forged.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.client.is_confirmed
    }

    /// A permit for one stream.
    pub(crate) fn acquire(&self) -> Result<Permit, NotServed> {
        let permit = self.permits.acquire(self.client.limit_key());
        permit.map_err(|_| NotServed::Busy)
    }
}

impl Stream {
    /// Both ends of a new stream, of a file of `size` bytes. The source holds at most `begun` bytes
    /// until a second chunk is wanted.
    pub(crate) fn new(size: Option<u64>, begun: u64, permit: Permit) -> (StreamSender, Self) {
        let (sender, chunks) = mpsc::channel(BUFFERED_CHUNKS);
        let (want_more, wanted) = oneshot::channel();
        let wanted = Some(wanted);
        let sender =
            StreamSender { chunks: sender, has_begun: false, wanted, timeout: SEND_TIMEOUT };
        let (received, has_ended, want_more) = (0, false, Some(want_more));
        let stream = Self { size, begun, want_more, chunks, received, has_ended, _permit: permit };
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
        if self.received > 0
            && let Some(want_more) = self.want_more.take()
        {
            // a source that has failed wants to know nothing
            let _ = want_more.send(());
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
    pub(crate) async fn send(&mut self, mut bytes: Bytes) -> Result<(), Closed> {
        while !bytes.is_empty() {
            let chunk = bytes.split_to(bytes.len().min(CHUNK_BYTES));
            self.put(Chunk::Bytes(chunk)).await?;
        }
        Ok(())
    }

    /// Marks the end of the file.
    pub(crate) async fn end(mut self) {
        // a client that has disconnected needs no end
        let _ = self.put(Chunk::End).await;
    }

    /// Waits until the client has disconnected.
    pub(crate) async fn closed(&self) {
        self.chunks.closed().await;
    }

    /// Waits until the client has taken the first chunk, and wants another one.
    pub(crate) async fn wanted(&mut self) -> Result<(), Closed> {
        let Some(wanted) = &mut self.wanted else { return Ok(()) };
        timeout(self.timeout, wanted).await.map_err(|_| Closed)?.map_err(|_| Closed)?;
        self.wanted = None;
        Ok(())
    }

    async fn put(&mut self, chunk: Chunk) -> Result<(), Closed> {
        if std::mem::replace(&mut self.has_begun, true) {
            self.wanted().await?;
        }
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
        Stream::new(size, 0, permit.unwrap())
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
        let (mut sender, stream) = stream(None);
        let send = async {
            sender.send(vec![7; 2 * CHUNK_BYTES + 1].into()).await.unwrap();
            sender.end().await;
        };
        let (drained, ()) = tokio::join!(drain(stream), send);
        assert_eq!(drained, (vec![CHUNK_BYTES, CHUNK_BYTES, 1], Ok(())));
    }

    #[tokio::test]
    async fn dropped_sender_fails_the_stream() {
        for size in [None, Some(10), Some(20)] {
            let (mut sender, stream) = stream(size);
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
            let (mut sender, stream) = stream(size);
            let send = async {
                sender.send(vec![7; 10].into()).await.unwrap();
                sender.end().await;
            };
            assert_eq!(tokio::join!(drain(stream), send).0.1, end, "{size:?}");
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
        assert_eq!((sizes.len(), end), (1, Err(NotServed::Failed)), "nobody wanted a second one");
    }

    #[tokio::test]
    async fn client_that_takes_no_further_chunk_times_out() {
        let (mut sender, mut stream) = stream(None);
        sender.timeout = Duration::from_millis(100);
        let take_two = async {
            for _ in 0..2 {
                poll_fn(|context| stream.poll_next(context)).await.unwrap().unwrap();
            }
            stream
        };
        let send = sender.send(vec![7; 9 * CHUNK_BYTES].into());
        let (stream, sent) = tokio::join!(take_two, send);
        assert_eq!(sent, Err(Closed));
        drop(sender);
        let (sizes, end) = drain(stream).await;
        assert_eq!((sizes.len(), end), (BUFFERED_CHUNKS, Err(NotServed::Failed)));
    }

    #[tokio::test]
    async fn disconnected_client_closes_the_sender() {
        let (mut sender, stream) = stream(None);
        drop(stream);
        sender.closed().await;
        assert_eq!(sender.send(vec![7].into()).await, Err(Closed));
        assert_eq!(sender.wanted().await, Err(Closed));
    }
}
