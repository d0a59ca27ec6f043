//! Sockets of a node: accepts connections, processes requests, and applies faults to them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::{Body, to_bytes};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::cut::Cut;
use crate::faults::{Fault, Faults};
use crate::http::{Answer, Request};
use crate::log::LogEntry;
use crate::soap::SoapFault;
use crate::state::State;
use crate::{axl, control, log_files, os_administration, ris};

/// What all nodes of a cluster and the test share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    faults: Mutex<Faults>,
    log: Mutex<Vec<LogEntry>>,
    observer: Observer,
}

/// Gets the state after each request that was processed, and the user of the request.
#[derive(Default)]
struct Observer(OnceLock<Box<Observe>>);

type Observe = dyn Fn(&mut State, Option<&str>) + Send + Sync;

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        let (faults, log, observer) = Default::default();
        Self { state: Mutex::new(state), faults, log, observer }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn observe(
        &self,
        observer: impl Fn(&mut State, Option<&str>) + Send + Sync + 'static,
    ) {
        assert!(self.observer.0.set(Box::new(observer)).is_ok(), "there is an observer already");
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<LogEntry>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a socket serves.
#[derive(Clone)]
pub(crate) enum Service {
    /// All web services, by TLS.
    Web(TlsAcceptor),
    /// The files of TFTP, by HTTP.
    Files,
}

/// The answer that a connection ends without.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl std::error::Error for NoAnswer {}

/// A socket of a node.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) shared: Arc<Shared>,
    /// Name of the node.
    pub(crate) node: String,
    pub(crate) service: Service,
}

