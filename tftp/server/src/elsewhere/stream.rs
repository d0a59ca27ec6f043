//! A file that arrives while it is sent: whole, to the byte, or broken off, which nobody can take
//! for its end.

use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Absent;
use crate::slots::{Slot, Slots};

/// Most bytes of a piece.
pub(crate) const PIECE_BYTES: usize = 64 << 10;

/// Pieces that wait for a client.
const PIECES: usize = 4;

/// A client that takes no piece for so long is given up. One that acknowledges 512 bytes at a time
/// over a line that loses a packet in five takes 64 KB in two minutes.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a client takes.
#[derive(Debug)]
pub(crate) struct Stream {
    /// As told by where it comes from.
    pub(crate) size: Option<u64>,
    pieces: mpsc::Receiver<Piece>,
    came: u64,
    has_ended: bool,
    _slot: Slot,
}

/// Where the file goes in. Dropped before its [end](Self::end), the file has broken off.
#[derive(Debug)]
pub(crate) struct Feed {
    pieces: mpsc::Sender<Piece>,
    patience: Duration,
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    End,
}

/// The client is gone, or takes nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// Room for large files, of which one client gets a share.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    slots: Arc<Slots>,
    client: IpAddr,
    is_counted: bool,
}

impl Room {
    /// Room for an address, which has a share of its own if it is counted.
    pub(crate) fn new(slots: &Arc<Slots>, client: IpAddr, is_counted: bool) -> Self {
        Self { slots: Arc::clone(slots), client, is_counted }
    }

    /// Room for one large file.
    pub(crate) fn take(&self) -> Result<Slot, Absent> {
        let slot = self.slots.take(self.client, self.is_counted);
        slot.map_err(|_| Absent::Busy)
    }
}

impl Stream {
    /// A stream and where its pieces go in.
    pub(crate) fn new(size: Option<u64>, slot: Slot) -> (Feed, Self) {
        let (sender, pieces) = mpsc::channel(PIECES);
        let feed = Feed { pieces: sender, patience: PATIENCE };
        let stream = Self { size, pieces, came: 0, has_ended: false, _slot: slot };
        (feed, stream)
    }

    /// The next piece; `None` at the end, which comes only when all bytes came that were told.
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Absent>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let piece = ready!(self.pieces.poll_recv(context));
        Poll::Ready(self.took(piece).transpose())
    }

    fn took(&mut self, piece: Option<Piece>) -> Result<Option<Bytes>, Absent> {
        match piece {
            Some(Piece::Bytes(bytes)) => {
                self.came += bytes.len() as u64;
                let is_within = self.size.is_none_or(|size| self.came <= size);
                is_within.then_some(Some(bytes)).ok_or(Absent::Failed)
            }
            Some(Piece::End) if self.size.is_none_or(|size| self.came == size) => {
                self.has_ended = true;
                Ok(None)
            }
            Some(Piece::End) | None => Err(Absent::Failed),
        }
    }
}

impl Feed {
    /// Hands on bytes, cut into pieces, as fast as the client takes them.
    pub(crate) async fn send(&self, mut bytes: Bytes) -> Result<(), Gone> {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
            self.put(Piece::Bytes(piece)).await?;
        }
        Ok(())
    }

    /// Says that this was all of the file.
    pub(crate) async fn end(self) {
        // whoever is gone needs no end
        let _ = self.put(Piece::End).await;
    }

    /// Waits until the client is gone.
    pub(crate) async fn gone(&self) {
        self.pieces.closed().await;
    }

    async fn put(&self, piece: Piece) -> Result<(), Gone> {
        let put = timeout(self.patience, self.pieces.send(piece)).await;
        put.map_err(|_| Gone)?.map_err(|_| Gone)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::net::Ipv4Addr;

    use super::*;

    fn stream(size: Option<u64>) -> (Feed, Stream) {
        let slot = Slots::new(1, 1).take(Ipv4Addr::LOCALHOST.into(), true);
        Stream::new(size, slot.unwrap())
    }

    /// Sizes of pieces, and how it ends.
    async fn drain(mut stream: Stream) -> (Vec<usize>, Result<(), Absent>) {
        let mut sizes = Vec::new();
        loop {
            match poll_fn(|context| stream.poll_next(context)).await {
                Some(Ok(bytes)) => sizes.push(bytes.len()),
                Some(Err(absent)) => return (sizes, Err(absent)),
                None => return (sizes, Ok(())),
            }
        }
    }

    #[tokio::test]
    async fn pieces_are_small_whatever_comes() {
        let (feed, stream) = stream(None);
        feed.send(vec![7; 2 * PIECE_BYTES + 1].into()).await.unwrap();
        feed.end().await;
        assert_eq!(drain(stream).await, (vec![PIECE_BYTES, PIECE_BYTES, 1], Ok(())));
    }

    #[tokio::test]
    async fn whatever_stops_without_an_end_has_broken_off() {
        for size in [None, Some(10), Some(20)] {
            let (feed, stream) = stream(size);
            feed.send(vec![7; 10].into()).await.unwrap();
            drop(feed);
            assert_eq!(drain(stream).await, (vec![10], Err(Absent::Failed)));
        }
    }

    #[tokio::test]
    async fn an_end_elsewhere_than_told_is_none() {
        let ended = [
            (Some(9), Err(Absent::Failed)),
            (Some(10), Ok(())),
            (Some(11), Err(Absent::Failed)),
            (None, Ok(())),
        ];
        for (size, end) in ended {
            let (feed, stream) = stream(size);
            feed.send(vec![7; 10].into()).await.unwrap();
            feed.end().await;
            assert_eq!(drain(stream).await.1, end, "{size:?}");
        }
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (mut feed, stream) = stream(None);
        feed.patience = Duration::from_millis(1);
        let sent = feed.send(vec![7; 9 * PIECE_BYTES].into()).await;
        assert_eq!(sent, Err(Gone));
        drop(feed);
        let (sizes, end) = drain(stream).await;
        assert_eq!((sizes.len(), end), (PIECES, Err(Absent::Failed)));
    }

    #[tokio::test]
    async fn a_client_that_is_gone_is_seen() {
        let (feed, stream) = stream(None);
        drop(stream);
        feed.gone().await;
        assert_eq!(feed.send(vec![7].into()).await, Err(Gone));
    }
}
