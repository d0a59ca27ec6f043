//! One connection: requests in order, one answer each; and news, if it asked for them.

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::message::{Dialled, Hello, PROTOCOL, Refused, Request, State, line, reloaded};
use super::{LINE, PATIENCE};
use crate::core::Handle;
use crate::status::Status;

/// A connection and what came in on it.
pub(super) struct Session<S> {
    stream: S,
    handle: Handle,
    /// What was read and not answered yet, at most a line and a block.
    buffer: Vec<u8>,
    /// How much of it was looked at for a line end.
    looked_at: usize,
    /// Until when the first request, or the whole of a line that has begun, has to be there.
    until: Option<Instant>,
    news: Option<watch::Receiver<Status>>,
}

/// Why a connection ends.
enum End {
    /// The other side is gone, or does not take its answers.
    Gone,
    /// It is told why.
    Because(Refused),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(stream: S, handle: Handle) -> Self {
        Self {
            stream,
            handle,
            buffer: Vec::with_capacity(512),
            looked_at: 0,
            until: Some(Instant::now() + PATIENCE),
            news: None,
        }
    }

    pub(super) async fn run(mut self) {
        if let Err(End::Because(refused)) = self.converse().await {
            let _ = self.say(&line(None, &refused)).await;
        }
    }

    async fn converse(&mut self) -> Result<(), End> {
        loop {
            while let Some(end) = self.line_end() {
                let request: Vec<u8> = self.buffer.drain(..=end).collect();
                self.looked_at = 0;
                let answer = self.answer(request.trim_ascii()).await;
                self.say(&answer).await?;
                self.until = None;
            }
            if self.buffer.len() > LINE {
                return Err(End::Because(Refused::TOO_LONG));
            }
            self.wait().await?;
        }
    }

    fn line_end(&mut self) -> Option<usize> {
        let fresh = &self.buffer[self.looked_at..];
        let end = fresh.iter().position(|byte| *byte == b'\n').map(|at| at + self.looked_at);
        self.looked_at = self.buffer.len();
        end.filter(|end| *end <= LINE)
    }

    /// Waits for bytes or news. The first request and the whole of a line have to come soon;
    /// between requests a connection may be silent for as long as it likes.
    async fn wait(&mut self) -> Result<(), End> {
        if !self.buffer.is_empty() {
            self.until.get_or_insert(Instant::now() + PATIENCE);
        }
        let until = self.until;
        let Self { stream, buffer, news, .. } = self;
        tokio::select! {
            read = stream.read_buf(buffer) => match read {
                Ok(0) | Err(_) => Err(End::Gone),
                Ok(_) => Ok(()),
            },
            status = changed(news) => {
                let status = status.ok_or(End::Gone)?;
                self.say(&line(None, &State { ok: None, event: Some("status"), status: &status })).await
            }
            () = over(until) => Err(End::Because(Refused::TOO_SLOW)),
        }
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<(), End> {
        match timeout(PATIENCE, self.stream.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let request: Request<'_> = match serde_json::from_slice(request) {
            Ok(request) => request,
            Err(error) => return line(None, &Refused::unreadable(&error)),
        };
        let id = request.id.as_ref();
        match &*request.verb {
            "hello" => line(
                id,
                &Hello { ok: true, protocol: PROTOCOL, version: env!("CARGO_PKG_VERSION") },
            ),
            "dial" | "lookup" => self.dial(&request),
            "reload" => reloaded(id, &self.handle.reload_async().await),
            "status" => self.status(id),
            "subscribe" => {
                let mut news = self.handle.subscribe();
                news.mark_unchanged();
                self.news = Some(news);
                self.status(id)
            }
            _ => line(id, &Refused::unknown_verb()),
        }
    }

    fn status(&self, id: Option<&Value>) -> Vec<u8> {
        let status = self.handle.status();
        line(id, &State { ok: Some(true), event: None, status: &status })
    }

    fn dial(&self, request: &Request<'_>) -> Vec<u8> {
        let id = request.id.as_ref();
        let Some(number) = &request.number else {
            return line(id, &Refused::NO_NUMBER);
        };
        let (number, remark) = request.cleaned(number.as_bytes());
        let answer = |dialled: adr_dialer::Dialed<'_>| {
            let dialled = Dialled {
                ok: true,
                result: String::from_utf8_lossy(dialled.result),
                rule: dialled.rule().map(|rule| rule + 1),
                remark: remark.clone(),
            };
            line(id, &dialled)
        };
        if request.verb == "dial" {
            self.handle.dial_with(&number, answer)
        } else {
            self.handle.lookup_with(&number, answer)
        }
    }
}

