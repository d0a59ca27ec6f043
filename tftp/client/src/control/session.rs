//! One connection: requests in order, one reply to each, and status changes after `subscribe`.

use std::io;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::limits::{IO_TIMEOUT, MAX_REQUEST_BYTES};
use super::message::{
    DialReply, ErrorReply, HelloReply, Request, StatusMessage, reload_reply, to_line,
};
use crate::handle::Handle;
use crate::status::Status;

/// How many bytes a connection reads without enlarging its buffer.
const BUFFER_BYTES: usize = 512;

/// A connection and its state.
pub(super) struct Session<S> {
    stream: S,
    handle: Handle,
    /// The places of connections that wait for a reload.
    reloads: Arc<Semaphore>,
    /// Bytes that were read and not answered yet: at most a line and a block.
    buffer: Vec<u8>,
    /// How many bytes of the buffer were searched for a line end.
    searched: usize,
    /// When the first request, or the line that has begun, must be complete; `None` between
    /// requests.
    deadline: Option<Instant>,
    /// The statuses for a subscriber.
    statuses: Option<watch::Receiver<Status>>,
}

/// Why a connection ends.
enum SessionEnd {
    /// The peer is gone, or does not read its replies.
    Gone,
    /// The peer broke a rule, and receives this reply.
    Refused(ErrorReply),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(stream: S, handle: Handle, reloads: Arc<Semaphore>) -> Self {
        Self {
            stream,
            handle,
            reloads,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            searched: 0,
            deadline: Some(Instant::now() + IO_TIMEOUT),
            statuses: None,
        }
    }

    pub(super) async fn run(mut self) {
        if let Err(SessionEnd::Refused(reply)) = self.answer_requests().await {
            let _ = self.write(&to_line(None, &reply)).await;
        }
    }

    async fn answer_requests(&mut self) -> Result<(), SessionEnd> {
        loop {
            while let Some(end) = self.line_end() {
                let request: Vec<u8> = self.buffer.drain(..=end).collect();
                self.searched = 0;
                let reply = self.reply(request.trim_ascii()).await;
                self.write(&reply).await?;
                self.deadline = None;
            }
            if self.buffer.len() > MAX_REQUEST_BYTES {
                return Err(SessionEnd::Refused(ErrorReply::TOO_LONG));
            }
            self.read_or_notify().await?;
        }
    }

    /// The index of the end of the first line in the buffer.
    fn line_end(&mut self) -> Option<usize> {
        let fresh = &self.buffer[self.searched..];
        let end = fresh.iter().position(|byte| *byte == b'\n').map(|at| at + self.searched);
        self.searched = self.buffer.len();
        end.filter(|end| *end <= MAX_REQUEST_BYTES)
    }

    /// Waits for bytes, or for a status change to send. A line that has begun has a deadline;
    /// between requests a connection may be silent.
    async fn read_or_notify(&mut self) -> Result<(), SessionEnd> {
        if !self.buffer.is_empty() {
            self.deadline.get_or_insert(Instant::now() + IO_TIMEOUT);
        }
        let deadline = self.deadline;
        let Self { stream, buffer, statuses, .. } = self;
        tokio::select! {
            read = stream.read_buf(buffer) => check_read(&read),
            status = next_status(statuses) => {
                let status = status.ok_or(SessionEnd::Gone)?;
                self.write(&to_line(None, &StatusMessage::event(&status))).await
            }
            () = until(deadline) => Err(SessionEnd::Refused(ErrorReply::TOO_SLOW)),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SessionEnd> {
        match timeout(IO_TIMEOUT, self.stream.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(SessionEnd::Gone),
        }
    }

    async fn reply(&mut self, request: &[u8]) -> Vec<u8> {
        let request: Request<'_> = match serde_json::from_slice(request) {
            Ok(request) => request,
            Err(error) => return to_line(None, &ErrorReply::unreadable(&error)),
        };
        let id = request.id.as_ref();
        match &*request.verb {
            "hello" => to_line(id, &HelloReply::CURRENT),
            "dial" | "lookup" => self.dial(&request),
            "reload" => match self.reloads.try_acquire() {
                Ok(_place) => reload_reply(id, &self.handle.reload_async().await),
                Err(_) => to_line(id, &ErrorReply::TOO_MANY_RELOADS),
            },
            "status" => self.status(id),
            "subscribe" => {
                let mut statuses = self.handle.subscribe();
                statuses.mark_unchanged();
                self.statuses = Some(statuses);
                self.status(id)
            }
            _ => to_line(id, &ErrorReply::UNKNOWN_VERB),
        }
    }

    fn status(&self, id: Option<&Value>) -> Vec<u8> {
        to_line(id, &StatusMessage::reply(&self.handle.status()))
    }

    /// The reply to `dial` or `lookup`.
    fn dial(&self, request: &Request<'_>) -> Vec<u8> {
        let id = request.id.as_ref();
        let Some(number) = &request.number else {
            return to_line(id, &ErrorReply::NO_NUMBER);
        };
        let (number, remark) = request.cleaned(number.as_bytes());
        let reply = |dialed: adr_dialer::Dialed<'_>| {
            let reply = DialReply {
                ok: true,
                result: String::from_utf8_lossy(dialed.result),
                rule: dialed.rule().map(|rule| rule + 1),
                remark: remark.clone(),
            };
            to_line(id, &reply)
        };
        if request.verb == "dial" {
            self.handle.dial_with(&number, reply)
        } else {
            self.handle.lookup_with(&number, reply)
        }
    }
}

