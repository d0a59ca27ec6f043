//! Serving connections: who may talk to the core, and how many at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;

use super::accept::Accept;
use super::limits::{MAX_CONNECTIONS, MAX_WAITING_RELOADS};
use super::message::{ErrorReply, to_line};
use super::session::Session;
use crate::handle::Handle;

/// Delay after a failed accept. The usual cause is that the process has no free file descriptor.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Timeout for writing the reply to a refused connection.
const REFUSE_TIMEOUT: Duration = Duration::from_millis(10);

/// Serves connections until it is dropped.
pub(crate) async fn serve(listener: impl Accept, handle: Handle) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let reloads = Arc::new(Semaphore::new(MAX_WAITING_RELOADS));
    loop {
        let Ok((stream, is_owner)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            continue;
        };
        let permit = Arc::clone(&permits).try_acquire_owned();
        match (is_owner, permit) {
            (false, _) => refuse(stream, ErrorReply::DENIED).await,
            (true, Err(_)) => refuse(stream, ErrorReply::BUSY).await,
            (true, Ok(permit)) => {
                let session = Session::new(stream, handle.clone(), Arc::clone(&reloads));
                tokio::spawn(async move {
                    session.run().await;
                    drop(permit);
                });
            }
        }
    }
}

/// Sends a reply and closes the connection; does not wait for a peer that does not read.
async fn refuse(mut stream: impl AsyncWrite + Unpin, reply: ErrorReply) {
    let line = to_line(None, &reply);
    let _ = tokio::time::timeout(REFUSE_TIMEOUT, stream.write_all(&line)).await;
}