/// Ends at a time; never, without one.
async fn over(until: Option<Instant>) {
    match until {
        None => std::future::pending().await,
        Some(until) => sleep_until(until).await,
    }
}

/// The next status; never, for who did not subscribe. `None` when the core is closed.
async fn changed(news: &mut Option<watch::Receiver<Status>>) -> Option<Status> {
    match news {
        None => std::future::pending().await,
        Some(news) => {
            news.changed().await.ok()?;
            Some(news.borrow_and_update().clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::io::{DuplexStream, duplex};

    use super::*;
    use crate::core::Command;

    fn begin() -> DuplexStream {
        let (near, far) = duplex(64 * 1024);
        let (handle, mut commands) = Handle::alone();
        tokio::spawn(async move { while commands.recv().await.is_some() {} });
        tokio::spawn(Session::new(far, handle).run());
        near
    }

    /// Everything that is said to somebody who sends this and then nothing more.
    async fn said(sent: &[u8]) -> Vec<Value> {
        let mut near = begin();
        near.write_all(sent).await.unwrap();
        near.shutdown().await.unwrap();
        let mut said = String::new();
        near.read_to_string(&mut said).await.unwrap();
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(future)
    }

    proptest! {
        /// One answer for each line, whatever is in it.
        #[test]
        fn anything_is_answered(lines in prop::collection::vec("[^\n]{0,60}|[{}\"a-z:,0-9 ]{0,40}", 0..12)) {
            let sent: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let answers = run(said(sent.as_bytes()));
            prop_assert_eq!(answers.len(), lines.len());
            prop_assert!(answers.iter().all(|answer| answer["ok"].is_boolean()));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(run(said(&bytes)).len(), lines);
        }

        /// A number comes back as it went in, whatever is in it, when there are no rules.
        #[test]
        fn numbers_pass(number in any::<String>()) {
            let request = serde_json::json!({"verb": "dial", "number": number, "id": 1}).to_string() + "\n";
            let answers = run(said(request.as_bytes()));
            prop_assert_eq!(&answers[0]["result"], &Value::from(number));
            prop_assert_eq!(&answers[0]["id"], &Value::from(1));
        }
    }

    #[test]
    fn the_longest_line_and_one_that_is_longer() {
        let request =
            |length: usize| format!("{:width$}\n", r#"{"verb": "hello"}"#, width = length);
        assert_eq!(run(said(request(LINE).as_bytes()))[0]["ok"], true);
        let answers = run(said(request(LINE + 1).as_bytes()));
        assert_eq!((&answers[0]["code"], answers.len()), (&"too-long".into(), 1));
    }

    /// Between requests there is all the time in the world, within one there is not.
    #[test]
    fn patience() {
        run(async {
            let mut near = begin();
            near.write_all(b"{\"verb\": \"hello\"}\n").await.unwrap();
            let mut bytes = [0; 1024];
            assert!(near.read(&mut bytes).await.unwrap() > 0);
            tokio::time::sleep(PATIENCE * 1_000).await;
            near.write_all(b"{\"verb\": \"hello\"").await.unwrap();
            let began = Instant::now();
            let mut said = String::new();
            near.read_to_string(&mut said).await.unwrap();
            assert!(said.contains("too-slow"), "{said}");
            assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
        });
    }

    /// A line is not given more time by coming in pieces, neither the first one nor a later one.
    #[test]
    fn a_line_that_trickles_in() {
        let hello = b"{\"verb\": \"hello\"}\n";
        for before in [&b""[..], hello] {
            run(async {
                let (mut near, mut far) = tokio::io::split(begin());
                far.write_all(before).await.unwrap();
                if !before.is_empty() {
                    assert!(near.read(&mut [0; 1024]).await.unwrap() > 0);
                }
                let began = Instant::now();
                tokio::spawn(async move {
                    while far.write_all(b" ").await.is_ok() {
                        tokio::time::sleep(PATIENCE / 10).await;
                    }
                });
                let mut said = String::new();
                let heard = timeout(PATIENCE * 10, near.read_to_string(&mut said)).await;
                assert!(heard.is_ok() && said.contains("too-slow"), "{said}");
                assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
            });
        }
    }

    /// Every line has its own time, also when the next one begins in the same piece.
    #[test]
    fn lines_that_come_in_time_are_answered() {
        run(async {
            let mut near = begin();
            for _ in 0..20 {
                tokio::time::sleep(PATIENCE * 9 / 10).await;
                near.write_all(b"{\"verb\": \"hello\"}\n{\"verb\"").await.unwrap();
                assert!(near.read(&mut [0; 1024]).await.unwrap() > 0);
                tokio::time::sleep(PATIENCE * 9 / 10).await;
                near.write_all(b": \"hello\"}\n").await.unwrap();
                assert!(near.read(&mut [0; 1024]).await.unwrap() > 0);
            }
        });
    }

    /// Answers are not kept for whoever does not take them, and neither is news.
    #[test]
    fn whoever_takes_nothing_is_hung_up_on() {
        for asks in ["{\"verb\": \"status\"}\n", "{\"verb\": \"subscribe\"}\n"] {
            run(async {
                let (mut near, far) = duplex(1024);
                let (handle, _commands) = Handle::alone();
                let session = tokio::spawn(Session::new(far, handle.clone()).run());
                near.write_all(asks.as_bytes()).await.unwrap();
                let began = Instant::now();
                let telling = async {
                    for generation in 0.. {
                        let more = |status: &mut Status| status.generation = generation;
                        handle.shared.status.send_modify(more);
                        // no more than the core takes
                        let _ = timeout(Duration::from_millis(1), near.write_all(asks.as_bytes()))
                            .await;
                        tokio::task::yield_now().await;
                    }
                };
                let ended = tokio::select! {
                    ended = timeout(PATIENCE * 10, session) => ended,
                    () = telling => unreachable!(),
                };
                assert!(ended.is_ok(), "it waits for ever");
                assert!(began.elapsed() <= PATIENCE * 2, "{:?}", began.elapsed());
            });
        }
    }

    #[test]
    fn a_reload_is_answered_when_it_is_done() {
        run(async {
            let (mut near, far) = duplex(1024);
            let (handle, mut commands) = Handle::alone();
            tokio::spawn(Session::new(far, handle).run());
            near.write_all(b"{\"verb\": \"reload\"}\n").await.unwrap();
            let Some(Command::Reload(reply)) = commands.recv().await else {
                panic!("no reload");
            };
            let mut bytes = [0; 1024];
            let early = timeout(PATIENCE * 10, near.read(&mut bytes)).await;
            assert!(early.is_err(), "answered before it was done");
            let done = crate::core::Done { generation: 7, changed: true };
            reply.send(Ok(done)).unwrap();
            let count = near.read(&mut bytes).await.unwrap();
            assert_eq!(&bytes[..count], b"{\"ok\":true,\"generation\":7,\"changed\":true}\n");
        });
    }
}
