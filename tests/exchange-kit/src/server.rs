//! Connections of the stand-in: reads requests, processes them, and applies faults.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::directories;
use crate::ews::{self, Envelope};
use crate::faults::{Fault, Faults};
use crate::http::{Answer, Request};
use crate::log::LogEntry;
use crate::state::State;

/// Bytes in a piece of a body or of a header that has no end.
const PIECE: usize = 8 * 1024;

/// What the connections and the test share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    faults: Mutex<Faults>,
    log: Mutex<Vec<LogEntry>>,
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        let (faults, log) = Default::default();
        Self { state: Mutex::new(state), faults, log }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<LogEntry>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections until the runtime ends.
pub(crate) async fn serve(shared: Arc<Shared>, listener: TcpListener, acceptor: TlsAcceptor) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (shared, acceptor) = (Arc::clone(&shared), acceptor.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            if let Ok(stream) = acceptor.accept(stream).await {
                connection(&shared, BufReader::new(stream)).await;
            }
        });
    }
}

/// Answers requests until the client or a fault ends the connection.
async fn connection<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    mut stream: BufReader<S>,
) -> Option<()> {
    loop {
        let request = Request::read(&mut stream).await?;
        let envelope = Envelope::of(&request);
        let (operation, impersonated) =
            envelope.as_ref().map(Envelope::summary).unwrap_or_default();
        let is_impersonated = impersonated.is_some();
        let fault = shared.faults().next(&request, &operation, is_impersonated);
        let answer = match &fault {
            Some(fault) if !fault.is_processed() => fault.answer(),
            _ => Some(process(&shared.state(), &request, envelope.as_ref())),
        };
        shared.log().push(LogEntry {
            method: request.method.clone(),
            path: request.path.clone(),
            operation,
            scheme: request.scheme(),
            user: request.basic().map(|(user, _)| user),
            impersonated,
            body_bytes: request.body.len(),
            status: answer.as_ref().map(|answer| answer.status),
        });
        let stream = stream.get_mut();
        match (fault, answer) {
            (None | Some(Fault::Delay(_)), None) | (Some(Fault::Close), _) => return None,
            (Some(Fault::Delay(time)), Some(answer)) => {
                tokio::time::sleep(time).await;
                send(stream, answer, &request).await?;
            }
            (Some(fault), None) => return misbehave(stream, fault).await,
            (Some(Fault::CutAt(at)), Some(answer)) => {
                let answer = finished(answer, &request);
                let body = &answer.body[..at.min(answer.body.len())];
                write(stream, &[answer.head(), body.to_vec()].concat()).await?;
                return stream.shutdown().await.ok();
            }
            (Some(Fault::Drip(pause)), Some(answer)) => {
                let answer = finished(answer, &request);
                return drip(stream, &[answer.head(), answer.body].concat(), pause).await;
            }
            (_, Some(answer)) => send(stream, answer, &request).await?,
        }
        if !request.keeps_alive() {
            return stream.shutdown().await.ok();
        }
    }
}

/// Processes a request, and returns its answer without faults.
fn process(state: &State, request: &Request, envelope: Option<&Envelope>) -> Answer {
    match request.path.as_str() {
        directories::EWS => match directories::login(state, request) {
            Ok(account) if request.method == "POST" => ews::handle(state, account, envelope),
            Ok(_) => Answer::page(200),
            Err(answer) => answer,
        },
        _ => directories::handle(state, request),
    }
}

/// Ends a request without an answer that a client could use.
async fn misbehave(stream: &mut (impl AsyncWrite + Unpin), fault: Fault) -> Option<()> {
    let piece = vec![b'a'; PIECE];
    match fault {
        Fault::Hang => std::future::pending().await,
        Fault::Bytes(bytes) => {
            write(stream, &bytes).await?;
            stream.shutdown().await.ok()
        }
        Fault::EndlessBody => {
            write(stream, b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n").await?;
            loop {
                write(stream, &piece).await?;
            }
        }
        Fault::EndlessHeader => {
            write(stream, b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                let line = [b"X-More: ", &piece[..100], b"\r\n"].concat();
                write(stream, &line).await?;
            }
        }
        _ => None,
    }
}

async fn send(
    stream: &mut (impl AsyncWrite + Unpin),
    answer: Answer,
    request: &Request,
) -> Option<()> {
    let answer = finished(answer, request);
    write(stream, &[answer.head(), answer.body].concat()).await
}

/// The answer with the header lines that all have. A `HEAD` gets no body.
fn finished(answer: Answer, request: &Request) -> Answer {
    let length = answer.body.len().to_string();
    let mut answer = answer
        .with("Server", "Microsoft-IIS/10.0")
        .with("X-Powered-By", "ASP.NET")
        .with("Cache-Control", "private")
        .with("Content-Length", &length);
    if request.method == "HEAD" {
        answer.body.clear();
    }
    answer
}

async fn drip(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], pause: Duration) -> Option<()> {
    for byte in bytes {
        write(stream, &[*byte]).await?;
        tokio::time::sleep(pause).await;
    }
    stream.shutdown().await.ok()
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Option<()> {
    stream.write_all(bytes).await.ok()?;
    stream.flush().await.ok()
}