impl Endpoint {
    /// Accepts connections until the runtime ends. While the node is dead, connections are closed
    /// at once.
    pub(crate) async fn serve(self, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            if !self.is_alive() {
                continue;
            }
            let endpoint = self.clone();
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                match endpoint.service.clone() {
                    Service::Files => endpoint.connection(stream).await,
                    Service::Web(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            endpoint.connection(stream).await;
                        }
                    }
                }
            });
        }
    }

    fn is_alive(&self) -> bool {
        self.shared.state().node(&self.node).is_some_and(|node| node.is_alive)
    }

    async fn connection(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(|request| self.answer(request));
        let mut builder = http1::Builder::new();
        let connection = builder.timer(TokioTimer::new());
        let _ = connection.serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(&self, request: hyper::Request<Incoming>) -> Result<Response<Body>, NoAnswer> {
        let request = read(request).await?;
        if !self.is_alive() {
            return Err(NoAnswer);
        }
        let user = self.user(&request);
        let fault = self.shared.faults().next(&self.node, user.as_deref(), &request);
        let is_processed = fault.as_ref().is_none_or(Fault::is_processed);
        let processed = is_processed.then(|| self.process(&request, user.as_deref()));
        let outcome = self.outcome(fault.as_ref(), &request, processed);
        self.record(&request, outcome.as_ref());
        match (outcome, fault) {
            (Some(answer), Some(Fault::CutAt(at))) => Ok(response(answer, Some(at))),
            (Some(answer), Some(Fault::Delay(time))) => {
                tokio::time::sleep(time).await;
                Ok(response(answer, None))
            }
            (Some(answer), _) => Ok(response(answer, None)),
            (None, Some(Fault::Hang | Fault::HangAfter)) => std::future::pending().await,
            (None, _) => Err(NoAnswer),
        }
    }

    /// What a fault leaves of the answer; `None` if there is none.
    fn outcome(
        &self,
        fault: Option<&Fault>,
        request: &Request,
        processed: Option<Answer>,
    ) -> Option<Answer> {
        match fault {
            None | Some(Fault::CutAt(_) | Fault::Delay(_)) => processed,
            Some(Fault::Status(status)) => Some(Answer::error_page(*status, "Error")),
            Some(Fault::Unauthorized) => Some(Answer::unauthorized()),
            Some(Fault::Redirect(to)) => Some(Answer::html(302, "").with("location", to.clone())),
            Some(Fault::Memory) => Some(SoapFault::memory().answer(&request.operation(), None)),
            Some(Fault::RateExceeded) => {
                let fault = SoapFault::rate("AxisFault: ", 15);
                Some(fault.answer(&request.operation(), None))
            }
            Some(Fault::Bytes(bytes)) => {
                let usual = match &self.service {
                    Service::Files => "application/octet-stream",
                    Service::Web(_) if request.path.starts_with("/cmplatform") => "text/html",
                    Service::Web(_) => "text/xml;charset=utf-8",
                };
                Some(Answer::new(200, usual, bytes.clone()))
            }
            Some(Fault::Die | Fault::DieAfter) => {
                let mut state = self.shared.state();
                state.node_mut(&self.node)?.is_alive = false;
                None
            }
            Some(Fault::Hang | Fault::HangAfter | Fault::Close | Fault::CloseAfter) => None,
        }
    }

    /// Processes a request, and returns its answer without faults.
    fn process(&self, request: &Request, user: Option<&str>) -> Answer {
        let mut state = self.shared.state();
        if matches!(self.service, Service::Files) {
            return files(&state, &self.node, request);
        }
        let answer = match request.path.as_str() {
            "/axl/" => axl::handle(&mut state, request),
            "/controlcenterservice2/services/ControlCenterServices" => {
                control::handle(&mut state, &self.node, request)
            }
            "/realtimeservice2/services/RISService70" => ris::handle(&mut state, request),
            log_files::LIST_PATH => log_files::list(&mut state, &self.node, request),
            log_files::FILE_PATH => log_files::get(&mut state, &self.node, request),
            path if path.starts_with("/cmplatform") => {
                os_administration::handle(&mut state, &self.node, request)
            }
            _ => Answer::error_page(404, "Not Found"),
        };
        if let Some(observer) = self.shared.observer.0.get() {
            observer(&mut state, user);
        }
        answer
    }

    /// The user of HTTP Basic, of a login form or of an AXL session.
    fn user(&self, request: &Request) -> Option<String> {
        let basic = request.basic().map(|(user, _)| user);
        let named = basic.or_else(|| crate::multipart::field(request, "j_username"));
        let cookie = request.cookie(axl::COOKIE);
        named.or_else(|| self.shared.state().user_of_cookie(cookie?).cloned())
    }

    fn record(&self, request: &Request, answer: Option<&Answer>) {
        let field = crate::multipart::field(request, "j_username");
        let with_password = request.basic().is_some() || field.is_some();
        let entry = LogEntry {
            node: self.node.clone(),
            method: request.method.clone(),
            path: request.path.clone(),
            operation: request.operation(),
            user: self.user(request),
            with_password,
            body_bytes: request.body.len(),
            status: answer.map(|answer| answer.status),
        };
        self.shared.log().push(entry);
    }
}

/// A file of TFTP. While the service does not run, the answer is status 503.
fn files(state: &State, node: &str, request: &Request) -> Answer {
    let path = percent_encoding::percent_decode_str(request.path.trim_start_matches('/'));
    let path = path.decode_utf8_lossy();
    match state.node(node).and_then(|node| node.serve(&path)) {
        Some(Some(bytes)) => Answer::new(200, "application/octet-stream", bytes),
        Some(None) => Answer::error_page(404, "Not Found"),
        None => Answer::error_page(503, "Service Unavailable"),
    }
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, NoAnswer> {
    let (head, body) = request.into_parts();
    let body = to_bytes(Body::new(body), usize::MAX).await.map_err(|_| NoAnswer)?;
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    })
}

fn response(answer: Answer, cut: Option<usize>) -> Response<Body> {
    let mut builder = Response::builder()
        .status(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY));
    for (name, value) in answer.headers {
        builder = builder.header(name, value);
    }
    let body = match cut {
        Some(at) => Body::new(Cut::new(answer.body, at)),
        None => Body::from(answer.body),
    };
    builder.body(body).unwrap()
}
