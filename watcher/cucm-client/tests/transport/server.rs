//! A server that answers by a script, over TLS.

use std::fmt::Write as _;
use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adr_cucm_client::{
    Cluster, Credentials, Fingerprint, Limits, Node, Pause, Secret, Session, Trust,
};
use rcgen::{CertificateParams, CertifiedKey, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The password of every test. No output may contain it.
pub(crate) const PASSWORD: &str = "hunter2-pässword";

/// A request as the server got it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(found, _)| found == name).map(|(_, value)| &**value)
    }
}

/// What the server does with a request.
pub(crate) struct Reply {
    head: String,
    body: Vec<u8>,
    /// Bytes of the body that it sends; then it closes the connection.
    cut: Option<usize>,
    /// How long it waits before the body.
    wait: Duration,
    has_length: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let head = format!("HTTP/1.1 {status} Status\r\n");
        let (wait, body) = (Duration::ZERO, body.into());
        Self { head, body, cut: None, wait, has_length: true }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        write!(self.head, "{name}: {value}\r\n").unwrap();
        self
    }

    pub(crate) fn cut(self, bytes: usize) -> Self {
        Self { cut: Some(bytes), ..self }
    }

    pub(crate) fn wait(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    pub(crate) fn without_length(self) -> Self {
        let cut = Some(self.body.len());
        Self { has_length: false, cut, ..self }
    }
}

type Script = Arc<dyn Fn(usize, &Request) -> Reply + Send + Sync>;

/// A certificate of a server, with what a client needs to trust it.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(crate) fn self_signed(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let CertifiedKey { cert, signing_key } = made;
        let key = signing_key.serialize_der().try_into().unwrap();
        Self { certificate: cert.der().clone(), pem: cert.pem(), key }
    }

    /// A certificate of an authority.
    pub(crate) fn issued(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Self {
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, issuer).unwrap();
        let der = key.serialize_der().try_into().unwrap();
        Self { certificate: cert.der().clone(), pem: cert.pem(), key: der }
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) node: Node,
    pub(crate) fingerprint: Fingerprint,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// A server with a self-signed certificate. The script gets the number of the request, from 0.
    pub(crate) fn start(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::with_identity(Identity::self_signed("127.0.0.1"), script)
    }

    pub(crate) fn with_identity(
        identity: Identity,
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let fingerprint = Fingerprint::of(&identity.certificate);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate], identity.key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let node = Node::new(&listener.local_addr().unwrap().to_string()).unwrap();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let (script, log): (Script, _) = (Arc::new(script), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                std::thread::spawn(move || {
                    let connection = ServerConnection::new(config).unwrap();
                    // a client that closes the connection ends this thread
                    let _ = serve(StreamOwned::new(connection, stream), &script, &log);
                });
            }
        });
        Self { node, fingerprint, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// A cluster that trusts the server's certificate.
    pub(crate) fn cluster(&self) -> Cluster {
        self.cluster_with(Trust::Fingerprints(vec![self.fingerprint]))
    }

    pub(crate) fn cluster_with(&self, trust: Trust) -> Cluster {
        let credentials =
            Credentials { user: "axl".to_owned(), password: Secret::new(PASSWORD.to_owned()) };
        Cluster::new(self.node.clone(), trust, credentials)
    }

    pub(crate) fn session(&self) -> Session {
        self.cluster().session().unwrap()
    }

    pub(crate) fn session_with(&self, change: impl FnOnce(&mut Limits)) -> Session {
        let mut cluster = self.cluster();
        change(&mut cluster.limits);
        cluster.session().unwrap()
    }
}

type TlsStream = StreamOwned<ServerConnection, TcpStream>;

fn serve(stream: TlsStream, script: &Script, log: &Mutex<Vec<Request>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream)? {
        let number = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        let Reply { head, body, cut, wait, has_length } = script(number, &request);
        let stream = stream.get_mut();
        let length = match has_length {
            true => format!("Content-Length: {}\r\n", body.len()),
            false => "Connection: close\r\n".to_owned(),
        };
        stream.write_all(format!("{head}{length}\r\n").as_bytes())?;
        stream.flush()?;
        std::thread::sleep(wait);
        stream.write_all(&body[..cut.unwrap_or(body.len())])?;
        stream.flush()?;
        if cut.is_some() {
            stream.conn.send_close_notify();
            return stream.flush();
        }
    }
    Ok(())
}

fn read_request(stream: &mut BufReader<TlsStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(Request { path, headers, body: String::from_utf8(body).unwrap() }))
}

/// Does not wait, and records how long it should have.
#[derive(Debug, Default)]
pub(crate) struct RecordedPause {
    pub(crate) random: f64,
    pub(crate) pauses: Mutex<Vec<Duration>>,
}

impl Pause for RecordedPause {
    fn pause(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.pauses.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }

    fn random(&self) -> f64 {
        self.random
    }
}