fn check_read(read: &io::Result<usize>) -> Result<(), SessionEnd> {
    match read {
        Ok(0) | Err(_) => Err(SessionEnd::Gone),
        Ok(_) => Ok(()),
    }
}

/// Waits for a deadline; forever without one.
async fn until(deadline: Option<Instant>) {
    match deadline {
        None => std::future::pending().await,
        Some(deadline) => sleep_until(deadline).await,
    }
}

/// The next status; waits forever without a subscription. `None` when the core is closed.
async fn next_status(statuses: &mut Option<watch::Receiver<Status>>) -> Option<Status> {
    match statuses {
        None => std::future::pending().await,
        Some(statuses) => {
            statuses.changed().await.ok()?;
            Some(statuses.borrow_and_update().clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::io::{DuplexStream, duplex};

    use super::*;
    use crate::handle::{Command, Reloaded};

    fn places() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(1))
    }

    fn connect() -> DuplexStream {
        let (near, far) = duplex(64 * 1024);
        let (handle, mut commands) = Handle::without_core();
        tokio::spawn(async move { while commands.recv().await.is_some() {} });
        tokio::spawn(Session::new(far, handle, places()).run());
        near
    }

    /// All replies to these bytes and the end of the connection.
    async fn replies_to(sent: &[u8]) -> Vec<Value> {
        let mut near = connect();
        near.write_all(sent).await.unwrap();
        near.shutdown().await.unwrap();
        let mut reply = String::new();
        near.read_to_string(&mut reply).await.unwrap();
        reply.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(future)
    }

    proptest! {
        /// One reply for each line.
        #[test]
        fn any_line_gets_one_reply(lines in prop::collection::vec("[^\n]{0,60}|[{}\"a-z:,0-9 ]{0,40}", 0..12)) {
            let sent: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let replies = run(replies_to(sent.as_bytes()));
            prop_assert_eq!(replies.len(), lines.len());
            prop_assert!(replies.iter().all(|reply| reply["ok"].is_boolean()));
        }

        #[test]
        fn arbitrary_bytes_get_one_reply_per_line(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(run(replies_to(&bytes)).len(), lines);
        }

        /// Without rules the result is the number.
        #[test]
        fn any_number_is_unchanged_without_rules(number in any::<String>()) {
            let request = serde_json::json!({"verb": "dial", "number": number, "id": 1}).to_string() + "\n";
            let replies = run(replies_to(request.as_bytes()));
            prop_assert_eq!(&replies[0]["result"], &Value::from(number));
            prop_assert_eq!(&replies[0]["id"], &Value::from(1));
        }
    }

    #[test]
    fn request_above_the_limit_is_rejected() {
        let request =
            |length: usize| format!("{:width$}\n", r#"{"verb": "hello"}"#, width = length);
        assert_eq!(run(replies_to(request(MAX_REQUEST_BYTES).as_bytes()))[0]["ok"], true);
        let replies = run(replies_to(request(MAX_REQUEST_BYTES + 1).as_bytes()));
        assert_eq!((&replies[0]["code"], replies.len()), (&"too-long".into(), 1));
    }

    /// Between requests a connection may be silent; within a request it may not.
    #[test]
    fn incomplete_request_times_out_and_a_silent_connection_does_not() {
        run(async {
            let mut near = connect();
            near.write_all(b"{\"verb\": \"hello\"}\n").await.unwrap();
            let mut bytes = [0; 1024];
            assert!(near.read(&mut bytes).await.unwrap() > 0);
            tokio::time::sleep(IO_TIMEOUT * 1_000).await;
            near.write_all(b"{\"verb\": \"hello\"").await.unwrap();
            let start = Instant::now();
            let mut reply = String::new();
            near.read_to_string(&mut reply).await.unwrap();
            assert!(reply.contains("too-slow"), "{reply}");
            assert_eq!(start.elapsed().as_secs(), IO_TIMEOUT.as_secs());
        });
    }

    /// Each byte of a line does not extend its deadline, neither of the first nor of a later one.
    #[test]
    fn slow_request_line_times_out() {
        let hello = b"{\"verb\": \"hello\"}\n";
        for before in [&b""[..], hello] {
            run(async {
                let (mut near, mut far) = tokio::io::split(connect());
                far.write_all(before).await.unwrap();
                if !before.is_empty() {
                    assert!(near.read(&mut [0; 1024]).await.unwrap() > 0);
                }
                let start = Instant::now();
                tokio::spawn(async move {
                    while far.write_all(b" ").await.is_ok() {
                        tokio::time::sleep(IO_TIMEOUT / 10).await;
                    }
                });
                let mut reply = String::new();
                let read = timeout(IO_TIMEOUT * 10, near.read_to_string(&mut reply)).await;
                assert!(read.is_ok() && reply.contains("too-slow"), "{reply}");
                assert_eq!(start.elapsed().as_secs(), IO_TIMEOUT.as_secs());
            });
        }
    }

    /// Each line has its own deadline, even if it begins in the same packet as the last one ends.
    #[test]
    fn request_lines_within_their_deadline_are_answered() {
        run(async {
            let mut near = connect();
            for _ in 0..20 {
                tokio::time::sleep(IO_TIMEOUT * 9 / 10).await;
                near.write_all(b"{\"verb\": \"hello\"}\n{\"verb\"").await.unwrap();
                assert!(near.read(&mut [0; 1024]).await.unwrap() > 0);
                tokio::time::sleep(IO_TIMEOUT * 9 / 10).await;
                near.write_all(b": \"hello\"}\n").await.unwrap();
                assert!(near.read(&mut [0; 1024]).await.unwrap() > 0);
            }
        });
    }

    /// Neither replies nor status changes pile up for a peer that does not read them.
    #[test]
    fn peer_that_does_not_read_is_disconnected() {
        for request in ["{\"verb\": \"status\"}\n", "{\"verb\": \"subscribe\"}\n"] {
            run(async {
                let (mut near, far) = duplex(1024);
                let (handle, _commands) = Handle::without_core();
                let session = tokio::spawn(Session::new(far, handle.clone(), places()).run());
                near.write_all(request.as_bytes()).await.unwrap();
                let start = Instant::now();
                let changes = async {
                    for generation in 0.. {
                        let more = |status: &mut Status| status.generation = generation;
                        handle.shared.status.send_modify(more);
                        // writes only as much as the core reads
                        let _ =
                            timeout(Duration::from_millis(1), near.write_all(request.as_bytes()))
                                .await;
                        tokio::task::yield_now().await;
                    }
                };
                let ended = tokio::select! {
                    ended = timeout(IO_TIMEOUT * 10, session) => ended,
                    () = changes => unreachable!(),
                };
                assert!(ended.is_ok(), "it waits forever");
                assert!(start.elapsed() <= IO_TIMEOUT * 2, "{:?}", start.elapsed());
            });
        }
    }

    #[test]
    fn reload_is_answered_when_it_is_done() {
        run(async {
            let (mut near, far) = duplex(1024);
            let (handle, mut commands) = Handle::without_core();
            tokio::spawn(Session::new(far, handle, places()).run());
            near.write_all(b"{\"verb\": \"reload\"}\n").await.unwrap();
            let Some(Command::Reload(reply)) = commands.recv().await else {
                panic!("no reload");
            };
            let mut bytes = [0; 1024];
            let early = timeout(IO_TIMEOUT * 10, near.read(&mut bytes)).await;
            assert!(early.is_err(), "answered before it was done");
            let done = Reloaded { generation: 7, changed: true };
            reply.send(Ok(done));
            let count = near.read(&mut bytes).await.unwrap();
            assert_eq!(&bytes[..count], b"{\"ok\":true,\"generation\":7,\"changed\":true}\n");
        });
    }
}
